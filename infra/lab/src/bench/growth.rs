//! `cargo lab bench growth`: measures operations in tables of growing size.
//!
//! The operations of [`crate::costs`] are measured in tables with more and more appointments of other patients, who all
//! have the same name, so that a search matches every one of them. Units and calls must stay the same: the bench fails
//! otherwise, and the test `growth` checks it for small numbers. Times may grow with the embedded table, which is not
//! DynamoDB, so each is compared with the bare calls on the same table ([`super::bare_calls`]).
//!
//! # Results
//!
//! November 2026: with 1,000, 10,000, 100,000 and 1,000,000 appointments (ten million rows) every operation costs the
//! same, including a search among a million patients of one name. The ratios of time to bare calls with a million
//! appointments are 1.06, 1.01, 0.82 and 0.79 times those with 1,000, in the order of [`READS`] (limit: 1.3). A busy
//! machine changes single figures: a search with 10,000 took 1.10, 1.32 and 1.02 in three runs, and a patient's
//! appointments with 100,000 took 1.44 during a build.
//!
//! A million appointments take 29 GB, more than most machines' memory: `--folder` keeps the tables in files. Writing
//! them took 27 minutes during builds.

use super::bulk_data::{self, CopiedRows};
use super::figures::{Figure, Measurements, percentile};
use super::machine::describe_machine;
use super::{bare_calls, float};
use crate::costs::fixture::{CostFixture, DATE};
use crate::costs::{Cost, measure_on};
use crate::options::GrowthOptions;
use baselines::calls::CallSequence;
use local::database::{Database, TABLE_NAME};
use platform::dynamodb::local_table;
use std::fmt;
use std::path::Path;
use std::time::Instant;
use testkit::test_app::TestError;

/// Appointments of each clinic.
const PER_CLINIC: usize = 100;

/// The measurements in a table of one size.
pub struct GrowthMeasurement {
    /// Appointments of other patients in the table.
    pub appointments: usize,
    pub costs: Vec<Cost>,
    /// Ratio of median time to bare calls, for each of [`READS`].
    pub ratios: Vec<f64>,
}

/// Operations whose time is measured.
const READS: [&str; 4] = ["read an appointment", "a doctor's day", "a patient's appointments", "search patients"];

/// The measurements in order of table size.
pub struct Growth(Vec<GrowthMeasurement>);

pub async fn measure(options: &GrowthOptions) -> Result<Growth, TestError> {
    let mut all = Vec::new();
    for appointments in &options.appointments {
        let database = match &options.folder {
            None => Database::memory().await?,
            Some(folder) => create_in_file(&folder.join(format!("beside-{appointments}.db"))).await?,
        };
        all.push(measure_beside(database, *appointments, options.rounds).await?);
    }
    Ok(Growth(all))
}

async fn create_in_file(file: &Path) -> Result<Database, TestError> {
    if file.exists() {
        return Err(format!("{} already exists, and holds other rows", file.display()).into());
    }
    Ok(Database::file(file).await?)
}

impl Measurements for Growth {
    fn figures(&self) -> Vec<Figure> {
        let Some((first, others)) = self.0.split_first() else { return Vec::new() };
        let figures_of = |larger: &GrowthMeasurement| {
            let appointments = larger.appointments;
            let more_costly = float(grown_operations([first, larger]).len() as u64);
            let cost_figure =
                Figure::new(format!("operations that cost more with {appointments} appointments"), more_costly)
                    .at_most(0.0);
            let time_figure = |((few, many), read): ((&f64, &f64), &str)| {
                let what =
                    format!("{read}: × bare calls with {appointments} appointments, × with {}", first.appointments);
                Figure::new(what, many / few).at_most(1.3)
            };
            let reads = first.ratios.iter().zip(&larger.ratios).zip(READS).map(time_figure);
            [cost_figure].into_iter().chain(reads).collect::<Vec<_>>()
        };
        others.iter().flat_map(figures_of).collect()
    }

    fn exceeded_limits(&self) -> Vec<String> {
        grown_operations(&self.0)
    }
}

/// Fills the database with a number of appointments, and measures.
pub async fn measure_beside(
    database: Database,
    appointments: usize,
    rounds: u32,
) -> Result<GrowthMeasurement, TestError> {
    bulk_data::fill_table(&database, appointments, appointments / PER_CLINIC, CopiedRows::All).await?;
    let fixture = CostFixture::on(database).await?;
    let appointment =
        fixture.post("/api/appointments/", &fixture.booking_at("2025-12-16T10:00:00-05:00"), 201).await?.id();
    drop(fixture.take_calls());
    let mut ratios = Vec::new();
    for read in READS {
        let path = match read {
            "read an appointment" => format!("/api/appointments/{appointment}/"),
            "a doctor's day" => format!("/api/appointments/?doctor={}&date={DATE}", fixture.doctor),
            "a patient's appointments" => format!("/api/patients/{}/appointments/", fixture.patient),
            _ => "/api/patients/?search=fern".to_owned(),
        };
        ratios.push(ratio(&fixture, &path, rounds).await?);
    }
    let costs = measure_on(&fixture).await?;
    Ok(GrowthMeasurement { appointments, costs, ratios })
}

/// Ratio of the median time of a GET request to its bare calls.
async fn ratio(fixture: &CostFixture, path: &str, rounds: u32) -> Result<f64, TestError> {
    fixture.get(path).await?;
    drop(fixture.take_calls());
    fixture.get(path).await?;
    let calls = CallSequence { times: 1, ..bare_calls::to_call_sequence(fixture.take_calls())? };
    let table = local_table(fixture.database().endpoint(), TABLE_NAME);
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        fixture.get(path).await?;
        whole.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        calls.measure(table.client(), table.name()).await?;
        bare.push(began.elapsed().as_secs_f64());
    }
    drop(fixture.take_calls());
    whole.sort_by(f64::total_cmp);
    bare.sort_by(f64::total_cmp);
    Ok(percentile(&whole, 50) / percentile(&bare, 50))
}

/// Operations that cost more, or make more calls, in a larger table.
#[must_use]
pub fn grown_operations<'a>(all: impl IntoIterator<Item = &'a GrowthMeasurement>) -> Vec<String> {
    let mut others = all.into_iter();
    let Some(first) = others.next() else { return Vec::new() };
    let mut more_costly = Vec::new();
    for larger in others {
        for (few, many) in first.costs.iter().zip(&larger.costs) {
            let key =
                |cost: &Cost| (cost.units.read(), cost.units.write(), cost.queries, cost.rounds, cost.transactions);
            if key(few) != key(many) {
                more_costly.push(format!(
                    "{} takes {:?} with {} appointments, and {:?} with {}",
                    few.operation,
                    key(few),
                    first.appointments,
                    key(many),
                    larger.appointments
                ));
            }
        }
    }
    more_costly
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.as_slice();
        writeln!(f, "{}\n", describe_machine())?;
        write!(f, "| RRU, WRU, queries with |")?;
        all.iter().try_for_each(|beside| write!(f, " {} appointments |", beside.appointments))?;
        write!(f, "\n|---|")?;
        all.iter().try_for_each(|_| write!(f, "---:|"))?;
        writeln!(f)?;
        let operations = all.first().map(|first| first.costs.as_slice()).unwrap_or_default();
        for (place, cost) in operations.iter().enumerate() {
            write!(f, "| {} |", cost.operation)?;
            for beside in all {
                if let Some(Cost { units, queries, .. }) = beside.costs.get(place) {
                    write!(f, " {}, {}, {queries} |", units.read(), units.write())?;
                }
            }
            writeln!(f)?;
        }
        for (place, read) in READS.iter().enumerate() {
            write!(f, "| {read}: time, × bare calls |")?;
            for beside in all {
                write!(f, " {:.2} |", beside.ratios.get(place).unwrap_or(&f64::NAN))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

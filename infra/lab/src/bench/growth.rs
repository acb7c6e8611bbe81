//! `cargo lab bench growth`: does an operation cost more where the table holds more?
//!
//! The same day ([`crate::costs`]) is measured beside more and more appointments of other patients, who all have the same
//! names, so that a search finds every one of them. Units and calls have to stay what they were, and that is a promise:
//! the bench fails where they don't, and the test `growth` holds it for small numbers. Times may grow with the
//! embedded table, which is no DynamoDB; so each is held against the bare calls on the same table ([`super::bare`]).
//!
//! Found in November 2026: beside 1,000, 10,000, 100,000 and 1,000,000 appointments (ten million rows) every operation costs
//! the same, a search among a million patients of one name with it. Times are about as many times those of the bare
//! calls (aimed at: within 1.3): beside a million 1.06, 1.01, 0.82 and 0.79 of what they are beside 1,000, in the order
//! of [`READS`]. What a busy machine adds shows in single figures: a search beside 10,000 took 1.10, 1.32 and 1.02 in
//! three runs, and a patient's appointments beside 100,000 took 1.44 while a build ran.
//!
//! A million appointments are 29 GB, more than fits into most memories: `--folder` keeps the tables in files. To write them
//! took 27 minutes beside builds.

use super::crowd::{self, Rows};
use super::figures::{Figure, Measurements, percentile};
use super::machine::machine;
use super::{bare, float};
use crate::costs::day::{DATE, Day};
use crate::costs::{Cost, measure_on};
use crate::options::GrowthOptions;
use baselines::calls::Calls;
use local::database::{Database, TABLE_NAME};
use platform::dynamodb::local_table;
use std::fmt;
use std::path::Path;
use std::time::Instant;
use testkit::test_app::Trouble;

/// Appointments of each clinic.
const PER_CLINIC: usize = 100;

/// What was measured beside a number of appointments.
pub struct Beside {
    /// How many appointments of others there are.
    pub appointments: usize,
    /// What each operation costs.
    pub costs: Vec<Cost>,
    /// How many times its bare calls each of [`READS`] takes, by the medians.
    pub ratios: Vec<f64>,
}

/// Reads whose time is measured.
const READS: [&str; 4] = ["read an appointment", "a doctor's day", "a patient's appointments", "search patients"];

/// The measurements beside each number of appointments.
pub struct Growth(Vec<Beside>);

/// Measures.
///
/// # Errors
/// [`Trouble`] of the bench's own machinery.
pub async fn measure(options: &GrowthOptions) -> Result<Growth, Trouble> {
    let mut all = Vec::new();
    for appointments in &options.appointments {
        let database = match &options.folder {
            None => Database::memory().await?,
            Some(folder) => in_a_new_file(&folder.join(format!("beside-{appointments}.db"))).await?,
        };
        all.push(beside(database, *appointments, options.rounds).await?);
    }
    Ok(Growth(all))
}

async fn in_a_new_file(file: &Path) -> Result<Database, Trouble> {
    if file.exists() {
        return Err(format!("{} is there already, and has more in it than these appointments", file.display()).into());
    }
    Ok(Database::file(file).await?)
}

impl Measurements for Growth {
    fn figures(&self) -> Vec<Figure> {
        let Some((first, others)) = self.0.split_first() else { return Vec::new() };
        let of = |other: &Beside| {
            let appointments = other.appointments;
            let grown = float(grown([first, other]).len() as u64);
            let costly = Figure::new(format!("operations that cost more beside {appointments} appointments"), grown)
                .at_most(0.0);
            let slower = |((few, many), read): ((&f64, &f64), &str)| {
                let what =
                    format!("{read}: × bare calls beside {appointments} appointments, × beside {}", first.appointments);
                Figure::new(what, many / few).at_most(1.3)
            };
            let reads = first.ratios.iter().zip(&other.ratios).zip(READS).map(slower);
            [costly].into_iter().chain(reads).collect::<Vec<_>>()
        };
        others.iter().flat_map(of).collect()
    }

    fn broken(&self) -> Vec<String> {
        grown(&self.0)
    }
}

/// Measures beside a number of appointments, which the database gets first.
///
/// # Errors
/// [`Trouble`].
pub async fn beside(database: Database, appointments: usize, rounds: u32) -> Result<Beside, Trouble> {
    crowd::gather(&database, appointments, appointments / PER_CLINIC, Rows::All).await?;
    let day = Day::on(database).await?;
    let appointment = day.post("/api/appointments/", &day.booking_at("2025-12-16T10:00:00-05:00"), 201).await?.id();
    drop(day.took());
    let mut ratios = Vec::new();
    for read in READS {
        let path = match read {
            "read an appointment" => format!("/api/appointments/{appointment}/"),
            "a doctor's day" => format!("/api/appointments/?doctor={}&date={DATE}", day.doctor),
            "a patient's appointments" => format!("/api/patients/{}/appointments/", day.patient),
            _ => "/api/patients/?search=fern".to_owned(),
        };
        ratios.push(ratio(&day, &path, rounds).await?);
    }
    let costs = measure_on(&day).await?;
    Ok(Beside { appointments, costs, ratios })
}

/// How many times its bare calls a GET takes.
async fn ratio(day: &Day, path: &str, rounds: u32) -> Result<f64, Trouble> {
    day.get(path).await?;
    drop(day.took());
    day.get(path).await?;
    let calls = Calls { times: 1, ..bare::calls(day.took())? };
    let table = local_table(day.database().endpoint(), TABLE_NAME);
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        day.get(path).await?;
        whole.push(began.elapsed().as_secs_f64());
        let began = Instant::now();
        calls.make(table.client(), table.name()).await?;
        bare.push(began.elapsed().as_secs_f64());
    }
    drop(day.took());
    whole.sort_by(f64::total_cmp);
    bare.sort_by(f64::total_cmp);
    Ok(percentile(&whole, 50) / percentile(&bare, 50))
}

/// Which operations cost more, or make more calls, beside more appointments.
#[must_use]
pub fn grown<'a>(all: impl IntoIterator<Item = &'a Beside>) -> Vec<String> {
    let mut others = all.into_iter();
    let Some(first) = others.next() else { return Vec::new() };
    let mut grown = Vec::new();
    for other in others {
        for (few, many) in first.costs.iter().zip(&other.costs) {
            let key =
                |cost: &Cost| (cost.units.read(), cost.units.write(), cost.queries, cost.rounds, cost.transactions);
            if key(few) != key(many) {
                grown.push(format!(
                    "{} takes {:?} beside {} appointments, and {:?} beside {}",
                    few.operation,
                    key(few),
                    first.appointments,
                    key(many),
                    other.appointments
                ));
            }
        }
    }
    grown
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.0.as_slice();
        writeln!(f, "{}\n", machine())?;
        write!(f, "| RRU, WRU, queries beside |")?;
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

//! What one appointment costs from its booking to its end: the requests that it is made of, with their units.

use super::day::Day;
use super::rounds;
use local::protocol::Kind;
use testkit::faulty_client::capacity::{Units, cost};
use testkit::faulty_client::log::Exchange;
use testkit::test_app::Trouble;

/// How often an appointment is looked at: by the desk, in lists and alone.
pub const READS: u32 = 18;

/// One step of an appointment's life.
#[derive(Debug, Clone)]
pub struct Step {
    /// What happens.
    pub name: &'static str,
    /// How often.
    pub times: u32,
    /// What it costs once, with the rows of whoever asks.
    pub units: Units,
    /// Calls to the table that wait for each other, in one of its requests.
    pub rounds: usize,
    /// How many requests of API Gateway it is; none where the scheduled job does it.
    pub requests: u32,
}

/// An appointment's life, and what the scheduled job costs when it has nothing to do.
#[derive(Debug, Clone)]
pub struct Life {
    /// What happens to each appointment.
    pub steps: Vec<Step>,
    /// A run of the job without work.
    pub idle_run: Units,
}

impl Life {
    /// All units of an appointment.
    #[must_use]
    pub fn units(&self) -> Units {
        let all = self.steps.iter().flat_map(|step| std::iter::repeat_n(step.units, step.times as usize));
        all.fold(Units::default(), Units::plus)
    }
}

/// Leads one appointment through its life.
///
/// # Errors
/// [`Trouble`] where something isn't answered as it should be.
pub async fn measure() -> Result<Life, Trouble> {
    let mut day = Day::new().await?;
    // The reminders of the day's other appointments go out first.
    day.run_job("2025-12-13T14:00:00Z").await?;
    drop(day.took());
    let appointment = day.post("/api/appointments/", &day.booking_at("2025-12-17T10:00:00-05:00"), 201).await?.id();
    let booked = step("book it", 1, 1, &day.took());
    day.get(&format!("/api/appointments/{appointment}/")).await?;
    let read = step("look at it", READS, 1, &day.took());
    day.run_job("2025-12-15T13:00:00Z").await?;
    drop(day.took());
    day.run_job("2025-12-15T13:45:00Z").await?;
    let idle_run = units(&day.took());
    day.run_job("2025-12-15T14:00:00Z").await?;
    let run = day.took();
    let mut reminded = step("remind the patient", 1, 0, &run);
    reminded.units = reminded.units.without(idle_run);
    let sid = day.last_message()?;
    let mut reported = Vec::new();
    for status in ["sent", "delivered", "read"] {
        day.report(&sid, status).await?;
        reported.push(step("", 1, 1, &day.took()));
    }
    let units = reported.iter().fold(Units::default(), |sum, step| sum.plus(step.units));
    let rounds = reported.iter().map(|step| step.rounds).max().unwrap_or_default();
    let reported = Step { name: "three reports of its delivery", times: 1, units, rounds, requests: 3 };
    day.patient_presses(&format!("confirm:{appointment}"), &sid).await?;
    let confirmed = step("confirm it by WhatsApp, and answer", 1, 1, &day.took());
    Ok(Life { steps: vec![booked, read, reminded, reported, confirmed], idle_run })
}

fn step(name: &'static str, times: u32, requests: u32, exchanges: &[Exchange]) -> Step {
    let all: Vec<&Exchange> = exchanges.iter().collect();
    let writes = exchanges.iter().filter(|exchange| matches!(exchange.kind, Kind::Transact | Kind::Write)).count();
    Step { name, times, units: units(exchanges), rounds: rounds(&all) + writes, requests }
}

fn units(exchanges: &[Exchange]) -> Units {
    exchanges.iter().flat_map(cost).fold(Units::default(), |sum, (_, units)| sum.plus(units))
}

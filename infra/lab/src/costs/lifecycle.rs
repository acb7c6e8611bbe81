//! Measures the requests and the capacity units of one appointment from its booking to the patient's reply.

use super::fixture::CostFixture;
use super::rounds;
use local::protocol::OperationKind;
use testkit::faulty_client::capacity::{CapacityUnits, cost};
use testkit::faulty_client::log::RecordedCall;
use testkit::test_app::TestError;

/// Reads of an appointment, in lists and alone.
pub const READS: u32 = 18;

/// One step of the lifecycle.
#[derive(Debug, Clone)]
pub struct LifecycleStep {
    pub name: &'static str,
    /// How often it happens.
    pub times: u32,
    /// Units of one time, including reads of the caller's rows.
    pub units: CapacityUnits,
    /// Sequential calls to the table in one of its requests.
    pub rounds: usize,
    /// Requests to API Gateway; 0 if the scheduled job does it.
    pub requests: u32,
}

/// The cost of an appointment, and of a run of the scheduled job.
#[derive(Debug, Clone)]
pub struct LifecycleCost {
    pub steps: Vec<LifecycleStep>,
    /// Units of a run of the job without work.
    pub idle_run: CapacityUnits,
}

impl LifecycleCost {
    /// Total units of an appointment.
    #[must_use]
    pub fn units(&self) -> CapacityUnits {
        let steps = self.steps.iter().flat_map(|step| std::iter::repeat_n(step.units, step.times as usize));
        steps.fold(CapacityUnits::default(), CapacityUnits::plus)
    }
}

/// Measures one appointment, from its booking to the patient's reply.
pub async fn measure() -> Result<LifecycleCost, TestError> {
    let mut fixture = CostFixture::new().await?;
    // The reminders of the fixture's own appointments are sent first.
    fixture.run_job("2025-12-13T14:00:00Z").await?;
    drop(fixture.take_calls());
    let appointment =
        fixture.post("/api/appointments/", &fixture.booking_at("2025-12-17T10:00:00-05:00"), 201).await?.id();
    let booked = step("book it", 1, 1, &fixture.take_calls());
    fixture.get(&format!("/api/appointments/{appointment}/")).await?;
    let read = step("read it", READS, 1, &fixture.take_calls());
    fixture.run_job("2025-12-15T13:00:00Z").await?;
    drop(fixture.take_calls());
    fixture.run_job("2025-12-15T13:45:00Z").await?;
    let idle_run = units(&fixture.take_calls());
    fixture.run_job("2025-12-15T14:00:00Z").await?;
    let run = fixture.take_calls();
    let mut reminded = step("send the reminder", 1, 0, &run);
    reminded.units = reminded.units.minus(idle_run);
    let sid = fixture.last_message()?;
    let mut reported = Vec::new();
    for status in ["sent", "delivered", "read"] {
        fixture.deliver_callback(&sid, status).await?;
        reported.push(step("", 1, 1, &fixture.take_calls()));
    }
    let units = reported.iter().fold(CapacityUnits::default(), |sum, step| sum.plus(step.units));
    let rounds = reported.iter().map(|step| step.rounds).max().unwrap_or_default();
    let reported = LifecycleStep { name: "three status callbacks", times: 1, units, rounds, requests: 3 };
    fixture.patient_presses(&format!("confirm:{appointment}"), &sid).await?;
    let confirmed = step("confirm it by WhatsApp, with the reply", 1, 1, &fixture.take_calls());
    Ok(LifecycleCost { steps: vec![booked, read, reminded, reported, confirmed], idle_run })
}

fn step(name: &'static str, times: u32, requests: u32, calls: &[RecordedCall]) -> LifecycleStep {
    let steps: Vec<&RecordedCall> = calls.iter().collect();
    let writes =
        calls.iter().filter(|call| matches!(call.kind, OperationKind::Transact | OperationKind::Write)).count();
    LifecycleStep { name, times, units: units(calls), rounds: rounds(&steps) + writes, requests }
}

fn units(calls: &[RecordedCall]) -> CapacityUnits {
    calls.iter().flat_map(cost).fold(CapacityUnits::default(), |sum, (_, units)| sum.plus(units))
}

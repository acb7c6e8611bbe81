//! `cargo lab costs`: measures the DynamoDB capacity units of each operation, on a day that already holds twenty
//! appointments, and compares them with budgets. The test `costs` does the same.
//!
//! Units are computed from the sizes of items by AWS's rules ([`testkit::faulty_client::capacity`]). The caller's own
//! rows (user and session), which every authenticated request reads in one call with the row that its path names, are
//! left out; they are two more read units. [`lifecycle`] adds up the units of one appointment from booking to reply,
//! with these rows, and [`money`] computes the price.

pub(crate) mod fixture;
pub mod lifecycle;
pub mod money;

use domain::ids::{Id as _, UserId};
use domain::user::User;
use fixture::CostFixture;
use identity::session::Session;
use local::protocol::OperationKind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use store::Entity as _;
use store::keys::{Key, SIGNING_KEYS, kind};
use store::session::SessionRow;
use testkit::faulty_client::capacity::{CapacityUnits, cost};
use testkit::faulty_client::log::RecordedCall;
use testkit::test_app::{TestError, TestResponse};

/// Limits of an operation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget {
    /// Read units.
    pub read: Option<f64>,
    /// Write units, including indexes.
    pub write: Option<u64>,
    /// Sequential rounds of reads.
    pub rounds: Option<usize>,
    pub queries: Option<usize>,
}

/// The measured cost of an operation.
#[derive(Debug, Clone)]
pub struct Cost {
    pub operation: &'static str,
    pub budget: Budget,
    pub units: CapacityUnits,
    /// Sequential rounds of reads.
    pub rounds: usize,
    /// The same including reads of the caller's own rows.
    rounds_with_caller: usize,
    pub transactions: usize,
    pub queries: usize,
    /// Units by kind of row.
    pub rows: BTreeMap<String, CapacityUnits>,
}

impl Cost {
    fn new(operation: &'static str, budget: Budget, calls: &[RecordedCall]) -> Self {
        let mut rows: BTreeMap<String, CapacityUnits> = BTreeMap::new();
        let own: Vec<&RecordedCall> = calls.iter().filter(|call| !reads_only_caller_rows(call)).collect();
        let paid = own.iter().flat_map(|call| cost(call).into_iter().filter(|(what, _)| !is_caller_row(call, what)));
        for (what, units) in paid {
            let sum = rows.entry(what).or_default();
            *sum = sum.plus(units);
        }
        let count = |kind| own.iter().filter(|call| call.kind == kind).count();
        Self {
            operation,
            budget,
            units: rows.values().fold(CapacityUnits::default(), |sum, units| sum.plus(*units)),
            rounds: rounds(&own),
            rounds_with_caller: rounds(&calls.iter().collect::<Vec<_>>()),
            transactions: count(OperationKind::Transact),
            queries: count(OperationKind::Query),
            rows,
        }
    }

    /// Billed milliseconds: the time of the sequential calls to the table as [`money`] assumes it. Computing takes less
    /// than one millisecond.
    #[must_use]
    pub fn milliseconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2⁵²")]
        let calls = (self.rounds_with_caller + self.transactions) as f64;
        calls * money::CALL_MS
    }

    #[must_use]
    pub fn is_within(&self) -> bool {
        let Budget { read, write, rounds, queries } = self.budget;
        read.is_none_or(|most| self.units.read() <= most)
            && write.is_none_or(|most| self.units.write() <= most)
            && rounds.is_none_or(|most| self.rounds <= most && self.transactions <= 1)
            && queries.is_none_or(|most| self.queries <= most)
    }
}

/// Whether a row is the caller's user or session, read in a batch with another row.
fn is_caller_row(call: &RecordedCall, what: &str) -> bool {
    call.kind == OperationKind::BatchGet && [User::KIND, SessionRow::<Session>::KIND].contains(&what)
}

/// Whether a call reads only the caller's own rows, or the keys that tokens are verified with.
fn reads_only_caller_rows(call: &RecordedCall) -> bool {
    let partition = |key: &Value| key.pointer("/PK/S").and_then(Value::as_str).unwrap_or_default().to_owned();
    match call.kind {
        OperationKind::Get => call.request.get("Key").map(partition).is_some_and(|partition| partition == SIGNING_KEYS),
        OperationKind::BatchGet => {
            let tables = call.request.get("RequestItems").and_then(Value::as_object);
            let mut keys = tables.into_iter().flat_map(|tables| tables.values()).filter_map(|table| table.get("Keys"));
            keys.all(|keys| {
                let mut keys = keys.as_array().into_iter().flatten();
                keys.all(|key| kind(&partition(key)) == kind(&Key::user(UserId::nil()).pk))
            })
        }
        _ => false,
    }
}

/// The length of the longest chain of reads of which each began after the previous one had ended.
fn rounds(calls: &[&RecordedCall]) -> usize {
    let mut reads: Vec<(u64, u64)> = calls.iter().filter(|call| !call.kind.writes()).map(|call| call.span).collect();
    reads.sort_by_key(|(_, ended)| *ended);
    let (mut rounds, mut until) = (0, 0);
    for (began, ended) in reads {
        if began > until {
            (rounds, until) = (rounds + 1, ended);
        }
    }
    rounds
}

/// Measures every operation.
pub async fn measure() -> Result<Vec<Cost>, TestError> {
    measure_on(&CostFixture::new().await?).await
}

/// Measures every operation on a given fixture.
pub(crate) async fn measure_on(fixture: &CostFixture) -> Result<Vec<Cost>, TestError> {
    let mut costs = Vec::new();
    let booking = Budget { read: Some(14.0), write: Some(34), rounds: Some(2), queries: None };
    let one = Budget { read: Some(1.0), write: Some(0), ..Budget::default() };
    // Reading a patient is recorded by an audit row, which is also in an index.
    let audited = Budget { write: Some(2), ..one };
    let listing = Budget { write: Some(0), queries: Some(1), ..Budget::default() };
    let searching = Budget { read: Some(10.0), write: Some(0), queries: Some(2), rounds: None };
    let unlimited = Budget::default();

    let booked = fixture.post("/api/appointments/", &fixture.booking(20), 201).await?;
    costs.push(Cost::new("book an appointment", booking, &fixture.take_calls()));
    fixture.post("/api/appointments/", &fixture.booking_in_room(22), 201).await?;
    costs.push(Cost::new("book an appointment in a certain room", booking, &fixture.take_calls()));
    let appointment = booked.id();
    // With an idempotency key, a refusal checks again whether the conflict is another delivery of the same request.
    // What is offered instead takes up to 8 more where the day has no five free times left: it is read eventually
    // consistently, the doctor's calendar again (1), doctor, room, clinic and guards (2.5), and three agendas a day (2).
    let refused = Budget { read: Some(22.0), write: Some(0), rounds: None, ..booking };
    fixture.post("/api/appointments/", &fixture.booking(20), 409).await?;
    costs.push(Cost::new("book an appointment, refused: taken", refused, &fixture.take_calls()));
    fixture.post("/api/appointments/", &fixture.booking(30), 409).await?;
    costs.push(Cost::new("book an appointment, refused: closed", refused, &fixture.take_calls()));
    let appointment = format!("/api/appointments/{appointment}/");
    let doctor = format!("/api/doctors/{}/", fixture.doctor);
    let patient = format!("/api/patients/{}/", fixture.patient);
    for (name, path, budget) in [
        ("read an appointment", appointment.clone(), one),
        ("read a doctor", doctor, one),
        ("read a patient", patient.clone(), audited),
        ("a doctor's day", format!("/api/appointments/?doctor={}&date={}", fixture.doctor, fixture::DATE), listing),
        ("a clinic's day", format!("/api/appointments/?clinic={}&date={}", fixture.clinic, fixture::DATE), listing),
        ("a room's day", format!("/api/appointments/?room={}&date={}", fixture.room, fixture::DATE), listing),
        ("a doctor's week", format!("/api/appointments/?doctor={}&{}", fixture.doctor, fixture::WEEK), listing),
        ("a patient's appointments", format!("{patient}appointments/"), unlimited),
        (
            "a doctor's availability of a day",
            format!("/api/schedules/?doctor={}&date={}", fixture.doctor, fixture::DATE),
            unlimited,
        ),
        ("a doctor's next 20 free slots", format!("/api/schedules/slots/?doctor={}", fixture.doctor), unlimited),
        ("search patients", "/api/patients/?search=fern".to_owned(), searching),
        ("search patients by two words", "/api/patients/?search=maria+fern".to_owned(), searching),
    ] {
        fixture.get(&path).await?;
        costs.push(Cost::new(name, budget, &fixture.take_calls()));
    }
    let actions = format!("{appointment}actions/");
    for (name, body) in [
        ("confirm", json!({ "action": "confirm" })),
        ("request another time", json!({ "action": "request_reschedule" })),
        ("keep", json!({ "action": "keep" })),
    ] {
        fixture.post(&actions, &body, 200).await?;
        costs.push(Cost::new(name, unlimited, &fixture.take_calls()));
    }
    let moving =
        json!({ "action": "reschedule", "start_datetime": CostFixture::start(21), "reason": "Pide más tarde" });
    let moved: TestResponse = fixture.post(&actions, &moving, 201).await?;
    let budget = Budget { write: Some(60), ..Budget::default() };
    costs.push(Cost::new("move an appointment within the day", budget, &fixture.take_calls()));
    let actions = format!("/api/appointments/{}/actions/", moved.id());
    let cancel = json!({ "action": "cancel", "reason": "La paciente viaja a ver a su familia" });
    fixture.post(&actions, &cancel, 200).await?;
    costs.push(Cost::new("cancel", unlimited, &fixture.take_calls()));
    fixture.post("/api/patients/", &fixture::patient("33.444.555"), 201).await?;
    costs.push(Cost::new("register a patient", unlimited, &fixture.take_calls()));
    Ok(costs)
}

/// Formats the costs as a Markdown table; with `detail`, followed by the units of each kind of row.
#[must_use]
pub fn markdown(costs: &[Cost], detail: bool) -> String {
    let mut page = String::from(
        "| Operation | RRU | WRU | rounds of reads | transactions | queries | billed, ms | budget |\n\
         |---|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for cost in costs {
        let Cost { operation, units, rounds, transactions, queries, .. } = cost;
        let (read, write) = (units.read(), units.write());
        // Writing to a String can't fail.
        let _ = writeln!(
            page,
            "| {operation} | {read} | {write} | {rounds} | {transactions} | {queries} | {} | {} |",
            cost.milliseconds(),
            budget_text(cost)
        );
    }
    for cost in costs.iter().filter(|_| detail) {
        let _ = writeln!(page, "\n{}:", cost.operation);
        for (what, units) in &cost.rows {
            let _ = writeln!(page, "  {what:32} {:>5} RRU {:>4} WRU", units.read(), units.write());
        }
    }
    page
}

fn budget_text(cost: &Cost) -> String {
    let Budget { read, write, rounds, queries } = cost.budget;
    let parts = [
        read.map(|most| format!("{most} RRU")),
        write.map(|most| format!("{most} WRU")),
        rounds.map(|most| format!("{most} rounds")),
        queries.map(|most| format!("{most} query")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    match (parts.is_empty(), cost.is_within()) {
        (true, _) => String::new(),
        (false, true) => format!("≤ {}", parts.join(", ")),
        (false, false) => format!("≤ {} — **over**", parts.join(", ")),
    }
}

//! `cargo lab costs`: what each operation costs in DynamoDB, on a day that holds twenty appointments already.
//!
//! Units are computed from the sizes of items by AWS's rules ([`testkit::faulty_client::capacity`]) and held
//! against their budgets; the test `costs` does the same. The caller's own rows (user and session),
//! which every signed request reads besides, in one call with what its path names, are left out: two units
//! more. [`life`] adds up one appointment's whole life, with them, and [`money`] says what that costs.

pub(crate) mod day;
pub mod life;
pub mod money;

use day::Day;
use domain::user::User;
use identity::session::Session;
use local::protocol::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use store::Entity as _;
use store::session::SessionRow;
use testkit::faulty_client::capacity::{Units, cost};
use testkit::faulty_client::log::Exchange;
use testkit::test_app::{Answer, Trouble};

/// What an operation may cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Budget {
    /// Read units.
    pub read: Option<f64>,
    /// Write units, with those of indexes.
    pub write: Option<u64>,
    /// Reads that wait for each other.
    pub rounds: Option<usize>,
    /// Queries.
    pub queries: Option<usize>,
}

/// What an operation did cost.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Its name.
    pub operation: &'static str,
    /// What it may cost.
    pub budget: Budget,
    /// The units.
    pub units: Units,
    /// Reads that waited for each other.
    pub rounds: usize,
    /// The same with those of the rows of whoever asks, which some wait for and some don't.
    waits: usize,
    /// Transactions.
    pub transactions: usize,
    /// Queries.
    pub queries: usize,
    /// The units by kind of row.
    pub rows: BTreeMap<String, Units>,
}

impl Cost {
    fn new(operation: &'static str, budget: Budget, exchanges: &[Exchange]) -> Self {
        let mut rows: BTreeMap<String, Units> = BTreeMap::new();
        let own: Vec<&Exchange> = exchanges.iter().filter(|exchange| !is_the_callers(exchange)).collect();
        let paid =
            own.iter().flat_map(|exchange| cost(exchange).into_iter().filter(|(what, _)| !is_theirs(exchange, what)));
        for (what, units) in paid {
            let sum = rows.entry(what).or_default();
            *sum = sum.plus(units);
        }
        let count = |kind| own.iter().filter(|exchange| exchange.kind == kind).count();
        Self {
            operation,
            budget,
            units: rows.values().fold(Units::default(), |sum, units| sum.plus(*units)),
            rounds: rounds(&own),
            waits: rounds(&exchanges.iter().collect::<Vec<_>>()),
            transactions: count(Kind::Transact),
            queries: count(Kind::Query),
            rows,
        }
    }

    /// What it is billed for: it waits for the table, for as long as [`money`] assumes, and computes for less than a
    /// millisecond.
    #[must_use]
    pub fn milliseconds(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2⁵²")]
        let calls = (self.waits + self.transactions) as f64;
        calls * money::CALL_MS
    }

    /// Whether it is within its budget.
    #[must_use]
    pub fn is_within(&self) -> bool {
        let Budget { read, write, rounds, queries } = self.budget;
        read.is_none_or(|most| self.units.read() <= most)
            && write.is_none_or(|most| self.units.write() <= most)
            && rounds.is_none_or(|most| self.rounds <= most && self.transactions <= 1)
            && queries.is_none_or(|most| self.queries <= most)
    }
}

/// Whether a row is one of whoever asks, which is read along with another one.
fn is_theirs(exchange: &Exchange, what: &str) -> bool {
    exchange.kind == Kind::BatchGet && [User::KIND, SessionRow::<Session>::KIND].contains(&what)
}

/// The rows of whoever asks, and the keys that tokens are verified with.
fn is_the_callers(exchange: &Exchange) -> bool {
    let partition = |key: &Value| key.pointer("/PK/S").and_then(Value::as_str).unwrap_or_default().to_owned();
    match exchange.kind {
        Kind::Get => exchange.request.get("Key").map(partition).is_some_and(|partition| partition == "SIGNING_KEYS"),
        Kind::BatchGet => {
            let tables = exchange.request.get("RequestItems").and_then(Value::as_object);
            let mut keys = tables.into_iter().flat_map(|tables| tables.values()).filter_map(|table| table.get("Keys"));
            keys.all(|keys| {
                let mut keys = keys.as_array().into_iter().flatten();
                keys.all(|key| partition(key).starts_with("USER#"))
            })
        }
        _ => false,
    }
}

/// The longest chain of reads of which each began after the one before had ended.
fn rounds(exchanges: &[&Exchange]) -> usize {
    let mut reads: Vec<(u64, u64)> =
        exchanges.iter().filter(|exchange| !exchange.kind.writes()).map(|exchange| exchange.span).collect();
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
///
/// # Errors
/// [`Trouble`] where one of them isn't answered as it should be.
pub async fn measure() -> Result<Vec<Cost>, Trouble> {
    measure_on(&Day::new().await?).await
}

/// Measures every operation on a day.
///
/// # Errors
/// Those of [`measure`].
pub(crate) async fn measure_on(day: &Day) -> Result<Vec<Cost>, Trouble> {
    let mut costs = Vec::new();
    let booking = Budget { read: Some(14.0), write: Some(34), rounds: Some(2), queries: None };
    let one = Budget { read: Some(1.0), write: Some(0), ..Budget::default() };
    // Who reads a patient's record leaves a row, in two places.
    let noted = Budget { write: Some(2), ..one };
    let listing = Budget { write: Some(0), queries: Some(1), ..Budget::default() };
    let searching = Budget { read: Some(10.0), write: Some(0), queries: Some(2), rounds: None };
    let any = Budget::default();

    let booked = day.post("/api/appointments/", &day.booking(20), 201).await?;
    costs.push(Cost::new("book an appointment", booking, &day.took()));
    day.post("/api/appointments/", &day.booking_in_the_room(22), 201).await?;
    costs.push(Cost::new("book an appointment in a certain room", booking, &day.took()));
    let appointment = booked.id();
    // Where a key came along, a refusal looks once more whether another delivery was the reason.
    let refused = Budget { write: Some(0), rounds: None, ..booking };
    day.post("/api/appointments/", &day.booking(20), 409).await?;
    costs.push(Cost::new("book an appointment, refused: taken", refused, &day.took()));
    day.post("/api/appointments/", &day.booking(30), 409).await?;
    costs.push(Cost::new("book an appointment, refused: closed", refused, &day.took()));
    let appointment = format!("/api/appointments/{appointment}/");
    let doctor = format!("/api/doctors/{}/", day.doctor);
    let patient = format!("/api/patients/{}/", day.patient);
    for (name, path, budget) in [
        ("read an appointment", appointment.clone(), one),
        ("read a doctor", doctor, one),
        ("read a patient", patient.clone(), noted),
        ("a doctor's day", format!("/api/appointments/?doctor={}&date={}", day.doctor, day::DATE), listing),
        ("a clinic's day", format!("/api/appointments/?clinic={}&date={}", day.clinic, day::DATE), listing),
        ("a room's day", format!("/api/appointments/?room={}&date={}", day.room, day::DATE), listing),
        ("a doctor's week", format!("/api/appointments/?doctor={}&{}", day.doctor, day::WEEK), listing),
        ("a patient's appointments", format!("{patient}appointments/"), any),
        ("a doctor's availability of a day", format!("/api/schedules/?doctor={}&date={}", day.doctor, day::DATE), any),
        ("a doctor's next 20 free slots", format!("/api/schedules/slots/?doctor={}", day.doctor), any),
        ("search patients", "/api/patients/?search=fern".to_owned(), searching),
        ("search patients by two words", "/api/patients/?search=maria+fern".to_owned(), searching),
    ] {
        day.get(&path).await?;
        costs.push(Cost::new(name, budget, &day.took()));
    }
    let actions = format!("{appointment}actions/");
    for (name, body) in [
        ("confirm", json!({ "action": "confirm" })),
        ("request another time", json!({ "action": "request_reschedule" })),
        ("keep", json!({ "action": "keep" })),
    ] {
        day.post(&actions, &body, 200).await?;
        costs.push(Cost::new(name, any, &day.took()));
    }
    let moving = json!({ "action": "reschedule", "start_datetime": day.start(21), "reason": "Pide más tarde" });
    let moved: Answer = day.post(&actions, &moving, 201).await?;
    let budget = Budget { write: Some(60), ..Budget::default() };
    costs.push(Cost::new("move an appointment within the day", budget, &day.took()));
    let actions = format!("/api/appointments/{}/actions/", moved.id());
    let cancel = json!({ "action": "cancel", "reason": "La paciente viaja a ver a su familia" });
    day.post(&actions, &cancel, 200).await?;
    costs.push(Cost::new("cancel", any, &day.took()));
    day.post("/api/patients/", &day::patient("33.444.555"), 201).await?;
    costs.push(Cost::new("register a patient", any, &day.took()));
    Ok(costs)
}

/// The costs as a Markdown table; with `detail`, followed by what each row cost.
#[must_use]
pub fn markdown(costs: &[Cost], detail: bool) -> String {
    let mut page = String::from(
        "| Operation | RRU | WRU | rounds of reads | transactions | queries | billed, ms | budget |\n\
         |---|---:|---:|---:|---:|---:|---:|---|\n",
    );
    for cost in costs {
        let Cost { operation, units, rounds, transactions, queries, .. } = cost;
        let (read, write) = (units.read(), units.write());
        // Writing to a text can't fail.
        let _ = writeln!(
            page,
            "| {operation} | {read} | {write} | {rounds} | {transactions} | {queries} | {} | {} |",
            cost.milliseconds(),
            shown(cost)
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

fn shown(cost: &Cost) -> String {
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

//! Generates the operations of a client. A generator decides by its seed and by the appointments that its client has
//! seen, which other clients may have changed since, so that many requests are rightly refused.

use super::fixture::{BookableWindow, BookingFixture, format_minute};
use super::operation::{ApiRequest, ClientOperation, ClientOperationKind, KnownAppointment, RequestedTime};
use fastrand::Rng;
use http::Method;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// The status that a client notes for an appointment that was moved, and on which no action is possible any more.
const MOVED: &str = "MOVED";
/// How many appointments a client remembers.
const MEMORY: usize = 24;
/// All clients prefer the same time for so many operations.
const POPULAR: u64 = 24;
/// How many of the latest requests with a key may be repeated.
pub const REPEATED: usize = 64;

/// A random number generator for one stream of a seed; neighbouring streams are unrelated.
fn stream_rng(seed: u64, stream: u64) -> Rng {
    Rng::with_seed(seed ^ stream.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

#[derive(Debug)]
pub struct Generator {
    seed: u64,
    client: usize,
    users: usize,
    rng: Rng,
    generated: u64,
    popular_period: u64,
    known: VecDeque<KnownAppointment>,
}

impl Generator {
    /// The generator of a client: the same seed and number make the same decisions for the same answers.
    #[must_use]
    pub fn new(seed: u64, client: usize, users: usize) -> Self {
        let rng = stream_rng(seed, u64::MAX - client as u64);
        Self { seed, client, users, rng, generated: 0, popular_period: 0, known: VecDeque::new() }
    }

    /// Remembers the appointments of an answer.
    pub fn remember_appointments(&mut self, body: &Value) {
        let many = body.get("results").and_then(Value::as_array);
        let bodies = many.map_or(std::slice::from_ref(body), Vec::as_slice);
        for appointment in bodies.iter().filter_map(KnownAppointment::from_body) {
            self.known.retain(|known| known.id != appointment.id);
            self.known.push_back(appointment);
            if self.known.len() > MEMORY {
                self.known.pop_front();
            }
        }
    }

    /// Updates the status of a remembered appointment from the answer to a request about it.
    pub fn update_known(&mut self, request: &ApiRequest, status: u16, body: &Value) {
        let known = self.known.iter_mut().find(|known| request.path.contains(&known.id));
        let Some(known) = known else { return };
        if request.kind == ClientOperationKind::Reschedule && status == 201 {
            known.status = MOVED.to_owned();
        }
        if let Some(from) = body.get("from").and_then(Value::as_str) {
            let moved = from == "RESCHEDULED" && body.get("allowed").is_some_and(|allowed| *allowed == json!([]));
            known.status = if moved { MOVED } else { from }.to_owned();
        }
    }

    /// The client's next operation. `operations_started` counts the operations of all clients.
    pub fn next(&mut self, fixture: &BookingFixture, operations_started: u64) -> ClientOperation {
        self.generated += 1;
        self.popular_period = operations_started / POPULAR;
        let request = match self.rng.u32(0..100) {
            0..34 => self.book(fixture),
            34..42 => return ClientOperation::Repeat(self.choose_repeat()),
            42..56 => self.reschedule(fixture),
            56..69 => self.act(fixture, ClientOperationKind::Cancel, &["PENDING", "CONFIRMED", "RESCHEDULED"]),
            69..76 => self.act(fixture, ClientOperationKind::RequestReschedule, &["PENDING", "CONFIRMED"]),
            76..82 => self.act(fixture, ClientOperationKind::Keep, &["RESCHEDULED"]),
            82..87 => self.act(fixture, ClientOperationKind::Reopen, &["CANCELLED"]),
            87..91 => self.act(fixture, ClientOperationKind::Confirm, &["PENDING"]),
            91..95 => self.edit(),
            95..99 => self.list(fixture),
            _ => return ClientOperation::Tick(self.rng.i64(20..70)),
        };
        ClientOperation::Request(Box::new(request))
    }

    /// The index of a request to repeat: often one of the latest, which may still be in progress.
    fn choose_repeat(&mut self) -> usize {
        let range = if self.rng.bool() { REPEATED } else { 4 };
        self.rng.usize(0..range)
    }

    fn request(&self, kind: ClientOperationKind, method: Method, path: String) -> ApiRequest {
        ApiRequest {
            kind,
            user: self.client % self.users,
            method,
            path,
            body: None,
            key: None,
            if_match: None,
            requested: None,
        }
    }

    fn key(&mut self, percent: u32) -> Option<String> {
        (self.rng.u32(0..100) < percent).then(|| format!("{}-{}", self.client, self.generated))
    }

    fn choose<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() { None } else { things.get(self.rng.usize(0..things.len())) }
    }

    /// Chooses a doctor, a window and a minute, mostly inside the window, and often the time that all clients prefer.
    fn choose_time(&mut self, fixture: &BookingFixture) -> Option<(String, BookableWindow, i64)> {
        let popular = self.rng.u32(0..5) < 2;
        let mut rng = if popular { stream_rng(self.seed, self.popular_period) } else { self.rng.fork() };
        let doctor = rng.choice(&fixture.doctors)?;
        let window = rng.choice(&doctor.windows)?;
        let from = rng.i64(window.from - 5..window.until);
        let offset = if popular { self.rng.i64(-4..=4) } else { 0 };
        Some((doctor.id.clone(), window.clone(), from + offset))
    }

    fn choose_duration(&mut self) -> i64 {
        if self.rng.u32(0..4) > 0 { self.rng.i64(5..=20) } else { self.rng.i64(5..=120) }
    }

    fn book(&mut self, fixture: &BookingFixture) -> ApiRequest {
        let overbook = self.rng.u32(0..100) < 15;
        let kind = if overbook { ClientOperationKind::Overbook } else { ClientOperationKind::Book };
        let mut request = self.request(kind, Method::POST, "/api/appointments/".into());
        let Some((doctor, window, from)) = self.choose_time(fixture) else { return request };
        let until = from + self.choose_duration();
        let room = match self.rng.u32(0..10) {
            0..4 => None,
            4..9 => Some(&window.room),
            _ => self.choose(&fixture.rooms),
        };
        // In local time only with a room, since the doctor may work in a clinic of another time zone.
        let local = (room == Some(&window.room) && self.rng.bool()).then_some(window.zone);
        let body = json!({
            "patient": self.choose(&fixture.patients), "doctor": doctor, "room": room,
            "start_datetime": format_minute(from, local), "end_datetime": format_minute(until, local),
            "overbook": overbook, "reason": overbook.then_some("sobreturno"),
        });
        request.requested = Some(RequestedTime {
            buffer: fixture.buffer(&doctor),
            doctor,
            from,
            until,
            overbook,
            moving: None,
            keeps_length: false,
        });
        request.body = Some(body);
        request.key = self.key(33);
        request
    }

    /// Chooses a remembered appointment, mostly one in these states.
    fn choose_appointment(&mut self, states: &[&str]) -> Option<KnownAppointment> {
        let all: Vec<KnownAppointment> = self.known.iter().cloned().collect();
        let matching: Vec<KnownAppointment> =
            all.iter().filter(|known| states.contains(&known.status.as_str())).cloned().collect();
        let candidates = if matching.is_empty() || self.rng.u32(0..10) == 0 { &all } else { &matching };
        self.choose(candidates).cloned()
    }

    fn action(&mut self, kind: ClientOperationKind, known: &KnownAppointment) -> ApiRequest {
        let mut request = self.request(kind, Method::POST, format!("/api/appointments/{}/actions/", known.id));
        request.if_match = (self.rng.u32(0..5) == 0).then_some(known.version);
        request.key = self.key(20);
        request
    }

    fn act(&mut self, fixture: &BookingFixture, kind: ClientOperationKind, states: &[&str]) -> ApiRequest {
        let Some(known) = self.choose_appointment(states) else { return self.list_all() };
        let mut request = self.action(kind, &known);
        if matches!(kind, ClientOperationKind::Keep | ClientOperationKind::Reopen) {
            let (buffer, doctor, moving) = (fixture.buffer(&known.doctor), known.doctor, Some(known.id));
            let (from, until, overbook) = (known.from, known.until, known.overbook);
            request.requested =
                Some(RequestedTime { doctor, from, until, buffer, overbook, moving, keeps_length: true });
        }
        request.body = Some(json!({ "action": kind.name(), "reason": "x" }));
        request
    }

    fn reschedule(&mut self, fixture: &BookingFixture) -> ApiRequest {
        let Some(known) = self.choose_appointment(&["PENDING", "CONFIRMED", "RESCHEDULED"]) else {
            return self.book(fixture);
        };
        let mut request = self.action(ClientOperationKind::Reschedule, &known);
        let Some((doctor, _, mut from)) = self.choose_time(fixture) else { return request };
        let other = doctor != known.doctor && self.rng.bool();
        if !other {
            // Close to its own time, which it may overlap, or only with another end.
            from = known.from + if self.rng.u32(0..4) == 0 { 0 } else { self.rng.i64(-90..90) };
        }
        let end = self.rng.bool().then(|| from + self.choose_duration());
        let until = end.unwrap_or(from + known.until - known.from);
        let body = json!({
            "action": "reschedule", "doctor": other.then_some(&doctor),
            "start_datetime": format_minute(from, None), "end_datetime": end.map(|end| format_minute(end, None)),
        });
        let doctor = if other { doctor } else { known.doctor };
        let (buffer, moving, overbook) = (fixture.buffer(&doctor), Some(known.id), known.overbook);
        let keeps_length = end.is_none();
        request.requested = Some(RequestedTime { doctor, from, until, buffer, overbook, moving, keeps_length });
        request.body = Some(body);
        request
    }

    fn edit(&mut self) -> ApiRequest {
        let Some(known) = self.choose_appointment(&["PENDING"]) else { return self.list_all() };
        let mut request =
            self.request(ClientOperationKind::Edit, Method::PATCH, format!("/api/appointments/{}/", known.id));
        request.if_match = self.rng.bool().then_some(known.version);
        request.body = Some(json!({ "notes": format!("{}", self.rng.u8(..)) }));
        request
    }

    fn list_all(&self) -> ApiRequest {
        self.request(ClientOperationKind::List, Method::GET, "/api/appointments/?page_size=20".into())
    }

    fn list(&mut self, fixture: &BookingFixture) -> ApiRequest {
        let mut request = self.list_all();
        let (doctor, patient) = (self.choose(&fixture.doctors).cloned(), self.choose(&fixture.patients).cloned());
        let day = self.choose(&fixture.days).copied();
        request.path = match (self.rng.bool(), doctor, day, patient) {
            (true, Some(doctor), Some(day), _) => format!("{}&doctor={}&date={day}", request.path, doctor.id),
            (_, _, _, patient) => {
                format!("{}&status=PENDING,CONFIRMED&patient={}", request.path, patient.unwrap_or_default())
            }
        };
        request
    }
}

//! Makes up what a client does. A generator has its own seed and decides by what its client has seen in
//! answers, which other clients have changed meanwhile: so much is refused, as it should be.

use super::operation::{Call, Kind, Operation, Seen, Wish};
use super::world::{Open, World, written};
use fastrand::Rng;
use http::Method;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// What a client calls an appointment that was moved: nothing can be done to it any more.
const MOVED: &str = "MOVED";
/// How many appointments a client keeps in mind.
const MEMORY: usize = 24;
/// For so many operations everybody wants the same time; then it is another.
const POPULAR: u64 = 24;
/// How far back requests are repeated.
pub const REPEATED: usize = 64;

/// The numbers of a seed and a place. Neighbouring ones don't make neighbouring sequences.
fn mixed(seed: u64, place: u64) -> Rng {
    Rng::with_seed(seed ^ place.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// Makes up what a client does.
#[derive(Debug)]
pub struct Generator {
    seed: u64,
    client: usize,
    users: usize,
    rng: Rng,
    made: u64,
    moment: u64,
    seen: VecDeque<Seen>,
}

impl Generator {
    /// That of a client: the same seed and number make the same decisions about the same answers.
    #[must_use]
    pub fn new(seed: u64, client: usize, users: usize) -> Self {
        let rng = mixed(seed, u64::MAX - client as u64);
        Self { seed, client, users, rng, made: 0, moment: 0, seen: VecDeque::new() }
    }

    /// Keeps the appointments of an answer in mind.
    pub fn notice(&mut self, body: &Value) {
        let many = body.get("results").and_then(Value::as_array);
        for seen in many.map_or(std::slice::from_ref(body), Vec::as_slice).iter().filter_map(Seen::read) {
            self.seen.retain(|known| known.id != seen.id);
            self.seen.push_back(seen);
            if self.seen.len() > MEMORY {
                self.seen.pop_front();
            }
        }
    }

    /// Keeps in mind what became of an appointment, or that it wasn't as it was believed to be.
    pub fn learn(&mut self, call: &Call, status: u16, body: &Value) {
        let known = self.seen.iter_mut().find(|seen| call.path.contains(&seen.id));
        let Some(known) = known else { return };
        if call.kind == Kind::Reschedule && status == 201 {
            known.status = MOVED.to_owned();
        }
        if let Some(from) = body.get("from").and_then(Value::as_str) {
            let moved = from == "RESCHEDULED" && body.get("allowed").is_some_and(|allowed| *allowed == json!([]));
            known.status = if moved { MOVED } else { from }.to_owned();
        }
    }

    /// What the client does next. `moment` counts what all clients have done so far.
    pub fn next(&mut self, world: &World, moment: u64) -> Operation {
        self.made += 1;
        self.moment = moment / POPULAR;
        let call = match self.rng.u32(0..100) {
            0..34 => self.book(world),
            34..42 => return Operation::Repeat(self.repeated()),
            42..56 => self.reschedule(world),
            56..69 => self.act(world, Kind::Cancel, &["PENDING", "CONFIRMED", "RESCHEDULED"]),
            69..76 => self.act(world, Kind::RequestReschedule, &["PENDING", "CONFIRMED"]),
            76..82 => self.act(world, Kind::Keep, &["RESCHEDULED"]),
            82..87 => self.act(world, Kind::Reopen, &["CANCELLED"]),
            87..91 => self.act(world, Kind::Confirm, &["PENDING"]),
            91..95 => self.edit(),
            95..99 => self.list(world),
            _ => return Operation::Tick(self.rng.i64(20..70)),
        };
        Operation::Call(Box::new(call))
    }

    /// Mostly one of the latest, which may still be under way.
    fn repeated(&mut self) -> usize {
        let far = if self.rng.bool() { REPEATED } else { 4 };
        self.rng.usize(0..far)
    }

    fn call(&mut self, kind: Kind, method: Method, path: String) -> Call {
        Call { kind, user: self.client % self.users, method, path, body: None, key: None, if_match: None, wish: None }
    }

    fn key(&mut self, percent: u32) -> Option<String> {
        (self.rng.u32(0..100) < percent).then(|| format!("{}-{}", self.client, self.made))
    }

    fn one_of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        if things.is_empty() { None } else { things.get(self.rng.usize(0..things.len())) }
    }

    /// A doctor's id, and a time: at any minute, most of them inside the doctor's time. Often one that
    /// everybody wants just now.
    fn time(&mut self, world: &World) -> Option<(String, Open, i64)> {
        let popular = self.rng.u32(0..5) < 2;
        let mut chosen = if popular { mixed(self.seed, self.moment) } else { self.rng.fork() };
        let doctor = chosen.choice(&world.doctors)?;
        let open = chosen.choice(&doctor.open)?;
        let from = chosen.i64(open.from - 5..open.until);
        let about = if popular { self.rng.i64(-4..=4) } else { 0 };
        Some((doctor.id.clone(), open.clone(), from + about))
    }

    fn minutes(&mut self) -> i64 {
        if self.rng.u32(0..4) > 0 { self.rng.i64(5..=20) } else { self.rng.i64(5..=120) }
    }

    fn book(&mut self, world: &World) -> Call {
        let overbook = self.rng.u32(0..100) < 15;
        let kind = if overbook { Kind::Overbook } else { Kind::Book };
        let mut call = self.call(kind, Method::POST, "/api/appointments/".into());
        let Some((doctor, open, from)) = self.time(world) else { return call };
        let until = from + self.minutes();
        let room = match self.rng.u32(0..10) {
            0..4 => None,
            4..9 => Some(&open.room),
            _ => self.one_of(&world.rooms),
        };
        // By the clock of the room; without a room a doctor's other clinic might be meant.
        let local = (room == Some(&open.room) && self.rng.bool()).then_some(open.zone);
        let body = json!({
            "patient": self.one_of(&world.patients), "doctor": doctor, "room": room,
            "start_datetime": written(from, local), "end_datetime": written(until, local),
            "overbook": overbook, "reason": overbook.then_some("sobreturno"),
        });
        call.wish = Some(Wish { buffer: world.buffer(&doctor), doctor, from, until, overbook, moving: None });
        call.body = Some(body);
        call.key = self.key(33);
        call
    }

    /// An appointment that the client has seen: mostly one of which it believes that it is in one of these
    /// states.
    fn known(&mut self, states: &[&str]) -> Option<Seen> {
        let all: Vec<Seen> = self.seen.iter().cloned().collect();
        let fit: Vec<Seen> = all.iter().filter(|seen| states.contains(&seen.status.as_str())).cloned().collect();
        let chosen = if fit.is_empty() || self.rng.u32(0..10) == 0 { &all } else { &fit };
        self.one_of(chosen).cloned()
    }

    fn action(&mut self, kind: Kind, seen: &Seen) -> Call {
        let mut call = self.call(kind, Method::POST, format!("/api/appointments/{}/actions/", seen.id));
        call.if_match = (self.rng.u32(0..5) == 0).then_some(seen.version);
        call.key = self.key(20);
        call
    }

    fn act(&mut self, world: &World, kind: Kind, states: &[&str]) -> Call {
        let Some(seen) = self.known(states) else { return self.look() };
        let mut call = self.action(kind, &seen);
        if matches!(kind, Kind::Keep | Kind::Reopen) {
            let (buffer, doctor) = (world.buffer(&seen.doctor), seen.doctor);
            let (from, until, overbook) = (seen.from, seen.until, seen.overbook);
            call.wish = Some(Wish { doctor, from, until, buffer, overbook, moving: None });
        }
        call.body = Some(json!({ "action": kind.name(), "reason": "x" }));
        call
    }

    fn reschedule(&mut self, world: &World) -> Call {
        let Some(seen) = self.known(&["PENDING", "CONFIRMED", "RESCHEDULED"]) else { return self.book(world) };
        let mut call = self.action(Kind::Reschedule, &seen);
        let Some((doctor, _, mut from)) = self.time(world) else { return call };
        let other = doctor != seen.doctor && self.rng.bool();
        if !other {
            // Near its own time, which it may overlap.
            from = seen.from + self.rng.i64(-90..90);
        }
        let end = self.rng.bool().then(|| from + self.minutes());
        let until = end.unwrap_or(from + seen.until - seen.from);
        let body = json!({
            "action": "reschedule", "doctor": other.then_some(&doctor),
            "start_datetime": written(from, None), "end_datetime": end.map(|end| written(end, None)),
        });
        let doctor = if other { doctor } else { seen.doctor };
        let (buffer, moving) = (world.buffer(&doctor), Some(seen.id));
        call.wish = Some(Wish { doctor, from, until, buffer, overbook: seen.overbook, moving });
        call.body = Some(body);
        call
    }

    fn edit(&mut self) -> Call {
        let Some(seen) = self.known(&["PENDING"]) else { return self.look() };
        let mut call = self.call(Kind::Edit, Method::PATCH, format!("/api/appointments/{}/", seen.id));
        call.if_match = self.rng.bool().then_some(seen.version);
        call.body = Some(json!({ "notes": format!("{}", self.rng.u8(..)) }));
        call
    }

    fn look(&mut self) -> Call {
        self.call(Kind::List, Method::GET, "/api/appointments/?page_size=20".into())
    }

    fn list(&mut self, world: &World) -> Call {
        let mut call = self.look();
        let (doctor, patient) = (self.one_of(&world.doctors).cloned(), self.one_of(&world.patients).cloned());
        let day = self.one_of(&world.days).copied();
        call.path = match (self.rng.bool(), doctor, day, patient) {
            (true, Some(doctor), Some(day), _) => format!("{}&doctor={}&date={day}", call.path, doctor.id),
            (_, _, _, patient) => {
                format!("{}&status=PENDING,CONFIRMED&patient={}", call.path, patient.unwrap_or_default())
            }
        };
        call
    }
}

//! `cargo lab bench cold-start`: what does the first request to a function wait for?
//!
//! Each release binary is started against Lambda's runtime API ([`crate::runtime_api`]), with a table
//! beside it, as Lambda starts one: from its start to the first event that it asks for is Lambda's init
//! phase; then it answers one request, which is read with a token and reads the table. In rounds, all
//! binaries in turn, so that what else the machine does hits them alike; the medians' ratios hold where
//! the times don't. The baselines are `infra/baselines`: a function that does nothing, and one that
//! reads a row.
//!
//! The table is reached without TLS, so a handshake isn't in the figures; what its client needs to be
//! made is.
//!
//! # What was found
//!
//! At first, with a diet, with time zones as bytes, and with ring, on other machines (medians of 25, 15, 15 and 15
//! rounds; November 2026):
//!
//! | | init, × hello | | | | memory, MiB | | | | zip, MB | | | |
//! |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
//! | schedules | 6.86 | 2.51 | 1.76 | 1.66 | 15.8 | 10.1 | 8.5 | 7.9 | 6.84 | 4.16 | 4.06 | 3.35 |
//! | webhook | 5.54 | 2.27 | 1.96 | 1.65 | 12.6 | 9.0 | 7.3 | 7.9 | 6.78 | 4.25 | 4.17 | 3.47 |
//! | the least of all | | | 1.63 | 1.54 | | | 5.7 | 5.6 | | | 2.78 | 2.08 |
//! | the most of all | | 2.67 | 2.06 | 1.86 | | 11.3 | 9.7 | 8.4 | | 4.91 | 4.81 | 3.64 |
//!
//! Aimed at are 2, 12 MiB, and 3 MB (4 for auth, auth-admin, notifications and reminders). Init is met by all, memory by
//! all but auth-admin, which hashes a password (25), size by those four, audit, publisher and fsck; appointments (3.19),
//! doctors, schedules, clinics, docs, webhook and patients (3.64) lack it. The webhook refused
//! what it was asked in the first three, and takes a patient's confirmation in the last.
//!
//! Instructions to the end of the second request are 4.8 to 5.0 M where one thing is read (6.0 a patient, whose reading is
//! noted, 5.4 a list); aimed at are 4. The first request reads the key that tokens are signed with and proves a token
//! (0.6 M of Ed25519); three calls to the table are 0.7 M each in the SDK, of which 0.16 M is SHA-256, that valgrind
//! has computed without the processor's own instructions; and the rest is the init phase. For audit, reminders and
//! fsck the event is a page of the trail, a whole run and a whole table, for webhook an appointment's confirmation and a message
//! in answer, for auth-admin a password's hash: they say little beside the others.
//!
//! # What was tried
//!
//! In instructions from the start to the first event, counted by callgrind, of `schedules` (hello: 0.46 M):
//!
//! | what | instructions, M | zip, MB |
//! |---|---:|---:|
//! | before | 21.9 | 6.84 |
//! | Amazon's five roots in the place of the system's trust store | 10.4 with PEM, 2.07 with DER | |
//! | one pool of our own without HTTP/2, the environment in the place of aws-config's loader, which links STS | | |
//! | each function links what it reaches: EventBridge, Twilio and S3 are in few (`platform::reach`) | | |
//! | of the OpenAPI document, one operation is read when it is asked for, not all at the start | 1.8 M of it | |
//! | all of these | 2.07 | 5.38 |
//! | `opt-level = "s"` in the place of 3 | 1.92 | 4.16 |
//! | the IANA database as bytes (jiff) in the place of chrono-tz's tables | 1.56 | 4.06 |
//! | ring in the place of aws-lc, which was 2.1 MB of each binary, 0.7 of it for AVX-512 | as before | 3.35 |
//!
//! Numbering plans by regex-lite in the place of regex took 0.4 MB from the zips of patients, doctors and clinics, and
//! the first number that is read from 82.4 to 15.7 M instructions. A token's key is read with the rows of whoever asks,
//! not before them: a call less for the first request to a function.
//!
//! PEM costs so much since rustls decodes base64 in constant time. A first connection is made in the init phase.
//!
//! `opt-level = "z"` was no help: 7 % off a zip, and half as many instructions again.
//!
//! chrono-tz's tables were 28,000 references that had to be relocated, 1.7 MB of the binary, and more than 1 MB of
//! memory. To relocate what is left is a third of the init phase still (0.63 M of 1.9 with `--profile counted`). A
//! binary at a fixed address would need none of it, and have no randomised addresses either; packed relocations (RELR)
//! need a newer glibc than AL2023's. Neither was tried.
//! The SDK reads its list of partitions for every client that is made (0.4 M), whatever resolver it is given. What is
//! left in a zip besides our own code is the SDK, TLS, 0.2 MB of text encodings that `lambda_http` links, and in docs the
//! page that shows the API (1 MB).

use super::figures::{Figure, Measurements, median};
use super::machine::machine;
use super::stage::{Operation, Stage};
use super::{float, instructions};
use crate::options::ColdStartOptions;
use crate::runtime_api::{Running, Secrets};
use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::Trouble;

/// What does nothing.
pub(super) const HELLO: &str = "baseline-hello";
/// What reads a row.
const TABLE: &str = "baseline-table";
/// What is started, the baselines first, and what each is asked.
const BINARIES: [(&str, Asked); 16] = [
    (HELLO, Asked::Nothing),
    (TABLE, Asked::Nothing),
    ("docs", Asked::Read("/api/health/")),
    ("auth", Asked::Read("/api/auth/me/")),
    ("auth-admin", Asked::Event("auth-admin.bootstrap")),
    ("patients", Asked::ReadOne),
    ("doctors", Asked::ReadOne),
    ("clinics", Asked::ReadOne),
    ("schedules", Asked::Read("/api/schedules/rules/")),
    ("appointments", Asked::ReadOne),
    ("notifications", Asked::ReadOne),
    ("audit", Asked::Read("/api/audit/")),
    ("webhook", Asked::Confirm),
    ("reminders", Asked::Event("reminders.daily")),
    ("publisher", Asked::Event("publisher.changes")),
    ("fsck", Asked::Event("fsck.nightly")),
];

/// The functions that are measured, by the names of their binaries.
pub fn functions() -> impl Iterator<Item = &'static str> {
    BINARIES.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("baseline-"))
}

/// What a function is asked.
#[derive(Clone, Copy)]
enum Asked {
    /// An empty event.
    Nothing,
    /// To read what is at a path, for an ADMIN.
    Read(&'static str),
    /// To read one of its things: what the function that reads a row does, behind a check of who asks.
    ReadOne,
    /// To take a patient's confirmation of an appointment, and to answer it.
    Confirm,
    /// One of `events/`.
    Event(&'static str),
}

/// What one start took.
struct Start {
    ready: Duration,
    answered: Duration,
    peak_kib: u64,
}

/// The measurements of a binary.
struct Measured {
    name: &'static str,
    asked: Asked,
    starts: Vec<Start>,
    binary: u64,
    /// Nothing where there is none, as of a baseline.
    zip: Option<u64>,
    /// From the start to the end of the second request; nothing where they can't be counted.
    instructions: Option<u64>,
}

/// The measurements of all binaries, the baselines' with them.
pub struct ColdStarts(Vec<Measured>);

/// Measures.
///
/// # Errors
/// An answer that isn't one; [`Trouble`].
pub async fn measure(options: &ColdStartOptions) -> Result<ColdStarts, Trouble> {
    // Each start confirms another appointment, and two do of which the instructions are counted; one stays to be read.
    let stage = Stage::new(options.rounds + 3).await?;
    let secrets = Secrets::new(&options.binaries, "cold-start")?;
    let environment = stage.environment(&secrets)?;
    let mut all = Vec::new();
    for (name, asked) in BINARIES {
        let path = options.binaries.join(name);
        let Ok(file) = path.metadata() else {
            writeln!(std::io::stderr(), "skipped: {} is missing", path.display())?;
            continue;
        };
        let zip = options.zips.join(name).join("bootstrap.zip").metadata().ok().map(|zip| zip.len());
        all.push(Measured { name, asked, starts: Vec::new(), binary: file.len(), zip, instructions: None });
    }
    for _ in 0..options.rounds {
        for measured in &mut all {
            let name = measured.name;
            let mut running = Running::start(&options.binaries.join(name), &environment).await?;
            let ready = running.ready().await?;
            let event = measured.event(&stage).await?;
            let began = Instant::now();
            let answer = running.invoke(event).await.map_err(|error| format!("{name}: {error}"))?;
            let answered = began.elapsed();
            if answer.get("statusCode").is_some_and(|status| status != 200) {
                return Err(format!("{name} answered {answer}").into());
            }
            measured.starts.push(Start { ready, answered, peak_kib: running.peak_kib().unwrap_or_default() });
        }
    }
    if instructions::are_countable() {
        for measured in &mut all {
            let events = vec![measured.event(&stage).await?, measured.event(&stage).await?];
            let counted = instructions::count(&options.binaries.join(measured.name), &environment, events).await?;
            measured.instructions = Some(counted);
        }
    }
    Ok(ColdStarts(all))
}

/// A file of `events/`.
fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR")))
}

/// Whether more is allowed to a function than to the others: it hashes passwords, or sends messages.
fn is_large(name: &str) -> bool {
    ["auth", "auth-admin", "notifications", "reminders"].contains(&name)
}

impl Measured {
    /// What it is asked next.
    async fn event(&self, stage: &Stage) -> Result<String, Trouble> {
        Ok(match self.asked {
            Asked::Nothing => "{}".to_owned(),
            Asked::Event(name) => read(name)?,
            Asked::Read(path) => stage.get(path)?,
            Asked::ReadOne => stage.get(&stage.one(self.name).await?)?,
            Asked::Confirm => stage.event(Operation::Confirm)?,
        })
    }

    /// The median of one of its starts' measurements.
    fn of(&self, what: fn(&Start) -> f64) -> f64 {
        median(self.starts.iter().map(what).collect())
    }

    fn init(&self) -> f64 {
        self.of(|start| 1000.0 * start.ready.as_secs_f64())
    }

    fn memory(&self) -> f64 {
        self.of(|start| float(start.peak_kib) / 1024.0)
    }
}

impl ColdStarts {
    /// How many times that of a baseline the init phase is.
    fn times(&self, baseline: &str, measured: &Measured) -> f64 {
        let baseline = self.0.iter().find(|measured| measured.name == baseline);
        measured.init() / baseline.map_or(f64::NAN, Measured::init)
    }
}

impl Measurements for ColdStarts {
    fn figures(&self) -> Vec<Figure> {
        let of = |measured: &Measured| {
            let (name, large) = (measured.name, is_large(measured.name));
            let figure = |what: &str, value| Figure::new(format!("{name}: {what}"), value);
            let (zip, second) = (if large { 4.0 } else { 3.0 }, if large { 8.0 } else { 4.0 });
            [
                Some(figure("init, × hello", self.times(HELLO, measured)).at_most(2.0)),
                Some(figure("init, × one that reads a row", self.times(TABLE, measured))),
                Some(figure("memory, MiB", measured.memory()).at_most(12.0)),
                measured.zip.map(|bytes| figure("zip, MB", float(bytes) / 1e6).at_most(zip)),
                measured.instructions.map(|count| {
                    figure("instructions to the end of the second request, M", float(count) / 1e6).at_most(second)
                }),
            ]
        };
        let functions = self.0.iter().filter(|measured| !measured.name.starts_with("baseline-"));
        functions.flat_map(of).flatten().collect()
    }
}

impl fmt::Display for ColdStarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", machine())?;
        write!(f, "| | init, ms | × hello | first answer, ms | memory, MiB | binary, MB | zip, MB | ")?;
        writeln!(f, "instructions to the second answer, M |\n|---|---:|---:|---:|---:|---:|---:|---:|")?;
        let or_none =
            |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| format!("{:.2}", float(value) / 1e6));
        for measured in &self.0 {
            let (ready, times) = (measured.init(), self.times(HELLO, measured));
            let answered = measured.of(|start| 1000.0 * start.answered.as_secs_f64());
            let (peak, binary) = (measured.memory(), float(measured.binary) / 1e6);
            let (zip, instructions) = (or_none(measured.zip), or_none(measured.instructions));
            write!(f, "| {} | {ready:.1} | {times:.2} | {answered:.1} | ", measured.name)?;
            writeln!(f, "{peak:.1} | {binary:.1} | {zip} | {instructions} |")?;
        }
        writeln!(f, "| target | | 2.00 | | 12.0 | | 3.00 or 4.00 | 4.00 or 8.00 |")?;
        let rounds = self.0.first().map_or(0, |hello| hello.starts.len());
        writeln!(f, "\nMedians of {rounds} rounds.")
    }
}

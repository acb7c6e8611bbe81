//! `cargo lab bench cold-start`: measures start and first request of each function.
//!
//! Each release binary is started against an emulated runtime API ([`crate::runtime_api`]), as Lambda starts it. The
//! time from its start to its request for the first event is Lambda's init phase. Then it answers one authenticated
//! request that reads the table. The binaries are started in rounds, all in turn, so that other load on the machine
//! affects them alike; the ratios of the medians are meaningful where the times are not. The baselines are in
//! `infra/baselines`: a function that does nothing, and one that reads a row.
//!
//! The table is reached without TLS, so the figures include creating its client, but no handshake.
//!
//! # Results
//!
//! The four columns: at first, after removing dependencies, with time zones as bytes, and with ring. They were measured
//! on different machines (medians of 25, 15, 15 and 15 rounds; November 2026):
//!
//! | | init, × hello | | | | memory, MiB | | | | zip, MB | | | |
//! |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
//! | schedules | 6.86 | 2.51 | 1.76 | 1.66 | 15.8 | 10.1 | 8.5 | 7.9 | 6.84 | 4.16 | 4.06 | 3.35 |
//! | webhook | 5.54 | 2.27 | 1.96 | 1.65 | 12.6 | 9.0 | 7.3 | 7.9 | 6.78 | 4.25 | 4.17 | 3.47 |
//! | smallest of all | | | 1.63 | 1.54 | | | 5.7 | 5.6 | | | 2.78 | 2.08 |
//! | largest of all | | 2.67 | 2.06 | 1.86 | | 11.3 | 9.7 | 8.4 | | 4.91 | 4.81 | 3.64 |
//!
//! The limits are 2, 12 MiB, and 3 MB (4 MB for auth, auth-admin, notifications and reminders). All functions meet the
//! limit of init. All but auth-admin, which hashes a password (25 MiB), meet that of memory. Those four, audit,
//! publisher and fsck meet that of size; appointments (3.19), doctors, schedules, clinics, docs, webhook and patients
//! (3.64) don't. The webhook's request was refused in the first three columns, and is a patient's confirmation in the
//! last.
//!
//! Instructions to the end of the second request are 4.8 to 5.0 M where one object is read (6.0 M for a patient, whose
//! reading is audited, 5.4 M for a list); the limit is 4 M. The first request reads the tokens' key and verifies a
//! token (0.6 M of Ed25519). Three calls to the table take 0.7 M each in the SDK, of which 0.16 M is SHA-256, which
//! valgrind computes without the processor's own instructions. The rest is the init phase. The events of audit
//! (a page of the trail), reminders (a whole run), fsck (a whole table), webhook (a confirmation and its reply) and
//! auth-admin (a password hash) can't be compared with the others.
//!
//! # Experiments
//!
//! Instructions from the start to the first event, counted by callgrind, of `schedules` (hello: 0.46 M):
//!
//! | change | instructions, M | zip, MB |
//! |---|---:|---:|
//! | before | 21.9 | 6.84 |
//! | Amazon's five roots instead of the system's trust store | 10.4 with PEM, 2.07 with DER | |
//! | an own connection pool without HTTP/2; the environment instead of aws-config's loader, which links STS | | |
//! | each function links only its ports: few link EventBridge, Twilio and S3 (`platform::capabilities`) | | |
//! | operations of the OpenAPI document are parsed on demand, not all at the start | 1.8 M of it | |
//! | all of these | 2.07 | 5.38 |
//! | `opt-level = "s"` instead of 3 | 1.92 | 4.16 |
//! | the IANA database as bytes (jiff) instead of chrono-tz's tables | 1.56 | 4.06 |
//! | ring instead of aws-lc, which was 2.1 MB of each binary, 0.7 MB of it for AVX-512 | as before | 3.35 |
//!
//! regex-lite instead of regex for numbering plans saved 0.4 MB of the zips of patients, doctors and clinics, and
//! parsing the first phone number takes 15.7 instead of 82.4 M instructions. A token's key is read in one call with the
//! caller's rows, which saves a call in the first request to a function.
//!
//! PEM is slow since rustls decodes base64 in constant time. The first connection is made in the init phase.
//!
//! `opt-level = "z"` did not help: a zip is 7 % smaller, and takes half as many instructions again.
//!
//! chrono-tz's tables were 28,000 references that had to be relocated, 1.7 MB of the binary, and more than 1 MB of
//! memory. The remaining relocations are a third of the init phase (0.63 M of 1.9 M with `--profile counted`). A binary
//! at a fixed address would need none, but would lose address randomisation; packed relocations (RELR) need a newer
//! glibc than that of AL2023. Neither was tried.
//!
//! The SDK parses its list of partitions for every client (0.4 M), whatever resolver it is given. Besides our own code
//! a zip holds the SDK, TLS, 0.2 MB of text encodings that `lambda_http` links, and in docs the page that shows the API
//! (1 MB).

use super::figures::{Figure, Measurements, median};
use super::fixture::{BenchFixture, BenchOperation};
use super::machine::describe_machine;
use super::{float, instructions};
use crate::options::ColdStartOptions;
use crate::runtime_api::{RunningFunction, TemporarySecrets};
use std::fmt;
use std::io::Write as _;
use std::time::{Duration, Instant};
use testkit::test_app::TestError;

/// A function that does nothing.
pub(super) const HELLO: &str = "baseline-hello";
/// A function that reads a row.
const TABLE: &str = "baseline-table";
/// The binaries with their first events, the baselines first.
const BINARIES: [(&str, FirstEvent); 17] = [
    (HELLO, FirstEvent::Nothing),
    (TABLE, FirstEvent::Nothing),
    ("docs", FirstEvent::Read("/api/health/")),
    ("console", FirstEvent::Read("/sign-in")),
    ("auth", FirstEvent::Read("/api/auth/me/")),
    ("auth-admin", FirstEvent::Event("auth-admin.bootstrap")),
    ("patients", FirstEvent::ReadOne),
    ("doctors", FirstEvent::ReadOne),
    ("clinics", FirstEvent::ReadOne),
    ("schedules", FirstEvent::Read("/api/schedules/rules/")),
    ("appointments", FirstEvent::ReadOne),
    ("notifications", FirstEvent::ReadOne),
    ("audit", FirstEvent::Read("/api/audit/")),
    ("webhook", FirstEvent::Confirm),
    ("reminders", FirstEvent::Event("reminders.daily")),
    ("publisher", FirstEvent::Event("publisher.changes")),
    ("fsck", FirstEvent::Event("fsck.nightly")),
];

/// The names of the binaries of all measured functions.
pub fn functions() -> impl Iterator<Item = &'static str> {
    BINARIES.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("baseline-"))
}

#[derive(Clone, Copy)]
enum FirstEvent {
    /// An empty event.
    Nothing,
    /// A GET request of an ADMIN.
    Read(&'static str),
    /// A GET request for one object: an authenticated read of a row.
    ReadOne,
    /// A patient's confirmation of an appointment, which is replied to.
    Confirm,
    Event(&'static str),
}

/// The measurements of one start.
struct Start {
    ready: Duration,
    answered: Duration,
    peak_kib: u64,
}

/// The measurements of a binary.
struct BinaryMeasurement {
    name: &'static str,
    first_event: FirstEvent,
    starts: Vec<Start>,
    binary: u64,
    /// Size in bytes; baselines have no zip.
    zip: Option<u64>,
    /// From the start to the end of the second request; `None` without valgrind.
    instructions: Option<u64>,
}

/// The measurements of all binaries, including the baselines.
pub struct ColdStarts(Vec<BinaryMeasurement>);

pub async fn measure(options: &ColdStartOptions) -> Result<ColdStarts, TestError> {
    // Each start confirms another appointment, counting instructions takes two, and one remains to be read.
    let fixture = BenchFixture::new(options.rounds + 3).await?;
    let secrets = TemporarySecrets::new(&options.binaries, "cold-start")?;
    let environment = fixture.environment(&secrets)?;
    let mut all = Vec::new();
    for (name, first_event) in BINARIES {
        let path = options.binaries.join(name);
        let Ok(file) = path.metadata() else {
            writeln!(std::io::stderr(), "skipped: {} is missing", path.display())?;
            continue;
        };
        let zip = options.zips.join(name).join("bootstrap.zip").metadata().ok().map(|zip| zip.len());
        all.push(BinaryMeasurement {
            name,
            first_event,
            starts: Vec::new(),
            binary: file.len(),
            zip,
            instructions: None,
        });
    }
    for _ in 0..options.rounds {
        for measured in &mut all {
            let name = measured.name;
            let mut running = RunningFunction::start(&options.binaries.join(name), &environment).await?;
            let ready = running.wait_until_ready().await?;
            let event = measured.event(&fixture).await?;
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
            let events = vec![measured.event(&fixture).await?, measured.event(&fixture).await?];
            let counted = instructions::count(&options.binaries.join(measured.name), &environment, events).await?;
            measured.instructions = Some(counted);
        }
    }
    Ok(ColdStarts(all))
}

/// Reads a file of `events/`.
fn read(name: &str) -> std::io::Result<String> {
    std::fs::read_to_string(format!("{}/../../events/{name}.json", env!("CARGO_MANIFEST_DIR")))
}

/// Whether a function has larger limits than the others, since it hashes passwords or sends messages.
fn is_large(name: &str) -> bool {
    ["auth", "auth-admin", "notifications", "reminders"].contains(&name)
}

impl BinaryMeasurement {
    /// The next event for the binary.
    async fn event(&self, fixture: &BenchFixture) -> Result<String, TestError> {
        Ok(match self.first_event {
            FirstEvent::Nothing => "{}".to_owned(),
            FirstEvent::Event(name) => read(name)?,
            FirstEvent::Read(path) => fixture.get_event(path)?,
            FirstEvent::ReadOne => fixture.get_event(&fixture.object_path(self.name).await?)?,
            FirstEvent::Confirm => fixture.event(BenchOperation::Confirm)?,
        })
    }

    /// The median of a measurement over all starts.
    fn median_of(&self, what: fn(&Start) -> f64) -> f64 {
        median(self.starts.iter().map(what).collect())
    }

    fn init(&self) -> f64 {
        self.median_of(|start| 1000.0 * start.ready.as_secs_f64())
    }

    fn memory(&self) -> f64 {
        self.median_of(|start| float(start.peak_kib) / 1024.0)
    }
}

impl ColdStarts {
    /// Ratio of the init phase to that of a baseline.
    fn times(&self, baseline: &str, measured: &BinaryMeasurement) -> f64 {
        let baseline = self.0.iter().find(|measured| measured.name == baseline);
        measured.init() / baseline.map_or(f64::NAN, BinaryMeasurement::init)
    }
}

impl Measurements for ColdStarts {
    fn figures(&self) -> Vec<Figure> {
        let figures_of = |measured: &BinaryMeasurement| {
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
        functions.flat_map(figures_of).flatten().collect()
    }
}

impl fmt::Display for ColdStarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", describe_machine())?;
        write!(f, "| | init, ms | × hello | first answer, ms | memory, MiB | binary, MB | zip, MB | ")?;
        writeln!(f, "instructions to the second answer, M |\n|---|---:|---:|---:|---:|---:|---:|---:|")?;
        let or_none =
            |value: Option<u64>| value.map_or_else(|| "–".to_owned(), |value| format!("{:.2}", float(value) / 1e6));
        for measured in &self.0 {
            let (ready, times) = (measured.init(), self.times(HELLO, measured));
            let answered = measured.median_of(|start| 1000.0 * start.answered.as_secs_f64());
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

//! The command line.

mod bench;

use crate::check::reminders::mishap::Mishap;
pub use bench::{
    AllBenchesOptions, Bench, ColdStartOptions, GrowthOptions, MemoryOptions, RemindersBenchOptions, ThroughputOptions,
    WarmOptions,
};
use clap::{Args, Parser, Subcommand};
use domain::phone::Country;
use domain::time::{Instant, LocalDate, Zone};
use platform::settings::variables::DEFAULT_COUNTRY;
use std::path::PathBuf;

/// The local server and the project's own chores.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
pub struct Options {
    /// What to do; `serve` if left out.
    #[command(subcommand)]
    pub chore: Option<Chore>,
    /// Options of `serve`.
    #[command(flatten)]
    pub serve: ServeOptions,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Chore {
    /// Run everything on this machine.
    Serve(ServeOptions),
    /// Run the table alone, for functions that run elsewhere, as under `cargo lambda watch`.
    Table(TableOptions),
    /// Check that everything in a table is as it should be. Reads only; exits 1 if something isn't.
    Fsck(FsckOptions),
    /// Bring in what another service had. Exits 0 when all of it is there afterwards, 1 where rows were
    /// refused: the report names each, and the rest comes all the same. A second run changes nothing.
    Import(ImportOptions),
    /// Print or write what `import --csv` reads.
    Export(ExportOptions),
    /// Make the first ADMIN of a table or a deployment.
    #[command(subcommand)]
    Admin(Admin),
    /// The keys that the local server signs and seals with.
    #[command(subcommand)]
    Keys(Keys),
    /// See to the audit trail.
    #[command(subcommand)]
    Audit(Audit),
    /// The ledger of patients who were erased.
    #[command(subcommand)]
    Erasures(Erasures),
    /// Find out by trying whether bookings can be trusted; exits 1 if something isn't as it should be.
    #[command(subcommand)]
    Check(Check),
    /// Measure one thing, or all of it into one table.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        /// What.
        #[command(subcommand)]
        which: Option<Bench>,
        /// Where all of it finds what it needs.
        #[command(flatten)]
        options: AllBenchesOptions,
    },
    /// Print the OpenAPI document, or write it to infra/openapi.json.
    Openapi {
        /// Write it.
        #[arg(long)]
        write: bool,
    },
    /// Print what each operation costs in DynamoDB, and its budget.
    Costs {
        /// Also what each kind of row costs.
        #[arg(long)]
        detail: bool,
        /// What a visit's whole life costs instead, in units and in money.
        #[arg(long)]
        money: bool,
    },
    /// Print how the labelled messages of patients are read, in each context; exits 1 if one is misread.
    Corpus,
    /// Try at random whether anything that a stranger can send breaks what reads it; exits 1 if so.
    Fuzz(FuzzOptions),
    /// Print every route as a table.
    Routes,
    /// Print the environment variables of the functions as a table.
    Settings,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// Where the data is kept.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// Keep nothing: an empty table in memory.
    #[arg(long)]
    pub memory: bool,
    /// No demo data in an empty table.
    #[arg(long)]
    pub no_seed: bool,
    /// Stand still where `/_dev/halt/` says: for `check reminders --processes`.
    #[arg(long, hide = true)]
    pub halting: bool,
    /// Start at another time, as 2025-12-13T12:00:00Z; the clock runs on from there.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub now: Option<Instant>,
    /// The password of the demo users.
    #[arg(
        long,
        env = "CITAS_DEMO_PASSWORD",
        hide_env_values = true,
        default_value = "citas-demo-password",
        hide = true
    )]
    pub demo_password: String,
}

/// Options of `table`.
#[derive(Debug, Clone, Args)]
pub struct TableOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8001)]
    pub port: u16,
    /// Where the functions' environment and secrets are written.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// Where the functions will be reached.
    #[arg(long, default_value = "http://127.0.0.1:9000", value_name = "URL")]
    pub public_url: String,
    /// The password of the demo users.
    #[arg(
        long,
        env = "CITAS_DEMO_PASSWORD",
        hide_env_values = true,
        default_value = "citas-demo-password",
        hide = true
    )]
    pub demo_password: String,
}

/// What to do about ADMINs.
#[derive(Debug, Clone, Subcommand)]
pub enum Admin {
    /// Make the first one: of the local server's table, unless --endpoint or --stack says otherwise. Once:
    /// it is refused wherever there is an ADMIN, or was one.
    Create(AdminOptions),
}

/// Options of `admin create`.
#[derive(Debug, Clone, Args)]
pub struct AdminOptions {
    /// What to sign in with.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// Given names.
    #[arg(long, value_name = "NAMES")]
    pub first_name: Option<String>,
    /// Family names.
    #[arg(long, value_name = "NAMES")]
    pub last_name: Option<String>,
    /// Read the password from the first line of the input. Otherwise one is made up, and shown once.
    #[arg(long)]
    pub password_stdin: bool,
    /// A deployment in AWS, with the credentials of the environment (AWS_ACCESS_KEY_ID, …).
    #[arg(long, value_name = "NAME", conflicts_with_all = ["endpoint", "data"], value_parser = stack)]
    pub stack: Option<String>,
    /// Where the deployment is, if AWS_REGION doesn't say it.
    #[arg(long, value_name = "REGION", requires = "stack")]
    pub region: Option<String>,
    /// Where Lambda is, if not in AWS.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", hide = true)]
    pub lambda: Option<String>,
    /// The table in another DynamoDB on this machine, made where there is none: http://127.0.0.1:4599.
    #[arg(long, value_name = "URL", conflicts_with = "data")]
    pub endpoint: Option<String>,
    /// The local server's table in this folder. Stop the server first.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
}

/// What to do about keys.
#[derive(Debug, Clone, Subcommand)]
pub enum Keys {
    /// Put new ones in use. Those before are good for what they made; older ones are dropped. The server
    /// may run meanwhile: it takes them up within minutes.
    Rotate {
        /// Where the data is kept.
        #[arg(long, default_value = ".local", value_name = "DIR")]
        data: PathBuf,
    },
}

/// What to do about the audit trail.
#[derive(Debug, Clone, Subcommand)]
pub enum Audit {
    /// Check that the trail is as it was sealed. Reads only; exits 1 if it isn't.
    Verify(AuditOptions),
}

/// Options of `audit verify`.
#[derive(Debug, Clone, Args)]
pub struct AuditOptions {
    /// Only this UTC day, as 2025-12-15; otherwise all since the first seal.
    #[arg(long, value_parser = day)]
    pub date: Option<LocalDate>,
    /// A public key that seals are signed with, in base64url; as often as there were keys. A table that isn't this
    /// machine's needs one, or --seals.
    // One in 64 begins with a hyphen.
    #[arg(long = "public-key", value_name = "KEY", allow_hyphen_values = true)]
    pub public_keys: Vec<String>,
    /// A folder with the archived seals, as `aws s3 sync` makes it. Those of the table have to be the same, and their
    /// keys are believed.
    #[arg(long, value_name = "DIR")]
    pub seals: Option<PathBuf>,
    /// Which table.
    #[command(flatten)]
    pub table: FsckOptions,
}

/// What to do with the ledger of erasures.
#[derive(Debug, Clone, Subcommand)]
pub enum Erasures {
    /// Write it into a folder, a file a patient: ids, times and reasons. Keep it where the copies of the table are.
    List {
        /// The folder.
        into: PathBuf,
        /// Which table.
        #[command(flatten)]
        table: FsckOptions,
    },
    /// Erase those in it again, after a table was restored to a time before. Their visits to come are cancelled.
    Apply {
        /// The folder, as `list` or `aws s3 sync` makes it.
        ledger: PathBuf,
        /// Which table.
        #[command(flatten)]
        table: FsckOptions,
    },
}

/// What to find out.
#[derive(Debug, Clone, Subcommand)]
pub enum Check {
    /// Many clients book, move and cancel at once, on a table that fails; then everything is checked.
    Bookings(BookingsOptions),
    /// Everything goes wrong that can while a visit is booked and reminded of, one thing at a time and
    /// two; one reminder goes out, or this exits 1.
    Reminders(RemindersOptions),
    /// Patients write, messages get lost and come again, the table fails; each counts once, in its order, or
    /// this exits 1.
    Messages(MessagesOptions),
    /// The same operations on the embedded table and on another DynamoDB: do they answer alike?
    Differential(DifferentialOptions),
    /// Is everything that the functions' roles allow used by some test? Exits 1 if something isn't.
    Rights(RightsOptions),
    /// Does a table that a deployment made have the keys and indexes that the store is written for? Reads its
    /// description only; exits 1 if not.
    Table(FsckOptions),
}

/// Options of `check rights`.
#[derive(Debug, Clone, Args)]
pub struct RightsOptions {
    /// What the tests used: the folder that `CITAS_RIGHTS_LOG` named when they ran.
    #[arg(value_name = "FOLDER")]
    pub log: PathBuf,
    /// Print what was used, too.
    #[arg(long)]
    pub list: bool,
}

/// Options of `check reminders`.
#[derive(Debug, Clone, Args)]
pub struct RemindersOptions {
    /// How many visits: 1 or 2.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub visits: u8,
    /// Stop after so many minutes. Pairs are then chosen by the seed; otherwise all are gone through.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Chooses pairs; made up and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Real processes instead: `cargo dev` is killed before each of its calls in turn.
    #[arg(long)]
    pub processes: bool,
    /// Only one run, with these mishaps, as 12/crash_after,31/freeze.
    #[arg(long, value_delimiter = ',', value_name = "CALL/WHAT")]
    pub replay: Vec<Mishap>,
}

/// Options of `check messages`.
#[derive(Debug, Clone, Args)]
pub struct MessagesOptions {
    /// How many messages.
    #[arg(long, default_value_t = 2_000)]
    pub messages: usize,
    /// Stop after so many minutes, whatever is left to do.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides what is written and what becomes of it; made up and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Which share of the calls to the table fails, from 0 to 1.
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub faults: f64,
}

/// Options of `fuzz`.
#[derive(Debug, Clone, Args)]
pub struct FuzzOptions {
    /// For how long, all targets together.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Decides what is tried; made up and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Only this one: form, signature, reply, button, token, cursor, body, webhook.
    #[arg(long)]
    pub target: Option<String>,
    /// Try only this input, in Base64.
    #[arg(long, value_name = "BASE64")]
    pub input: Option<String>,
}

/// Options of `check differential`.
#[derive(Debug, Clone, Args)]
pub struct DifferentialOptions {
    /// Where the other DynamoDB is, as http://127.0.0.1:4599. A table is made there, and removed.
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// How many operations.
    #[arg(long, default_value_t = 300)]
    pub operations: u64,
    /// Decides what is asked for.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `check bookings`.
#[derive(Debug, Clone, Args)]
pub struct BookingsOptions {
    /// How many operations.
    #[arg(long, default_value_t = 20_000)]
    pub operations: u64,
    /// Stop after so many minutes, whatever is left to do.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// What a run begins with, to have it again; made up and printed if left out. Clients decide the
    /// same and the table fails the same, but who is first is up to the machine: only a run with one
    /// client is the very same.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many clients at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub clients: u16,
    /// Which share of the calls to the table fails, from 0 to 1.
    #[arg(long, default_value_t = 0.15, value_parser = share)]
    pub faults: f64,
}

/// Options of `fsck`: which table.
#[derive(Debug, Clone, Args)]
pub struct FsckOptions {
    /// A table on this machine, as `cargo dev table` offers one: http://127.0.0.1:8001.
    #[arg(long, value_name = "URL", conflicts_with = "aws")]
    pub endpoint: Option<String>,
    /// A table in AWS, with the region and the credentials of the environment (AWS_REGION, AWS_ACCESS_KEY_ID, …).
    #[arg(long)]
    pub aws: bool,
    /// Its name.
    #[arg(long, default_value = testkit::database::TABLE_NAME)]
    pub table: String,
    /// Otherwise the local server's table in this folder. Stop the server first.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
}

/// Options of `import`.
#[derive(Debug, Clone, Args)]
pub struct ImportOptions {
    /// What `manage.py dumpdata` of the Django service wrote.
    #[arg(long, value_name = "FILE", required_unless_present = "csv")]
    pub from_django: Option<PathBuf>,
    /// A spreadsheet, as patients=FILE, doctors=FILE or schedules=FILE; as often as there are some.
    #[arg(long, value_name = "KIND=FILE", value_parser = sheet)]
    pub csv: Vec<Sheet>,
    /// The time zone of the old clinics, as America/Santo_Domingo: they had none of their own.
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    pub timezone: Option<Zone>,
    /// The country whose national phone numbers are read, as DO: that of the deployment.
    #[arg(long, value_name = "COUNTRY", env = "DEFAULT_COUNTRY", default_value = DEFAULT_COUNTRY.default.unwrap_or_default(), value_parser = country)]
    pub country: Country,
    /// Write nothing, and say what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// Into which table.
    #[command(flatten)]
    pub table: FsckOptions,
}

/// A spreadsheet.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Of what.
    pub kind: SheetKind,
    /// Where.
    pub file: PathBuf,
}

/// What spreadsheets there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SheetKind {
    /// Patients.
    Patients,
    /// Doctors.
    Doctors,
    /// Dated windows of doctors' time.
    Schedules,
}

/// Options of `export`.
#[derive(Debug, Clone, Args)]
pub struct ExportOptions {
    /// Of what.
    #[arg(long, value_name = "KIND")]
    pub csv: SheetKind,
    /// Where to, which mustn't be there yet. Otherwise it is printed.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Out of which table.
    #[command(flatten)]
    pub table: FsckOptions,
}

fn sheet(text: &str) -> Result<Sheet, String> {
    let (kind, file) = text.split_once('=').ok_or("not as patients=FILE")?;
    let kind =
        <SheetKind as clap::ValueEnum>::from_str(kind, false).map_err(|_| "not patients, doctors or schedules")?;
    Ok(Sheet { kind, file: file.into() })
}

fn zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).map_err(|_| "not a time zone's IANA name, as America/Santo_Domingo".to_owned())
}

fn country(text: &str) -> Result<Country, String> {
    Country::parse(&text.to_ascii_uppercase()).ok_or_else(|| "not a country's two letters, as DO".to_owned())
}

/// A name as CloudFormation takes it: a part of the function's name, and of an address.
fn stack(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let name = begins && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if name { Ok(text.to_owned()) } else { Err("not the name of a stack: letters, digits and hyphens".to_owned()) }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

fn day(text: &str) -> Result<LocalDate, String> {
    domain::time::parse_date(text).map_err(|_| "not a day, as 2025-12-15".to_owned())
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|_| "not an instant with an offset, as 2025-12-13T12:00:00Z".to_owned())
}

//! The command line of `citas`.

use crate::target::TargetArgs;
use clap::{Args, Parser, Subcommand};
use domain::phone::Country;
use domain::time::{LocalDate, Zone};
use platform::settings::variables::DEFAULT_COUNTRY;
use std::path::PathBuf;

/// Operates a deployment of citas.
#[derive(Debug, Parser)]
#[command(name = "cargo citas", bin_name = "cargo citas")]
pub struct Options {
    /// Which deployment.
    #[command(flatten)]
    pub target: TargetArgs,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Each works on one deployment.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check a table's rows against each other. Reads only; exits 1 where an invariant fails.
    Fsck,
    /// Check that a table has the keys and indexes that the store needs. Reads its description only; exits 1 if not.
    Schema,
    /// Import from the Django service or from spreadsheets. Exits 0 when all of it is there afterwards, 1 where rows
    /// were refused: the report names each, and the rest is imported all the same. A second run changes nothing.
    Import(ImportOptions),
    /// Print or write what `import --csv` reads.
    Export(ExportOptions),
    /// The first ADMIN.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// The keys that the local server signs and seals with.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The ledger of erased patients.
    #[command(subcommand)]
    Erasures(ErasuresCommand),
}

/// Commands about ADMINs.
#[derive(Debug, Clone, Subcommand)]
pub enum AdminCommand {
    /// Create the first one. Once: it is refused where there is an ADMIN, or was one.
    Create(AdminOptions),
}

/// Options of `admin create`.
#[derive(Debug, Clone, Args)]
pub struct AdminOptions {
    /// The e-mail address to sign in with.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// Given names.
    #[arg(long, value_name = "NAMES")]
    pub first_name: Option<String>,
    /// Family names.
    #[arg(long, value_name = "NAMES")]
    pub last_name: Option<String>,
    /// Read the password from the first line of the input. Otherwise one is generated, and shown once.
    #[arg(long)]
    pub password_stdin: bool,
    /// Lambda's endpoint, if not in AWS.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", hide = true)]
    pub lambda: Option<String>,
}

/// Commands about keys.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Put new ones in use. The ones before stay valid for what they signed; older ones are dropped. The server may
    /// run meanwhile: it reads them within minutes.
    Rotate,
}

/// Commands about the audit trail.
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Verify the trail against its seals. Reads only; exits 1 if it doesn't match.
    Verify(AuditOptions),
}

/// Options of `audit verify`.
#[derive(Debug, Clone, Args)]
pub struct AuditOptions {
    /// Only this UTC day, as 2025-12-15; otherwise all since the first seal.
    #[arg(long, value_parser = day)]
    pub date: Option<LocalDate>,
    /// A public key that seals are signed with, in base64url; repeatable. A table that isn't the local server's needs
    /// one, or --seals.
    // One in 64 begins with a hyphen.
    #[arg(long = "public-key", value_name = "KEY", allow_hyphen_values = true)]
    pub public_keys: Vec<String>,
    /// A folder with the archived seals, as `aws s3 sync` makes it. Those of the table have to be the same, and their
    /// keys are trusted.
    #[arg(long, value_name = "DIR")]
    pub seals: Option<PathBuf>,
}

/// Commands about the ledger of erasures.
#[derive(Debug, Clone, Subcommand)]
pub enum ErasuresCommand {
    /// Write it into a folder, a file a patient: ids, times and reasons. Keep it where the copies of the table are.
    List {
        /// The folder.
        into: PathBuf,
    },
    /// Erase those in it again, after a table was restored to a time before. Their appointments to come are cancelled.
    Apply {
        /// The folder, as `list` or `aws s3 sync` makes it.
        ledger: PathBuf,
    },
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

fn day(text: &str) -> Result<LocalDate, String> {
    domain::time::parse_date(text).map_err(|_| "not a day, as 2025-12-15".to_owned())
}

//! The command line of `citas`.

use crate::import::sheets::dates::DateOrder;
use crate::target::TargetArgs;
use clap::{Args, Parser, Subcommand};
use domain::phone::Country;
use domain::time::{LocalDate, Zone};
use platform::settings::variables::DEFAULT_COUNTRY;
use std::path::PathBuf;

/// Operates a deployment of citas.
#[derive(Debug, Parser)]
#[command(name = "cargo citas", bin_name = "cargo citas")]
pub struct CitasCli {
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(subcommand)]
    pub command: CitasCommand,
}

/// The commands. Each works on one deployment.
#[derive(Debug, Clone, Subcommand)]
pub enum CitasCommand {
    /// Check a table's rows against each other. Reads only; exits 1 if an invariant fails.
    Fsck,
    /// Check that a table has the keys and indexes that the store needs. Reads its description only; exits 1 if not.
    Schema,
    /// Write the rows of earlier versions in their present form. The system may be in use, and a second run changes
    /// nothing. Exits 1 if patients have the same document by the present rules: they are listed, and left as they were.
    Migrate,
    /// Import from the Django service or from spreadsheets. Exits 0 if all rows were imported, 1 if some were refused:
    /// the report lists them, and the other rows are imported. A second run changes nothing.
    Import(ImportOptions),
    /// Export a spreadsheet that `import --csv` can read, or the appointments of a day.
    Export(ExportOptions),
    /// Create the first ADMIN.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Rotate the keys of the local server.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Verify the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Export or apply the ledger of erased patients.
    #[command(subcommand)]
    Erasures(ErasuresCommand),
}

#[derive(Debug, Clone, Subcommand)]
pub enum AdminCommand {
    /// Create the first ADMIN. Refused if there is an ADMIN, or was one.
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
    /// Read the password from the first line of stdin. Otherwise one is generated and shown once.
    #[arg(long)]
    pub password_stdin: bool,
    /// Lambda's endpoint, if not in AWS.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", hide = true)]
    pub lambda: Option<String>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Put new keys in use. The previous keys stay valid for what they signed; older keys are removed. A running server
    /// reads the new ones within minutes.
    Rotate,
}

#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Verify the audit trail against its seals. Reads only; exits 1 if it doesn't match.
    Verify(AuditOptions),
}

/// Options of `audit verify`.
#[derive(Debug, Clone, Args)]
pub struct AuditOptions {
    /// Only this UTC day, as 2025-12-15; by default all days since the first seal.
    #[arg(long, value_parser = parse_day)]
    pub date: Option<LocalDate>,
    /// A trusted public key of the seals, in base64url; repeatable. Required, unless --seals is given or the table is
    /// the local server's.
    // One key in 64 begins with a hyphen.
    #[arg(long = "public-key", value_name = "KEY", allow_hyphen_values = true)]
    pub public_keys: Vec<String>,
    /// A folder with the archived seals, as `aws s3 sync` makes it. The table's seals have to be the same; the keys in
    /// the archive are trusted.
    #[arg(long, value_name = "DIR")]
    pub seals: Option<PathBuf>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum ErasuresCommand {
    /// Write the ledger into a folder, one file for each patient, with ids, times and reasons. Keep it with the backups
    /// of the table.
    List {
        /// The folder.
        into: PathBuf,
    },
    /// Erase the patients in the ledger again, after a table was restored to an earlier time. Their future appointments
    /// are cancelled.
    Apply {
        /// The folder, as `list` or `aws s3 sync` makes it.
        ledger: PathBuf,
    },
}

#[derive(Debug, Clone, Args)]
pub struct ImportOptions {
    /// The output of `manage.py dumpdata` of the Django service.
    #[arg(long, value_name = "FILE", required_unless_present = "csv")]
    pub from_django: Option<PathBuf>,
    /// A spreadsheet, as patients=FILE, doctors=FILE or schedules=FILE; repeatable.
    #[arg(long, value_name = "KIND=FILE", value_parser = parse_sheet)]
    pub csv: Vec<Sheet>,
    /// The time zone of the old clinics, as America/Santo_Domingo: the dump has none.
    #[arg(long, value_name = "ZONE", value_parser = parse_zone)]
    pub timezone: Option<Zone>,
    /// The country for national phone numbers, as DO: that of the deployment.
    #[arg(long, value_name = "COUNTRY", env = "DEFAULT_COUNTRY", default_value = DEFAULT_COUNTRY.default.unwrap_or_default(), value_parser = parse_country)]
    pub country: Country,
    /// The order of day and month in dates such as 01/05/1980, where the file's dates don't tell it.
    #[arg(long, value_name = "ORDER")]
    pub dates: Option<DateOrder>,
    /// Write nothing, and report what would be done.
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone)]
pub struct Sheet {
    pub kind: SheetKind,
    pub file: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum SheetKind {
    Patients,
    Doctors,
    /// Availability windows.
    Schedules,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ExportKind {
    Patients,
    Doctors,
    /// Availability windows.
    Schedules,
    /// The appointments of a day, with the phones of the patients. They can't be imported.
    Appointments,
}

#[derive(Debug, Clone, Args)]
pub struct ExportOptions {
    #[arg(long, value_name = "KIND")]
    pub csv: ExportKind,
    /// The local day of the appointments, as 2025-12-15.
    #[arg(long, value_parser = parse_day)]
    pub date: Option<LocalDate>,
    /// The clinic of the appointments, by its id or name. By default those of all clinics are exported.
    #[arg(long, value_name = "CLINIC")]
    pub clinic: Option<String>,
    /// The file to write, which must not exist yet. By default the spreadsheet is printed.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

fn parse_sheet(text: &str) -> Result<Sheet, String> {
    let (kind, file) = text.split_once('=').ok_or("not as patients=FILE")?;
    let kind =
        <SheetKind as clap::ValueEnum>::from_str(kind, false).map_err(|_| "not patients, doctors or schedules")?;
    Ok(Sheet { kind, file: file.into() })
}

fn parse_zone(text: &str) -> Result<Zone, String> {
    Zone::parse(text).map_err(|_| "not a time zone's IANA name, as America/Santo_Domingo".to_owned())
}

fn parse_country(text: &str) -> Result<Country, String> {
    Country::parse(&text.to_ascii_uppercase()).ok_or_else(|| "not a country's two letters, as DO".to_owned())
}

fn parse_day(text: &str) -> Result<LocalDate, String> {
    domain::time::parse_date(text).map_err(|_| "not a day, as 2025-12-15".to_owned())
}

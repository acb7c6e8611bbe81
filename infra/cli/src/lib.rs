//! The library of `citas`, the command-line program for operating a deployment.
//!
//! A command works on a [`target`]: a stack in AWS, a table behind an endpoint, or the local server's folder. The
//! program `citas` reaches the first two. Only `infra/dev` links the embedded table of the third; it runs the
//! same commands as `cargo dev citas <command>`.
//!
//! | To learn about | read |
//! |---|---|
//! | the commands and their options | [`options`] |
//! | the table that a command works on | [`target`] |
//! | checking a table's rows and its schema | [`fsck`], [`schema`] |
//! | verifying the audit trail against its seals | [`audit`] |
//! | listing erasures and applying them to a restored table | [`erasures`] |
//! | creating the first ADMIN | [`admin`] |
//! | writing rows of earlier versions in their present form | [`migrate`] |
//! | rotating the local server's keys | [`keys`] |
//! | importing from the Django service and from spreadsheets, exporting | [`import`] |

pub mod admin;
pub mod archive;
pub mod audit;
pub mod erasures;
pub mod fsck;
pub mod import;
pub mod keys;
pub mod migrate;
pub mod offline_app;
pub mod options;
pub mod schema;
pub mod target;

use options::{AdminCommand, AuditCommand, CitasCommand, ErasuresCommand, KeysCommand};
use std::process::ExitCode;
use target::Target;

/// A command failed.
#[derive(Debug)]
pub struct CommandError {
    /// The text for stdout, such as the report of a partial import.
    pub output: String,
    /// The text for stderr.
    pub reason: String,
}

impl From<String> for CommandError {
    fn from(reason: String) -> Self {
        Self { output: String::new(), reason }
    }
}

/// Runs a command. Returns the text for stdout.
///
/// # Errors
/// A text for the operator: what failed, or the findings of a check.
pub async fn run(command: CitasCommand, target: &Target) -> Result<String, CommandError> {
    match command {
        CitasCommand::Fsck => match fsck::fsck(target).await {
            Ok(report) if report.is_clean() => Ok(format!("{report}\n")),
            Ok(report) => Err(format!("the table violates its invariants\n{report}").into()),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Schema => Ok(schema::check(target).await.map_err(|error| error.to_string())?),
        CitasCommand::Migrate => match migrate::migrate(target).await {
            Ok(report) if report.is_complete() => Ok(format!("{report}\n")),
            Ok(report) => Err(CommandError {
                output: format!("{report}\n"),
                reason: "some patients have the same document, see above: correct one of each, and migrate again"
                    .into(),
            }),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Import(options) => match import::import(&options, target).await {
            Ok(report) if report.refused() == 0 => Ok(format!("{report}\n")),
            Ok(report) => Err(CommandError {
                output: format!("{report}\n"),
                reason: format!("{} rows were refused, see above", report.refused()),
            }),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Export(options) => {
            Ok(import::sheets::export::export(&options, target).await.map_err(|error| error.to_string())?)
        }
        CitasCommand::Admin(AdminCommand::Create(options)) => match admin::create(&options, target).await {
            Ok(created) => Ok(format!("{created}\n")),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Keys(KeysCommand::Rotate) => match keys::rotate(target) {
            Ok(rotated) => Ok(format!("{rotated}\n")),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Audit(AuditCommand::Verify(options)) => match audit::verify(&options, target).await {
            Ok(report) if report.is_valid() => Ok(format!("{report}\n")),
            Ok(report) => Err(format!("the audit trail does not match its seals\n{report}").into()),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Erasures(ErasuresCommand::List { into }) => match erasures::list(&into, target).await {
            Ok(erased) => Ok(format!("{erased} patients were erased: see {}\n", into.display())),
            Err(error) => Err(error.to_string().into()),
        },
        CitasCommand::Erasures(ErasuresCommand::Apply { ledger }) => match erasures::apply(&ledger, target).await {
            Ok(again) => Ok(format!("{again} patients erased again\n")),
            Err(error) => Err(error.to_string().into()),
        },
    }
}

/// Prints a command's result: its output on stdout, or an error with the program's name on stderr.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to people")]
#[must_use]
pub fn report(program: &str, outcome: Result<String, CommandError>) -> ExitCode {
    match outcome {
        Ok(output) => {
            print!("{output}");
            ExitCode::SUCCESS
        }
        Err(CommandError { output, reason }) => {
            print!("{output}");
            eprintln!("{program}: {reason}");
            ExitCode::FAILURE
        }
    }
}

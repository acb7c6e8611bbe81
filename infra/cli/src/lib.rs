//! `citas`, the program that a deployment is operated with, as a library.
//!
//! A command works on a [`target`]: a stack in AWS, a table behind an endpoint, or the local server's folder. The
//! program `citas` reaches the first two. The embedded table of the third is linked by `infra/dev` alone, which runs
//! the same commands as `cargo dev citas <command>`.
//!
//! | To learn about | read |
//! |---|---|
//! | the commands and their options | [`options`] |
//! | the table that a command works on | [`target`] |
//! | checking a table's rows and its schema | [`fsck`], [`schema`] |
//! | verifying the audit trail against its seals | [`audit`] |
//! | listing erasures and applying them to a restored table | [`erasures`] |
//! | creating the first ADMIN | [`admin`] |
//! | rotating the local server's keys | [`keys`] |
//! | importing from the Django service and from spreadsheets, exporting | [`import`] |

pub mod admin;
pub mod archive;
pub mod audit;
pub mod erasures;
pub mod fsck;
pub mod import;
pub mod keys;
pub mod offline_app;
pub mod options;
pub mod schema;
pub mod target;

use options::{AdminCommand, AuditCommand, Command, ErasuresCommand, KeysCommand};
use std::process::ExitCode;
use target::Target;

/// Runs a command. Answers what belongs on stdout.
///
/// # Errors
/// A text for the operator: what failed, or what a check found.
pub async fn run(command: Command, target: &Target) -> Result<String, String> {
    match command {
        Command::Fsck => match fsck::fsck(target).await {
            Ok(report) if report.is_clean() => Ok(format!("{report}\n")),
            Ok(report) => Err(format!("the table violates its invariants\n{report}")),
            Err(error) => Err(error.to_string()),
        },
        Command::Schema => schema::check(target).await.map_err(|error| error.to_string()),
        Command::Import(options) => match import::import(&options, target).await {
            Ok(report) if report.refused() == 0 => Ok(format!("{report}\n")),
            Ok(report) => Err(format!("{} rows were refused\n{report}", report.refused())),
            Err(error) => Err(error.to_string()),
        },
        Command::Export(options) => import::sheets::export(&options, target).await.map_err(|error| error.to_string()),
        Command::Admin(AdminCommand::Create(options)) => match admin::create(&options, target).await {
            Ok(created) => Ok(format!("{created}\n")),
            Err(error) => Err(error.to_string()),
        },
        Command::Keys(KeysCommand::Rotate) => match keys::rotate(target) {
            Ok(rotated) => Ok(format!("{rotated}\n")),
            Err(error) => Err(error.to_string()),
        },
        Command::Audit(AuditCommand::Verify(options)) => match audit::verify(&options, target).await {
            Ok(report) if report.is_whole() => Ok(format!("{report}\n")),
            Ok(report) => Err(format!("the audit trail does not match its seals\n{report}")),
            Err(error) => Err(error.to_string()),
        },
        Command::Erasures(ErasuresCommand::List { into }) => match erasures::list(&into, target).await {
            Ok(erased) => Ok(format!("{erased} patients were erased: see {}\n", into.display())),
            Err(error) => Err(error.to_string()),
        },
        Command::Erasures(ErasuresCommand::Apply { ledger }) => match erasures::apply(&ledger, target).await {
            Ok(again) => Ok(format!("{again} patients erased again\n")),
            Err(error) => Err(error.to_string()),
        },
    }
}

/// Prints what a command answered: its output on stdout, an error behind the program's name on stderr.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to people")]
pub fn report(program: &str, outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(output) => {
            print!("{output}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}

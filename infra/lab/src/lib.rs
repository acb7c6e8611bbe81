//! `cargo lab`: checks under injected faults, fuzzing, benches and cost measurements.
//!
//! | To learn about | read |
//! |---|---|
//! | the command line | [`options`] |
//! | the fixed part of every proof, which runs before each merge | [`proofs`], with the seeds of [`seeds`] |
//! | the same checks with fresh seeds, for a given time | [`soak`] |
//! | bookings, reminders, messages, notices and closures under faults | [`check`] |
//! | fuzzing of valid inputs | [`fuzz`] |
//! | how the labelled patient messages are classified | [`corpus`] |
//! | time and memory | [`mod@bench`]; it runs the functions' release binaries through [`runtime_api`] |
//! | capacity units and money | [`costs`] |

pub mod bench;
pub mod check;
pub mod corpus;
pub mod costs;
pub mod fuzz;
pub mod options;
pub mod proofs;
pub mod runtime_api;
pub mod seeds;
pub mod soak;

use options::{Check, LabCommand};
use testkit::test_app::TestError;

/// Runs a command, which prints its progress. Returns the text that is left to print.
///
/// # Errors
/// A text for the developer: what failed, or the findings of a check.
pub async fn run(command: LabCommand) -> Result<String, String> {
    let done = match command {
        LabCommand::Proofs => proofs::proofs().await,
        LabCommand::Soak(options) => soak::soak(&options).await,
        LabCommand::Check(check) => run_check(check).await,
        LabCommand::Fuzz(options) => fuzz::fuzz(&options).await,
        LabCommand::Corpus => {
            let report = corpus::corpus().map_err(|error| error.to_string())?;
            return match report.has_mistakes() {
                false => Ok(report.to_string()),
                true => Err(format!("some messages are misclassified\n{report}")),
            };
        }
        LabCommand::Bench { which, options } => bench::run(which, &options).await,
        LabCommand::BreakpointServer(options) => {
            let served = check::reminders::breakpoint::serve_with_breakpoint(options).await;
            served.map_err(TestError::from)
        }
        LabCommand::Costs { money: true, .. } => {
            let life = costs::lifecycle::measure().await.map_err(|error| error.to_string())?;
            return Ok(costs::money::markdown(&life));
        }
        LabCommand::Costs { detail, .. } => {
            let costs = costs::measure().await.map_err(|error| error.to_string())?;
            return Ok(costs::markdown(&costs, detail));
        }
    };
    done.map(|()| String::new()).map_err(|error| error.to_string())
}

async fn run_check(check: Check) -> Result<(), TestError> {
    match check {
        Check::Bookings(options) => check::bookings(&options).await,
        Check::Reminders(options) => check::reminders::reminders(&options).await,
        Check::Messages(options) => check::messages::messages(&options).await,
        Check::Conversations(options) => check::conversations::conversations(&options).await,
        Check::Closures(options) => check::closures::closures(&options).await,
        Check::Notices(options) => check::notices::notices(&options).await,
        Check::Search(options) => check::search::search(&options).await,
        Check::Differential(options) => check::differential::differential(&options).await,
        Check::Iam(options) => check::iam::iam(&options),
    }
}

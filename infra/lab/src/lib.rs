//! What is found out about citas by trying: checks under faults, fuzzing, benches, costs. `cargo lab`.
//!
//! | To learn about | read |
//! |---|---|
//! | the command line | [`options`] |
//! | the fixed part of every proof, that lands with each change | [`proofs`], with the seeds of [`seeds`] |
//! | the same with fresh seeds, for as long as one likes | [`soak`] |
//! | bookings, reminders and messages under faults | [`check`] |
//! | invalid input, made from valid input | [`fuzz`] |
//! | how patients' messages are read | [`corpus`] |
//! | time and memory | [`bench`], with the functions' own binaries behind [`runtime_api`] |
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

use options::{Check, Command};
use testkit::test_app::Trouble;

/// Runs a command, which prints as it goes. Answers what is left to print.
///
/// # Errors
/// A text for the developer: what failed, or what a check found.
pub async fn run(command: Command) -> Result<String, String> {
    let done = match command {
        Command::Proofs => proofs::proofs().await,
        Command::Soak(options) => soak::soak(&options).await,
        Command::Check(check) => run_check(check).await,
        Command::Fuzz(options) => fuzz::fuzz(&options).await,
        Command::Corpus => {
            let report = corpus::corpus().map_err(|error| error.to_string())?;
            return match report.mistakes().is_empty() {
                true => Ok(report.to_string()),
                false => Err(format!("some messages are misread\n{report}")),
            };
        }
        Command::Bench { which, options } => bench::run(which, &options).await,
        Command::BreakpointServer(options) => {
            let served = check::reminders::breakpoint::serve_with_breakpoint(options).await;
            served.map_err(Trouble::from)
        }
        Command::Costs { money: true, .. } => {
            let life = costs::life::measure().await.map_err(|error| error.to_string())?;
            return Ok(costs::money::markdown(&life));
        }
        Command::Costs { detail, .. } => {
            let costs = costs::measure().await.map_err(|error| error.to_string())?;
            return Ok(costs::markdown(&costs, detail));
        }
    };
    done.map(|()| String::new()).map_err(|error| error.to_string())
}

async fn run_check(check: Check) -> Result<(), Trouble> {
    match check {
        Check::Bookings(options) => check::bookings(&options).await,
        Check::Reminders(options) => check::reminders::reminders(&options).await,
        Check::Messages(options) => check::messages::messages(&options).await,
        Check::Differential(options) => check::differential::differential(&options).await,
        Check::Iam(options) => check::iam::iam(&options),
    }
}

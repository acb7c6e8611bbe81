//! `cargo dev`: see the library of this crate.

use clap::Parser as _;
use dev::options::{Admin, Audit, Check, Chore, Erasures, Keys, Options};
use std::process::ExitCode;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks to people")]
async fn main() -> ExitCode {
    let Options { chore, serve } = Options::parse();
    let done = match chore.unwrap_or(Chore::Serve(serve)) {
        Chore::Serve(options) => dev::serve::serve(options).await.map_err(|error| error.to_string()),
        Chore::Table(options) => dev::table::serve(options).await.map_err(|error| error.to_string()),
        Chore::Fsck(options) => match dev::fsck::fsck(&options).await {
            Ok(report) if report.is_clean() => {
                println!("{report}");
                Ok(())
            }
            Ok(report) => Err(format!("not everything is as it should be\n{report}")),
            Err(error) => Err(error.to_string()),
        },
        Chore::Import(options) => match dev::import::import(&options).await {
            Ok(report) => {
                println!("{report}");
                match report.refused() {
                    0 => Ok(()),
                    rows => Err(format!("{rows} rows were refused, see above")),
                }
            }
            Err(error) => Err(error.to_string()),
        },
        Chore::Export(options) => match dev::import::sheets::export(&options).await {
            Ok(text) => {
                print!("{text}");
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        },
        Chore::Admin(Admin::Create(options)) => {
            dev::admin::create(&options).await.map(|made| println!("{made}")).map_err(|error| error.to_string())
        }
        Chore::Keys(Keys::Rotate { data }) => {
            dev::keys::rotate(&data).map(|done| println!("{done}")).map_err(|error| error.to_string())
        }
        Chore::Audit(Audit::Verify(options)) => match dev::audit::verify(&options).await {
            Ok(report) if report.is_whole() => {
                println!("{report}");
                Ok(())
            }
            Ok(report) => Err(format!("the audit trail is not whole\n{report}")),
            Err(error) => Err(error.to_string()),
        },
        Chore::Erasures(Erasures::List { into, table }) => dev::erasures::list(&into, &table)
            .await
            .map(|erased| println!("{erased} patients were erased: see {}", into.display()))
            .map_err(|error| error.to_string()),
        Chore::Erasures(Erasures::Apply { ledger, table }) => dev::erasures::apply(&ledger, &table)
            .await
            .map(|again| println!("{again} patients erased again"))
            .map_err(|error| error.to_string()),
        Chore::Check(Check::Differential(options)) => {
            dev::check::differential::differential(&options).await.map_err(|error| error.to_string())
        }
        Chore::Check(Check::Table(options)) => {
            dev::check::table::table(&options).await.map_err(|error| error.to_string())
        }
        Chore::Check(Check::Reminders(options)) => {
            dev::check::reminders::reminders(&options).await.map_err(|error| error.to_string())
        }
        Chore::Check(Check::Messages(options)) => {
            dev::check::messages::messages(&options).await.map_err(|error| error.to_string())
        }
        Chore::Check(Check::Rights(options)) => dev::check::rights::rights(&options).map_err(|error| error.to_string()),
        Chore::Check(Check::Bookings(options)) => {
            dev::check::bookings(&options).await.map_err(|error| error.to_string())
        }
        Chore::Bench { which, options } => dev::bench::run(which, &options).await.map_err(|error| error.to_string()),
        Chore::Openapi { write: true } => dev::openapi::write().map_err(|error| error.to_string()),
        Chore::Openapi { write: false } => {
            print!("{}", dev::openapi::document());
            Ok(())
        }
        Chore::Costs { money: true, .. } => dev::costs::life::measure()
            .await
            .map(|life| print!("{}", dev::costs::money::markdown(&life)))
            .map_err(|error| error.to_string()),
        Chore::Costs { detail, .. } => dev::costs::measure()
            .await
            .map(|costs| print!("{}", dev::costs::markdown(&costs, detail)))
            .map_err(|error| error.to_string()),
        Chore::Corpus => match dev::corpus::corpus() {
            Ok(report) if report.mistakes().is_empty() => {
                print!("{report}");
                Ok(())
            }
            Ok(report) => Err(format!("not every message is read as it is meant\n{report}")),
            Err(error) => Err(error.to_string()),
        },
        Chore::Fuzz(options) => dev::fuzz::fuzz(&options).await.map_err(|error| error.to_string()),
        Chore::Routes => {
            print!("{}", dev::route_map::markdown());
            Ok(())
        }
        Chore::Settings => {
            print!("{}", platform::settings::variables::markdown());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo dev: {error}");
            ExitCode::FAILURE
        }
    }
}

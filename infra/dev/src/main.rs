//! `cargo dev`: see the library of this crate.

use clap::Parser as _;
use dev::options::{Command, Options};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let Options { command, serve } = Options::parse();
    let outcome = match command.unwrap_or(Command::Serve(serve)) {
        Command::Serve(options) => match dev::serve::serve(options, dev::serve::Hooks::default()).await {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string()),
        },
        Command::Table(options) => match dev::table::serve(options).await {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string()),
        },
        Command::Citas(options) => dev::citas::run(options).await,
        Command::Openapi { write: true } => match dev::openapi::write() {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string()),
        },
        Command::Openapi { write: false } => Ok(dev::openapi::document()),
        Command::Routes => Ok(dev::route_map::markdown()),
        Command::Settings => Ok(platform::settings::variables::markdown()),
        Command::Unknown(words) => Err(dev::moved::hint(words.first().map_or("", String::as_str))),
    };
    cli::report("cargo dev", outcome)
}

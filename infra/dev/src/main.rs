//! `cargo dev`. Its code is in the library of this crate.

use clap::Parser as _;
use dev::options::{DevCli, DevCommand};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let DevCli { command, serve } = DevCli::parse();
    let outcome = match command.unwrap_or(DevCommand::Serve(serve)) {
        DevCommand::Serve(options) => match dev::serve::serve(options, dev::serve::Hooks::default()).await {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string().into()),
        },
        DevCommand::Phone(options) => match dev::phone::chat(options).await {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string().into()),
        },
        DevCommand::Table(options) => match dev::table::serve(options).await {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string().into()),
        },
        DevCommand::Citas(options) => return cli::report("citas", dev::citas::run(options).await),
        DevCommand::Openapi { write: true } => match dev::openapi::write() {
            Ok(()) => Ok(String::new()),
            Err(error) => Err(error.to_string().into()),
        },
        DevCommand::Openapi { write: false } => Ok(dev::openapi::document()),
        DevCommand::Routes => Ok(dev::route_map::markdown()),
        DevCommand::Settings => Ok(platform::settings::variables::markdown()),
        DevCommand::Unknown(words) => Err(dev::moved_commands::hint(words.first().map_or("", String::as_str)).into()),
    };
    cli::report("cargo dev", outcome)
}

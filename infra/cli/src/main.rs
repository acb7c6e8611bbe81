//! `cargo citas`, a command-line program for operating a deployment. Its code is in the library of this crate.

use clap::Parser as _;
use cli::options::CitasCli;
use cli::target::Target;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let CitasCli { target, command } = CitasCli::parse();
    cli::report("citas", cli::run(command, &Target::deployment(target)).await)
}

//! `cargo citas`: operates a deployment. Everything it does is in the library of this crate.

use clap::Parser as _;
use cli::options::Options;
use cli::target::Target;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let Options { target, command } = Options::parse();
    cli::report("cargo citas", cli::run(command, &Target::deployment(target)).await)
}

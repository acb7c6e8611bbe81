//! The programs under test: `cargo dev`, `cargo citas`, `cargo lab`.

use std::process::Command;

/// The local server.
pub(crate) fn dev() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tests-dev"))
}

/// The checks and benches.
pub(crate) fn lab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tests-lab"))
}

/// A command of `cargo citas` with its arguments: by itself on a deployment, through `cargo dev citas` on a folder.
pub(crate) fn citas(command: &[&str], arguments: &[&str]) -> Command {
    let is_deployment = arguments.iter().any(|argument| ["--stack", "--endpoint", "--table"].contains(argument));
    // Only the local server's program has a table for a dry run.
    let mut program = if is_deployment && !arguments.contains(&"--dry-run") {
        Command::new(env!("CARGO_BIN_EXE_tests-citas"))
    } else {
        let mut dev = dev();
        dev.arg("citas");
        dev
    };
    program.args(command).args(arguments);
    program
}

//! Commands that start the binaries under test: `cargo dev`, `cargo citas` and `cargo lab`.

use std::process::Command;

/// The local server.
pub(crate) fn dev() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tests-dev"))
}

/// The checks and benches.
pub(crate) fn lab() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tests-lab"))
}

/// A command of `cargo citas`: the binary `citas` for a deployment, `cargo dev citas` for a local folder.
pub(crate) fn citas(command: &[&str], arguments: &[&str]) -> Command {
    let is_deployment = arguments.iter().any(|argument| ["--stack", "--endpoint", "--table"].contains(argument));
    // Only `cargo dev` links the embedded table that a dry run needs.
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

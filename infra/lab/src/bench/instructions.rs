//! Counts the instructions of a process with callgrind. They are the same on every machine of a kind.

use crate::runtime_api::RunningFunction;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::test_app::TestError;

/// Whether valgrind is installed.
pub(crate) fn are_countable() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Counts the instructions of a function from its start until it has answered these events.
pub(crate) async fn count(
    binary: &Path,
    environment: &[(&str, String)],
    events: Vec<String>,
) -> Result<u64, TestError> {
    let log = binary.with_extension(format!("{}.callgrind", std::process::id()));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &format!("--log-file={}", log.display())]);
    command.arg(binary);
    let mut running = RunningFunction::start_command(command, environment).await?;
    for event in events {
        running.invoke(event).await?;
    }
    running.end()?;
    let text = std::fs::read_to_string(&log)?;
    std::fs::remove_file(&log)?;
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    Ok(collected.ok_or("callgrind counted nothing")?)
}

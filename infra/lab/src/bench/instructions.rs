//! How many instructions does a process take, under callgrind? The same on every machine of a kind.

use crate::runtime_api::Running;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::test_app::Trouble;

/// Whether they can be counted: there is valgrind.
pub(crate) fn are_countable() -> bool {
    let there = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    there.is_ok_and(|status| status.success())
}

/// Of a function that is started and answers these events.
///
/// # Errors
/// [`Trouble`].
pub(crate) async fn count(binary: &Path, environment: &[(&str, String)], events: Vec<String>) -> Result<u64, Trouble> {
    let log = binary.with_extension(format!("{}.callgrind", std::process::id()));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &format!("--log-file={}", log.display())]);
    command.arg(binary);
    let mut running = Running::start_command(command, environment).await?;
    for event in events {
        running.invoke(event).await?;
    }
    running.end()?;
    let text = std::fs::read_to_string(&log)?;
    std::fs::remove_file(&log)?;
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    Ok(collected.ok_or("callgrind counted nothing")?)
}

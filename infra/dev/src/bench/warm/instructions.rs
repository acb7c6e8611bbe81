//! How many instructions does an operation take? What a process takes for many of them, less what it takes for few,
//! under callgrind.

use super::{CALLS, FIRST};
use crate::bench::stage::{Operation, Stage};
use crate::options::WarmOptions;
use crate::runtime_api::Running;
use baselines::calls::Calls;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use testkit::test_app::Trouble;

/// By so many more they are many.
pub(super) const MORE: u32 = 20;

/// Instructions of an operation, and of its bare calls; nothing where there is no valgrind.
///
/// # Errors
/// [`Trouble`].
pub(super) async fn counted(
    options: &WarmOptions,
    stage: &Stage,
    environment: &[(&str, String)],
    operation: Operation,
    calls: &Calls,
) -> Result<Option<(u64, u64)>, Trouble> {
    let there = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let log = options.binaries.join(format!("warm-{}.callgrind", std::process::id()));
    let (mut whole, mut bare) = ([0; 2], [0; 2]);
    for (place, times) in [FIRST, FIRST + MORE].into_iter().enumerate() {
        let events = (0..times).map(|_| stage.event(operation)).collect::<Result<Vec<_>, _>>()?;
        let function = options.binaries.join(operation.function());
        if let Some(whole) = whole.get_mut(place) {
            *whole = count(&function, environment, &log, events).await?;
        }
        let once = json!(Calls { times: 1, ..calls.clone() }).to_string();
        if let Some(bare) = bare.get_mut(place) {
            let events = vec![once; times as usize];
            *bare = count(&options.binaries.join(CALLS), environment, &log, events).await?;
        }
    }
    std::fs::remove_file(&log)?;
    let each = |[few, many]: [u64; 2]| many.saturating_sub(few) / u64::from(MORE);
    Ok(Some((each(whole), each(bare))))
}

/// Instructions of a process that answers these events.
async fn count(binary: &Path, environment: &[(&str, String)], log: &Path, events: Vec<String>) -> Result<u64, Trouble> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", &format!("--log-file={}", log.display())]);
    command.arg(binary);
    let mut running = Running::start_command(command, environment).await?;
    for event in events {
        running.invoke(event).await?;
    }
    running.end()?;
    let text = std::fs::read_to_string(log)?;
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    Ok(collected.ok_or("callgrind counted nothing")?)
}

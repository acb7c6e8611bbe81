//! Sets up logging: one JSON object per line on standard output, which CloudWatch collects. The level of the settings
//! applies to our own crates. Libraries log warnings and errors only, at any level, because an SDK at a lower level logs
//! whole requests with patients' data.
//!
//! A panic is logged with its location and without its message, which may contain anything.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// Our own crates. A test compares them with the folders.
pub const OUR_CRATES: [&str; 26] = [
    "app",
    "appointments",
    "audit",
    "auth",
    "clinics",
    "console",
    "dev",
    "docs",
    "doctors",
    "domain",
    "fsck",
    "identity",
    "invariants",
    "local",
    "notifications",
    "patients",
    "platform",
    "publisher",
    "reminders",
    "schedules",
    "store",
    "testkit",
    "twilio",
    "web",
    "webhook",
    "wire",
];

/// Only the first call has an effect.
pub fn init(level: Level) {
    // Fails if there is a subscriber already.
    let _ = tracing::subscriber::set_global_default(subscriber(level, std::io::stdout));
}

/// Replaces std's panic message, which would go to the log: it often contains the value that couldn't be handled.
pub fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panicked");
    }));
}

/// The subscriber that [`init`] installs, with another writer: for tests.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = LevelFilter::from_level(level);
    // The runtime's span has the request id, at level info; below that it logs the contents of events.
    let targets = Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target("lambda_runtime", ours.min(LevelFilter::INFO))
        .with_targets(OUR_CRATES.map(|name| (name, ours)));
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_ansi(false).with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: Level, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(level, move || writer.clone()), log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_one_json_object() {
        let lines =
            logged(Level::INFO, || tracing::info!(target: "app::appointments::booking", code = 7, "two\nlines"));
        assert_eq!(lines[0]["message"], "two\nlines");
        assert_eq!(lines[0]["code"], 7);
        assert_eq!(lines[0]["level"], "INFO");
    }

    #[test]
    fn libraries_log_only_warnings_and_errors() {
        let lines = logged(Level::TRACE, || {
            tracing::debug!(target: "app", "ours");
            tracing::info!(target: "aws_smithy_runtime::client", "a whole request");
            tracing::debug!(target: "lambda_runtime", "a whole event");
            tracing::warn!(target: "hyper", "a warning");
        });
        let texts: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(texts, ["ours", "a warning"]);
        let lines = logged(Level::ERROR, || tracing::warn!(target: "hyper", "a warning"));
        assert!(lines.is_empty());
    }

    #[test]
    fn a_second_init_has_no_effect() {
        init(Level::ERROR);
        init(Level::TRACE);
    }
}

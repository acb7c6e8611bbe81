//! What is logged? One JSON object a line on standard output, where CloudWatch finds it: our own
//! crates' lines at the level that is set. Libraries get to say warnings and errors only, whatever
//! the level: an SDK that is asked to be talkative prints whole requests, and with them patients.
//!
//! A panic is one such line too: where it happened, and not what it says, which may be anything.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

/// The crates whose lines are ours. A test holds them against the folders.
pub const OURS: [&str; 23] = [
    "app",
    "appointments",
    "audit",
    "auth",
    "clinics",
    "dev",
    "docs",
    "doctors",
    "domain",
    "fsck",
    "identity",
    "invariants",
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
];

/// Starts logging. The first call decides; later ones change nothing.
pub fn init(level: Level) {
    // It fails where somebody was first, and then there is a subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber(level, std::io::stdout));
}

/// Logs panics by their place alone. The message of one is often made from what couldn't be handled,
/// and what std prints goes to the log as well.
pub fn hide_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

/// What [`init`] starts, writing somewhere else: for whoever reads along.
pub fn subscriber<W>(level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let ours = LevelFilter::from_level(level);
    // The runtime's span carries the request's id; what it says of an event's content, it says below.
    let targets = Targets::new()
        .with_default(ours.min(LevelFilter::WARN))
        .with_target("lambda_runtime", ours.min(LevelFilter::INFO))
        .with_targets(OURS.map(|name| (name, ours)));
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
    fn libraries_stay_quiet_at_any_level() {
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
    fn starting_twice_is_harmless() {
        init(Level::ERROR);
        init(Level::TRACE);
    }
}

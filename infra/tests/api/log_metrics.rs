//! Checks that the fields of which the template makes metrics are logged as numbers, each in one line.

use crate::clinic_setup::ClinicSetup;
use crate::delivery_reports::report_status;
use crate::events::{CHANGES, NIGHTLY};
use crate::list_comparison::assert_same;
use crate::payload;
use crate::reminders::DUE;
use local::fake_twilio::PatientReply;
use platform::telemetry::subscriber;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::Level;

#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl Write for LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The fields that the template's metric filters read from lines with this message.
fn metric_fields(message: &str) -> Vec<String> {
    let template = include_str!("../../../template.yaml");
    let filters = template.split("FilterPattern: ").skip(1).filter(|filter| filter.contains(&format!("\"{message}\"")));
    let values = filters.filter_map(|filter| filter.split("MetricValue: $.").nth(1));
    values.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

/// The only line with this message that is logged during `run`.
async fn logged_line(message: &str, run: impl Future<Output = ()>) -> Value {
    let lines = LogBuffer::default();
    let writer = lines.clone();
    // The same filter as in a function, which drops lines of unknown crates.
    let guard = tracing::subscriber::set_default(subscriber(Level::INFO, move || writer.clone()));
    run.await;
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("Lucía") && !text.contains("+1202"), "{text}");
    let found = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<Value> = found.filter(|line| line["message"] == message).collect();
    let [line] = found.as_slice() else { panic!("not one line: {text}") };
    let numbers = metric_fields(message).into_iter().filter(|name| line[name].is_number());
    assert_same("the template's metrics", metric_fields(message), "the log's numbers", numbers);
    line.clone()
}

#[tokio::test]
async fn every_metric_is_a_number_in_its_log_line() {
    let setup = ClinicSetup::new().await;
    setup.book("10:00").await;
    setup.app.set_now(DUE).unwrap();
    let run = logged_line("reminder run", async { drop(setup.app.system.run_reminders().await.unwrap()) }).await;
    assert_eq!((run["claimed"].as_u64(), run["sent"].as_u64()), (Some(1), Some(1)));
    let undelivered = logged_line("message not delivered", async {
        let message = setup.app.outbox().unwrap().pop().unwrap();
        report_status(&setup, &message, "undelivered", Some(63_041)).await;
    });
    let undelivered = undelivered.await;
    let counted = |class: &str| undelivered[format!("undelivered_{class}")].as_u64().unwrap();
    assert_eq!((counted("configuration"), counted("recipient"), counted("quota")), (1, 0, 0), "{undelivered}");
    let published = logged_line("changes told", async {
        let batch = serde_json::from_value(payload::json(CHANGES)).unwrap();
        setup.app.system.wake_publisher(batch).await.unwrap();
    });
    assert_eq!(published.await["published"], 1);
    let refused = logged_line("unknown sender not answered", async {
        for _ in 0..6 {
            let reply =
                PatientReply { from: "+5511987650000".into(), body: Some("oi".into()), ..ClinicSetup::patient_reply() };
            setup.app.patient_writes(&reply).await.unwrap();
        }
    });
    let refused = refused.await;
    assert_eq!((refused["over_daily_limit"].as_u64(), refused["over_hourly_limit"].as_u64()), (Some(1), Some(0)));
    let checked = logged_line("table checked", async {
        setup.app.system.wake_fsck(payload::json(NIGHTLY)).await.unwrap();
    });
    let checked = checked.await;
    assert_eq!((checked["appointments"].as_u64(), checked["faults"].as_u64()), (Some(1), Some(0)), "{checked}");
}

/// A filter for a line that is never logged would be an alarm that never fires.
#[test]
fn every_metric_filter_is_tested_here() {
    let template = include_str!("../../../template.yaml");
    let filters = template.matches("FilterPattern: ").count();
    let known =
        ["reminder run", "message not delivered", "changes told", "unknown sender not answered", "table checked"]
            .map(|message| metric_fields(message).len());
    assert_eq!(filters, known.iter().sum::<usize>());
    assert!(known.iter().all(|metrics| *metrics > 0));
}

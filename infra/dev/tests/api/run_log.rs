//! The line that a run of the scheduled job logs, and the metrics that the template makes of it.

use crate::difference::assert_same;
use crate::reminders::DUE;
use crate::world::World;
use serde_json::Value;
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

/// The fields of which the template makes metrics.
fn metrics() -> Vec<String> {
    let template = include_str!("../../../../template.yaml");
    let values = template.split("MetricValue: $.").skip(1);
    values.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

#[tokio::test]
async fn every_metric_is_a_number_of_the_one_line() {
    let world = World::new().await;
    world.book("10:00").await;
    world.app.set_now(DUE).unwrap();
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    world.app.system.run_reminders().await.unwrap();
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let runs: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["message"] == "reminder run")
        .collect();
    let [run] = runs.as_slice() else { panic!("not one line: {text}") };
    let numbers = metrics().into_iter().filter(|name| run[name].is_number());
    assert_same("the template's metrics", metrics(), "the log's numbers", numbers);
    assert_eq!((run["claimed"].as_u64(), run["sent"].as_u64()), (Some(1), Some(1)));
    assert!(!text.contains("Lucía") && !text.contains("+1202"), "{text}");
}

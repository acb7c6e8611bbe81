//! The line that a run of the scheduled job logs, and the metrics that the template makes of it.

use crate::difference::assert_same;
use crate::events::{CHANGES, NIGHTLY};
use crate::payload;
use crate::reminders::DUE;
use crate::world::World;
use platform::telemetry::subscriber;
use serde_json::Value;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::Level;

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

/// The fields of which the template makes metrics, where a line says this.
fn metrics(message: &str) -> Vec<String> {
    let template = include_str!("../../../template.yaml");
    let filters = template.split("FilterPattern: ").skip(1).filter(|filter| filter.contains(&format!("\"{message}\"")));
    let values = filters.filter_map(|filter| filter.split("MetricValue: $.").nth(1));
    values.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()).collect()
}

/// The one line with this message, of what is logged meanwhile.
async fn line(message: &str, run: impl Future<Output = ()>) -> Value {
    let lines = Lines::default();
    let writer = lines.clone();
    // As a function logs: of a crate that isn't known as ours nothing would be left.
    let guard = tracing::subscriber::set_default(subscriber(Level::INFO, move || writer.clone()));
    run.await;
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert!(!text.contains("Lucía") && !text.contains("+1202"), "{text}");
    let found = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let found: Vec<Value> = found.filter(|line| line["message"] == message).collect();
    let [line] = found.as_slice() else { panic!("not one line: {text}") };
    let numbers = metrics(message).into_iter().filter(|name| line[name].is_number());
    assert_same("the template's metrics", metrics(message), "the log's numbers", numbers);
    line.clone()
}

#[tokio::test]
async fn every_metric_is_a_number_of_the_one_line() {
    let world = World::new().await;
    world.book("10:00").await;
    world.app.set_now(DUE).unwrap();
    let run = line("reminder run", async { drop(world.app.system.run_reminders().await.unwrap()) }).await;
    assert_eq!((run["claimed"].as_u64(), run["sent"].as_u64()), (Some(1), Some(1)));
    let told = line("changes told", async {
        let batch = serde_json::from_value(payload::json(CHANGES)).unwrap();
        world.app.system.wake_publisher(batch).await.unwrap();
    });
    assert_eq!(told.await["published"], 1);
    let checked = line("table checked", async {
        world.app.system.wake_fsck(payload::json(NIGHTLY)).await.unwrap();
    });
    let checked = checked.await;
    assert_eq!((checked["appointments"].as_u64(), checked["faults"].as_u64()), (Some(1), Some(0)), "{checked}");
}

/// A metric of a line that nobody logs would be an alarm that never goes off.
#[test]
fn every_filter_is_for_a_line_that_is_looked_at_here() {
    let template = include_str!("../../../template.yaml");
    let filters = template.matches("FilterPattern: ").count();
    let known = ["reminder run", "changes told", "table checked"].map(|message| metrics(message).len());
    assert_eq!(filters, known.iter().sum::<usize>());
    assert!(known.iter().all(|metrics| *metrics > 0));
}

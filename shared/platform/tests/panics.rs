//! A panic is logged without its message. This is a test binary of its own, because the panic hook is global.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

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

#[test]
fn a_panic_is_logged_with_its_location_only() {
    let lines = Lines::default();
    let writer = lines.clone();
    let logged = platform::telemetry::subscriber(tracing::Level::TRACE, move || writer.clone());
    platform::telemetry::hide_panics();
    let caught = tracing::subscriber::with_default(logged, || {
        std::panic::catch_unwind(|| panic!("no such patient: {}", "Lucía Fernández"))
    });
    drop(std::panic::take_hook());
    assert!(caught.is_err());
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((line["level"].as_str(), line["message"].as_str()), (Some("ERROR"), Some("panicked")));
    let location = line["location"].as_str().unwrap();
    assert!(location.contains("panics.rs:") && !text.contains("patient") && !text.contains("Luc"), "{text}");
}

//! Detects personal data that leaks out of the system. Every personal value of a request (names, documents, numbers,
//! addresses, notes, words, passwords, tokens) and of a response becomes a marker for as long as the tests run. No
//! marker may appear in
//!
//! | Output | Reason |
//! |---|---|
//! | a log line, at level TRACE | log lines are kept, and metrics are made of them |
//! | a member of a problem | a problem says what is wrong, not with which value |
//! | a cursor, a `Location` or an event | they pass through systems that keep them |
//!
//! Every call through a [`TestApp`](crate::test_app::TestApp) is watched; a finding fails the test: see [`LeakGuard`].

mod markers;
mod personal;

use app::support::ports::{EmitError, Event, EventSink};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Request;
use http::header::{CONTENT_TYPE, LOCATION};
use markers::Markers;
use serde_json::Value;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError, RwLock};

use crate::test_app::TestResponse;

/// The markers so far, and the leaks that were found.
#[derive(Debug, Default)]
pub struct LeakWatch {
    markers: RwLock<Markers>,
    found: Mutex<Vec<String>>,
    lines: AtomicUsize,
}

static WATCH: LazyLock<LeakWatch> = LazyLock::new(LeakWatch::default);

/// The members of a problem that can't hold a personal value: they consist of our own constants and the request's
/// id.
const CONSTANT: [&str; 6] = ["type", "title", "status", "detail", "code", "instance"];

/// The members of a problem that name people to the staff who are to call or move them.
const FOR_STAFF: [&str; 4] = ["appointments", "windows", "rules", "doctors"];

/// The watch of this process. The first call installs it as the log subscriber.
///
/// # Panics
/// If another log subscriber is installed already: then nothing would be watched.
pub fn watch() -> &'static LeakWatch {
    static START: Once = Once::new();
    START.call_once(|| {
        let log = platform::telemetry::subscriber(tracing::Level::TRACE, || Reader(&WATCH));
        let is_first = tracing::subscriber::set_global_default(log).is_ok();
        assert!(is_first, "another log subscriber is installed: the log can't be watched");
    });
    &WATCH
}

/// A log writer that checks each line instead of printing it.
struct Reader(&'static LeakWatch);

impl Write for Reader {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.read_line(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A member of a problem without the names that the contract shows there: of doctor and room in offers, and of the patient
/// whose appointment takes the time.
fn without_shown_names(name: &str, value: &Value) -> Value {
    let shown: &[&str] = match name {
        "offers" => &["doctor_name", "room_name"],
        "conflicts" => &["patient_name"],
        _ => &[],
    };
    let mut value = value.clone();
    if !shown.is_empty() {
        for row in value.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            row.retain(|member, _| !shown.contains(&member.as_str()));
        }
    }
    value
}

impl LeakWatch {
    /// Adds the personal values of a request to the markers.
    pub fn learn_request(&self, request: &Request<Bytes>) {
        let mut markers = self.markers.write().unwrap_or_else(PoisonError::into_inner);
        personal::of_request(request, &mut |value| markers.learn(value));
    }

    /// Adds the personal values of a response to the markers, and checks its problem, header and cursors for leaks.
    pub fn check_answer(&self, query: &str, answer: &TestResponse) {
        if answer.header(CONTENT_TYPE.as_str()).starts_with("application/problem+json") {
            let own = answer.body.as_object().into_iter().flatten();
            let is_checked = |name: &str| !CONSTANT.contains(&name) && !FOR_STAFF.contains(&name);
            for (name, value) in own.filter(|(name, _)| is_checked(name)) {
                self.look(&format!("the problem's {name}"), &without_shown_names(name, value));
            }
            return;
        }
        self.look("the header Location", &Value::String(answer.header(LOCATION.as_str())));
        for link in ["next", "previous"] {
            self.check_link(link, query, &answer.text(link));
        }
        // The OpenAPI document has no personal data: its examples are our own texts.
        if answer.body.get("openapi").is_none() {
            let mut markers = self.markers.write().unwrap_or_else(PoisonError::into_inner);
            personal::of_value(&answer.body, &mut |value| markers.learn(value));
        }
    }

    /// Checks the cursor of a link. The other parameters repeat the client's own query.
    fn check_link(&self, name: &str, query: &str, link: &str) {
        let asked: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let pairs = form_urlencoded::parse(link.split_once('?').map_or("", |(_, query)| query).as_bytes());
        for (_, value) in pairs.filter(|pair| !asked.contains(pair)) {
            let inside = URL_SAFE_NO_PAD.decode(value.as_bytes()).unwrap_or_default();
            self.look(name, &Value::String(String::from_utf8_lossy(&inside).into_owned()));
            self.look(name, &Value::String(value.into_owned()));
        }
    }

    /// Checks the texts of a log line, but not its numbers and its timestamp.
    pub fn read_line(&self, line: &str) {
        self.lines.fetch_add(1, Ordering::Relaxed);
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(mut members)) => {
                members.remove("timestamp");
                self.look("a line of the log", &Value::Object(members));
            }
            _ => self.look("a line of the log", &Value::String(line.to_owned())),
        }
    }

    fn look(&self, place: &str, value: &Value) {
        let markers = self.markers.read().unwrap_or_else(PoisonError::into_inner);
        let mut texts = Vec::new();
        personal::texts(value, &mut texts);
        if let Some(marker) = texts.iter().find_map(|text| markers.find(text)) {
            let found = format!("{place} shows {marker:?}, a personal value of a request or response: {value}");
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(found);
        }
    }

    /// How many log lines were checked.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.load(Ordering::Relaxed)
    }

    /// Takes the leaks that were found since the last time.
    #[must_use]
    pub fn take_findings(&self) -> Vec<String> {
        std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Fails the test that owns it if a leak was found: after each call, and when dropped. Tests run in parallel, so the
/// failing test isn't always the one that leaked; the finding tells more.
#[derive(Debug, Default)]
pub struct LeakGuard(());

impl LeakGuard {
    /// # Panics
    /// If a leak was found.
    pub fn check(&self) {
        let found = watch().take_findings();
        assert!(found.is_empty(), "personal data leaked:\n{}", found.join("\n"));
    }
}

impl Drop for LeakGuard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// An event sink that checks each event for leaks.
pub struct WatchedEvents(pub Arc<dyn EventSink>);

impl EventSink for WatchedEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers()
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        for event in &events {
            watch().look(event.kind, &Value::String(event.detail.clone()));
        }
        self.0.emit(events)
    }
}

#[cfg(test)]
mod tests;

//! Does anything personal get out by the back door? Every input of every test is a marker: what a
//! request says of a person (names, documents, numbers, addresses, notes, words, passwords, tokens),
//! and what an answer shows of one, is remembered for as long as the tests run, and must turn up
//!
//! | in | because |
//! |---|---|
//! | no line of the log, at its most talkative level | lines are kept, and metrics are made of them |
//! | no problem's own members | a problem says what is wrong, not with which value |
//! | no cursor, `Location` or event | they travel through what others keep |
//!
//! Whoever calls the API through a [`TestApp`](crate::test_app::TestApp) is watched, and fails where
//! something was found: see [`Guard`].

mod personal;
mod words;

use app::support::ports::{Event, EventSink, NotEmitted};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::Request;
use http::header::{CONTENT_TYPE, LOCATION};
use serde_json::Value;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Once, PoisonError, RwLock};
use words::Markers;

use crate::test_app::Answer;

/// What was learnt, and where it turned up.
#[derive(Debug, Default)]
pub struct Watch {
    markers: RwLock<Markers>,
    found: Mutex<Vec<String>>,
    lines: AtomicUsize,
}

static WATCH: LazyLock<Watch> = LazyLock::new(Watch::default);

/// The members of a problem that can't hold a value: they are made of our own constants, and the
/// request's id.
const CONSTANT: [&str; 6] = ["type", "title", "status", "detail", "code", "instance"];

/// What everything in this process is watched by. The first call starts to read the log.
///
/// # Panics
/// Where somebody else reads the log already: then nothing would be watched.
pub fn watch() -> &'static Watch {
    static START: Once = Once::new();
    START.call_once(|| {
        let log = platform::telemetry::subscriber(tracing::Level::TRACE, || Reader(&WATCH));
        let is_first = tracing::subscriber::set_global_default(log).is_ok();
        assert!(is_first, "the log can't be watched: somebody else has taken it");
    });
    &WATCH
}

/// Reads what would be printed.
struct Reader(&'static Watch);

impl Write for Reader {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.read_line(&String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Watch {
    /// Learns what a request says of people.
    pub fn learn_request(&self, request: &Request<Bytes>) {
        let mut markers = self.markers.write().unwrap_or_else(PoisonError::into_inner);
        personal::of_request(request, &mut |value| markers.learn(value));
    }

    /// Learns what an answer shows of people, and looks at what it mustn't show.
    pub fn check_answer(&self, query: &str, answer: &Answer) {
        if answer.header(CONTENT_TYPE.as_str()).starts_with("application/problem+json") {
            let own = answer.body.as_object().into_iter().flatten();
            for (name, value) in own.filter(|(name, _)| !CONSTANT.contains(&name.as_str())) {
                self.look(&format!("the problem's {name}"), value);
            }
            return;
        }
        self.look("the header Location", &Value::String(answer.header(LOCATION.as_str())));
        for link in ["next", "previous"] {
            self.check_link(link, query, &answer.text(link));
        }
        // The OpenAPI document is about nobody: its examples are our own words.
        if answer.body.get("openapi").is_none() {
            let mut markers = self.markers.write().unwrap_or_else(PoisonError::into_inner);
            personal::of_value(&answer.body, &mut |value| markers.learn(value));
        }
    }

    /// A link says again what was asked, which is the client's own; the rest is a cursor, which nobody reads.
    fn check_link(&self, name: &str, query: &str, link: &str) {
        let asked: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let pairs = form_urlencoded::parse(link.split_once('?').map_or("", |(_, query)| query).as_bytes());
        for (_, value) in pairs.filter(|pair| !asked.contains(pair)) {
            let inside = URL_SAFE_NO_PAD.decode(value.as_bytes()).unwrap_or_default();
            self.look(name, &Value::String(String::from_utf8_lossy(&inside).into_owned()));
            self.look(name, &Value::String(value.into_owned()));
        }
    }

    /// Looks at a line of the log: at its texts, not at its numbers and its time.
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
            let found = format!("{place} shows {marker:?}, which a client said or saw of somebody: {value}");
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(found);
        }
    }

    /// How many lines were looked at.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.lines.load(Ordering::Relaxed)
    }

    /// What was found since the last time.
    #[must_use]
    pub fn take_found(&self) -> Vec<String> {
        std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Fails whoever holds it where something was found: after each call, and at the end. Tests run side by
/// side, so the one that fails isn't always the one whose person it is; the finding says more.
#[derive(Debug, Default)]
pub struct Guard(());

impl Guard {
    /// Fails where something was found.
    ///
    /// # Panics
    /// Then.
    pub fn check(&self) {
        let found = watch().take_found();
        assert!(found.is_empty(), "personal data gets out:\n{}", found.join("\n"));
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

/// Events on their way, looked at.
pub struct WatchedEvents(pub Arc<dyn EventSink>);

impl EventSink for WatchedEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers()
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
        for event in &events {
            watch().look(event.kind, &Value::String(event.detail.clone()));
        }
        self.0.emit(events)
    }
}

#[cfg(test)]
mod tests;

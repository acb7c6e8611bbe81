//! Calls to other services than the table, as the ports' real things would make them.

use super::request::{BUCKET, BUS};
use app::support::ports::{Archive, Event, EventSink, NotEmitted, NotKept};
use futures_util::future::BoxFuture;
use local::observer::{Call, observe};
use platform::archive::NoArchive;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Events on their way, noted.
pub struct NotedEvents(pub Arc<dyn EventSink>);

impl EventSink for NotedEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers()
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), NotEmitted>> {
        observe(&Call::Service { action: "events:PutEvents", resource: BUS });
        self.0.emit(events)
    }
}

/// An archive that notes what the one in S3 would ask for: a PUT, and a GET where something is kept already.
pub struct NotedArchive {
    archive: Arc<dyn Archive>,
    asked: Mutex<BTreeSet<String>>,
}

impl NotedArchive {
    /// This archive, noted; one that keeps nothing where there is none.
    #[must_use]
    pub fn new(archive: Option<Arc<dyn Archive>>) -> Self {
        Self { archive: archive.unwrap_or_else(|| Arc::new(NoArchive)), asked: Mutex::default() }
    }
}

impl Archive for NotedArchive {
    fn keep<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>> {
        Box::pin(async move {
            let folder = name.split_once('/').map_or(name, |(folder, _)| folder);
            let resource = format!("{BUCKET}/{folder}/");
            let asked = |action: &str| observe(&Call::Service { action, resource: &resource });
            asked("s3:PutObject");
            let is_new = self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
            let kept = self.archive.keep(name, seal).await?;
            if !is_new || kept != seal {
                asked("s3:GetObject");
            }
            Ok(kept)
        })
    }
}

//! Reports calls to services other than DynamoDB, as the production adapters of the ports would make them.

use super::request::{BUCKET, BUS};
use app::support::ports::{Archive, ArchiveError, EmitError, Event, EventSink};
use futures_util::future::BoxFuture;
use local::observer::{ServiceCall, observe};
use platform::archive::NoArchive;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// An event sink that reports each `PutEvents` call.
pub struct ObservedEvents(pub Arc<dyn EventSink>);

impl EventSink for ObservedEvents {
    fn wakes_workers(&self) -> bool {
        self.0.wakes_workers()
    }

    fn emit(&self, events: Vec<Event>) -> BoxFuture<'_, Result<(), EmitError>> {
        observe(&ServiceCall::Service { action: "events:PutEvents", resource: BUS });
        self.0.emit(events)
    }
}

/// An archive that reports the S3 calls of the real one: a PUT, and a GET if the object exists already.
pub struct ObservedArchive {
    archive: Arc<dyn Archive>,
    asked: Mutex<BTreeSet<String>>,
}

impl ObservedArchive {
    /// Wraps this archive, or one that keeps nothing.
    #[must_use]
    pub fn new(archive: Option<Arc<dyn Archive>>) -> Self {
        Self { archive: archive.unwrap_or_else(|| Arc::new(NoArchive)), asked: Mutex::default() }
    }
}

impl Archive for ObservedArchive {
    fn put_if_absent<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        Box::pin(async move {
            let folder = name.split_once('/').map_or(name, |(folder, _)| folder);
            let resource = format!("{BUCKET}/{folder}/");
            let asked = |action: &str| observe(&ServiceCall::Service { action, resource: &resource });
            asked("s3:PutObject");
            let is_new = self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
            let kept = self.archive.put_if_absent(name, seal).await?;
            if !is_new || kept != seal {
                asked("s3:GetObject");
            }
            Ok(kept)
        })
    }
}

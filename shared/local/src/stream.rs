//! A stand-in for DynamoDB Streams. The embedded database could have a stream, but would be five times slower.
//!
//! A [`Stream`] is an HTTP client between the SDK and the table, nearer to the table than the faults that the test kit
//! injects: it has exactly the committed writes, even if their responses were lost. It passes one write at a time, so
//! that the rows that it reads before and after are the write's own change. [`deliver_changes`] invokes the publisher
//! with the records as Lambda would.

use crate::database::{Connection, observed_config};
use crate::protocol::{OperationKind, read_rows, written_keys};
use crate::system::System;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use domain::ids::{AppointmentId, Id as _, NotificationId};
use lambda_runtime::Error;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::keys::kind;
use store::{Key, Table};
use tokio::sync::Notify;

/// The undelivered changes of appointments and notifications. Clones share them.
#[derive(Clone)]
pub struct Stream(Arc<Inner>);

struct Inner {
    client: SharedHttpClient,
    /// Serialises writes.
    turn: tokio::sync::Mutex<()>,
    changes: Mutex<VecDeque<Change>>,
    arrived: Notify,
    /// Serialises deliveries.
    delivery: tokio::sync::Mutex<()>,
}

/// A row before and after a committed write.
#[derive(Clone)]
struct Change {
    key: Value,
    before: Option<Value>,
    after: Option<Value>,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl Default for Stream {
    fn default() -> Self {
        Self(Arc::new(Inner {
            client: SharedHttpClient::new(platform::https::plain_pool()),
            turn: tokio::sync::Mutex::default(),
            changes: Mutex::default(),
            arrived: Notify::new(),
            delivery: tokio::sync::Mutex::default(),
        }))
    }
}

impl Stream {
    /// Waits until a change can be delivered.
    pub async fn changed(&self) {
        self.0.arrived.notified().await;
    }

    /// Whether all changes have been delivered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes().is_empty()
    }

    fn changes(&self) -> MutexGuard<'_, VecDeque<Change>> {
        self.0.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The most records in one batch.
const BATCH: usize = 100;

/// Passes the undelivered changes to the publisher, batch by batch. A batch that fails stays undelivered.
pub async fn deliver_changes(system: &System, stream: &Stream) -> Result<(), Error> {
    let _delivery = stream.0.delivery.lock().await;
    loop {
        let batch: Vec<Change> = stream.changes().iter().take(BATCH).cloned().collect();
        if batch.is_empty() {
            return Ok(());
        }
        let at = system.app.now().unix();
        let records: Vec<Value> = batch.iter().map(|change| record(change, at)).collect();
        system.wake_publisher(serde_json::from_value(json!({ "Records": records }))?).await?;
        stream.changes().drain(..batch.len());
    }
}

/// The record of a change in the format of DynamoDB Streams.
fn record(change: &Change, at: i64) -> Value {
    let name = match (&change.before, &change.after) {
        (None, _) => "INSERT",
        (_, None) => "REMOVE",
        _ => "MODIFY",
    };
    let mut record = json!({
        "eventID": "0", "eventName": name, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "local",
        "dynamodb": {
            "ApproximateCreationDateTime": at, "Keys": change.key, "SequenceNumber": "0", "SizeBytes": 0,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    });
    for (name, image) in [("OldImage", &change.before), ("NewImage", &change.after)] {
        if let (Some(image), Some(change)) = (image, record.get_mut("dynamodb").and_then(Value::as_object_mut)) {
            change.insert(name.to_owned(), image.clone());
        }
    }
    record
}

/// Whether the publisher gets the changes of this row. The template filters by the row's kind, which follows from the
/// key too.
fn is_published(key: &Value) -> bool {
    let part = |name| key.pointer(name).and_then(Value::as_str).unwrap_or_default();
    [Key::appointment(AppointmentId::nil()), Key::notification(NotificationId::nil())]
        .iter()
        .any(|key| kind(&key.pk) == kind(part("/PK/S")) && key.sk == part("/SK/S"))
}

impl Connection for Stream {
    fn table(&self, endpoint: &str, name: &str) -> Table {
        let config = observed_config(endpoint).http_client(self.clone()).build();
        Table::new(Client::from_conf(config), name)
    }
}

impl HttpClient for Stream {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.0.client.http_connector(settings, components);
        SharedHttpConnector::new(Followed { stream: self.clone(), inner })
    }
}

#[derive(Debug, Clone)]
struct Followed {
    stream: Stream,
    inner: SharedHttpConnector,
}

impl HttpConnector for Followed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let followed = self.clone();
        HttpConnectorFuture::new(async move { followed.pass(request).await })
    }
}

impl Followed {
    async fn pass(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let kind = OperationKind::of(request.headers().get("x-amz-target").unwrap_or_default());
        if !kind.writes() {
            return self.inner.call(request).await;
        }
        let body: Value = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let keys: Vec<Value> = written_keys(kind, &body).into_iter().filter(is_published).collect();
        if keys.is_empty() {
            return self.inner.call(request).await;
        }
        // A spawned task finishes the write even if the caller stops waiting.
        let followed = self.clone();
        let written = tokio::spawn(async move { followed.write(request, keys).await });
        written.await.map_err(|error| ConnectorError::other(error.into(), None))?
    }

    async fn write(&self, request: HttpRequest, keys: Vec<Value>) -> Result<HttpResponse, ConnectorError> {
        let _turn = self.stream.0.turn.lock().await;
        let probe = request.try_clone();
        let before = read_rows(&self.inner, probe.as_ref(), &keys).await;
        let answer = self.inner.call(request).await?;
        if answer.status().is_success() {
            let after = read_rows(&self.inner, probe.as_ref(), &keys).await;
            let changes = keys.into_iter().zip(before.into_iter().zip(after));
            let changes = changes.map(|(key, (before, after))| Change { key, before, after });
            self.stream.changes().extend(changes.filter(|change| change.before != change.after));
            self.stream.0.arrived.notify_one();
        }
        Ok(answer)
    }
}

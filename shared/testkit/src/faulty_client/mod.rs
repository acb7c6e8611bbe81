//! What goes over the wire between the SDK and the table, and what can go wrong with it.
//!
//! A [`Wire`] is the SDK's own HTTP client with something in between: it can lose requests and answers
//! by a seeded plan ([`fault`]), note what each operation read and wrote ([`log`]), stop a transaction
//! until something else has happened, and break the code on purpose ([`mutation`]), to see that tests
//! notice. A [`stream`] below it has what was committed. Code under test knows nothing of it. Everything is off until it is asked for.

pub mod call_hook;
pub mod capacity;
pub mod fault;
pub mod log;
pub mod mutation;
#[cfg(test)]
mod tests;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::{HttpRequest, HttpResponse};
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use call_hook::{Call, Director, Verdict};
use fault::{Fault, FaultPlan};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use local::database::{Connection, observed_config};
use local::protocol::{Kind, keys, replace_body, rows};
use log::{Exchange, Image, Log};
use mutation::Sabotage;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Table;

tokio::task_local! {
    static OPERATION: u64;
}

/// The operation that the caller runs as, if it runs as one.
#[must_use]
pub fn current_operation() -> Option<u64> {
    OPERATION.try_with(|id| *id).ok()
}

/// Runs a future as one operation of the log.
pub async fn operation<F: Future>(id: u64, future: F) -> F::Output {
    OPERATION.scope(id, future).await
}

/// A wire. Its clones are the same one.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    client: SharedHttpClient,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plan: Option<FaultPlan>,
    sabotage: Option<Sabotage>,
    log: Option<Log>,
    images: bool,
    clock: u64,
    gate: Option<(Kind, BoxFuture<'static, ()>)>,
    director: Option<Arc<dyn Director>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl Default for Wire {
    fn default() -> Self {
        Self::over(platform::https::plain_pool())
    }
}

/// How often the SDK tries a read. Its pauses between tries are made short: nobody else is served by
/// waiting.
const READ_ATTEMPTS: u32 = 4;

/// How many turns of the scheduler an answer waits where rows are noted: what was asked at the same
/// time has left by then, on a machine under load too, and rounds of reads can be told apart.
const TURNS: usize = 32;

impl Wire {
    /// A wire that goes on as another one: as a [`Stream`](stream::Stream), which sees what really arrives.
    pub fn over(client: impl HttpClient + 'static) -> Self {
        Self(Arc::new(Inner { client: SharedHttpClient::new(client), state: Mutex::default() }))
    }

    /// From now on things go wrong by this plan, or not at all.
    pub fn plan(&self, plan: Option<FaultPlan>) {
        self.state().plan = plan;
    }

    /// From now on the code is broken in this way, or not at all.
    pub fn sabotage(&self, sabotage: Option<Sabotage>) {
        self.state().sabotage = sabotage;
    }

    /// From now on what operations do is noted.
    pub fn record(&self) {
        self.state().log.get_or_insert_default();
    }

    /// From now on that includes the rows before and after each write, read for the purpose; nobody
    /// else may write meanwhile. Answers wait until all that was asked with them is under way.
    pub fn record_images(&self) {
        self.record();
        self.state().images = true;
    }

    /// From now on every call follows this script, or none.
    pub fn direct(&self, director: Option<Arc<dyn Director>>) {
        self.state().director = director;
    }

    /// What an operation did, in order. It is forgotten with that.
    #[must_use]
    pub fn take(&self, operation: u64) -> Vec<Exchange> {
        let mut state = self.state();
        if let Some(plan) = &mut state.plan {
            plan.forget(operation);
        }
        state.log.as_mut().map(|log| log.take(operation)).unwrap_or_default()
    }

    /// Holds the next transaction back, after everything that it is based on was read, until this has
    /// happened.
    pub fn before_next_transaction(&self, happens: impl Future<Output = ()> + Send + 'static) {
        self.before_next(Kind::Transact, happens);
    }

    /// Holds the next request of a kind back until this has happened. Those that are under way at the
    /// same time go on.
    pub fn before_next(&self, kind: Kind, happens: impl Future<Output = ()> + Send + 'static) {
        self.state().gate = Some((kind, Box::pin(happens)));
    }

    fn gate(&self, kind: Kind) -> Option<BoxFuture<'static, ()>> {
        let mut state = self.state();
        let gate = state.gate.take_if(|(held, _)| *held == kind);
        gate.map(|(_, happens)| happens)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection for Wire {
    fn table(&self, endpoint: &str, name: &str) -> Table {
        let retries = RetryConfig::standard()
            .with_max_attempts(READ_ATTEMPTS)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(4));
        let config = observed_config(endpoint).http_client(self.clone()).retry_config(retries).build();
        Table::new(Client::from_conf(config), name)
    }
}

impl HttpClient for Wire {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Tapped {
            wire: self.clone(),
            inner: self.0.client.http_connector(settings, components),
        })
    }
}

#[derive(Debug, Clone)]
struct Tapped {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl HttpConnector for Tapped {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let tapped = self.clone();
        let operation = current_operation();
        HttpConnectorFuture::new(async move { tapped.exchange(request, operation).await })
    }
}

impl Tapped {
    async fn exchange(&self, mut request: HttpRequest, operation: Option<u64>) -> Result<HttpResponse, ConnectorError> {
        let kind = Kind::of(request.headers().get("x-amz-target").unwrap_or_default());
        let mut body: Value =
            request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        if let Some(happens) = self.wire.gate(kind) {
            happens.await;
        }
        let (fault, sabotage, images, began) = {
            let mut state = self.wire.state();
            let fault = state.plan.as_mut().and_then(|plan| plan.next(kind, &body, operation));
            state.clock += 1;
            (fault, state.sabotage, state.images, state.clock)
        };
        if sabotage.is_some_and(|sabotage| sabotage.change_request(kind, &mut body)) {
            replace_body(&mut request, &body);
        }
        let director = self.wire.state().director.clone();
        let verdict = match &director {
            Some(director) => director.before(Call::Table(kind), operation).await,
            None => Verdict::Go,
        };
        if verdict == Verdict::NoEffect {
            return Err(closed());
        }
        let keys = if images { keys(kind, &body) } else { Vec::new() };
        let probe = request.try_clone();
        let mut exchange = Exchange { kind, request: body, fault, ..Exchange::default() };
        let before = rows(&self.inner, probe.as_ref(), &keys).await;
        let answered = self.answer(request, &mut exchange, sabotage).await;
        if let (Some(director), Verdict::CrashAfter) = (&director, verdict) {
            director.crash(operation).await;
        }
        let after = rows(&self.inner, probe.as_ref(), &keys).await;
        if images {
            // Requests that are made at once may need some turns to leave: none of them waits for this one.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        }
        let images = keys.into_iter().zip(before.into_iter().zip(after));
        exchange.images = images.map(|(key, (before, after))| Image { key, before, after }).collect();
        let mut state = self.wire.state();
        state.clock += 1;
        exchange.span = (began, state.clock);
        if let (Some(log), Some(operation)) = (&mut state.log, operation) {
            log.note(operation, exchange);
        }
        if verdict == Verdict::AnswerLost { Err(closed()) } else { answered }
    }

    async fn answer(
        &self,
        request: HttpRequest,
        exchange: &mut Exchange,
        sabotage: Option<Sabotage>,
    ) -> Result<HttpResponse, ConnectorError> {
        match exchange.fault {
            Some(Fault::Dropped) => return Err(closed()),
            Some(Fault::Conflict) => {
                let answer = fault::conflict(&exchange.request);
                return refusal(exchange, answer);
            }
            Some(Fault::Throttled) => return refusal(exchange, fault::throttled()),
            Some(Fault::Stale) => {
                if let Some(answer) = self.wire.state().plan.as_ref().and_then(|plan| plan.earlier(&exchange.request)) {
                    exchange.answer.clone_from(&answer);
                    exchange.status = 200;
                    return response(200, &answer);
                }
            }
            Some(Fault::AnswerLost) | None => {}
        }
        let mut answered = self.inner.call(request).await?;
        let bytes = answered.take_body().collect().await.map_err(ConnectorError::io)?.to_bytes();
        exchange.answer = serde_json::from_slice(&bytes).unwrap_or_default();
        exchange.status = answered.status().as_u16();
        exchange.applied = exchange.kind.writes() && answered.status().is_success();
        if exchange.status == 200
            && let Some(plan) = &mut self.wire.state().plan
        {
            plan.remember(exchange.kind, &exchange.request, &exchange.answer);
        }
        if exchange.fault == Some(Fault::AnswerLost) {
            return Err(closed());
        }
        if sabotage.is_some_and(|sabotage| sabotage.change_answer(exchange.kind, &mut exchange.answer)) {
            return response(exchange.status, &exchange.answer);
        }
        *answered.body_mut() = SdkBody::from(bytes);
        Ok(answered)
    }
}

/// What the SDK sees when the other side closes the connection.
fn closed() -> ConnectorError {
    ConnectorError::io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
}

fn refusal(exchange: &mut Exchange, answer: Value) -> Result<HttpResponse, ConnectorError> {
    exchange.status = 400;
    exchange.answer = answer;
    response(400, &exchange.answer)
}

fn response(status: u16, answer: &Value) -> Result<HttpResponse, ConnectorError> {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(SdkBody::from(answer.to_string()))
        .map_err(|error| ConnectorError::user(error.into()))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}

//! An HTTP client for the SDK that injects faults between the SDK and the table, and records the calls.
//!
//! A [`FaultyClient`] wraps the SDK's own HTTP client. It can lose requests and responses by a seeded plan ([`fault`]),
//! record what each operation read and wrote ([`log`]), delay a transaction until something else has happened, let a
//! script decide on each call ([`call_hook`]), and break the code on purpose, to see that tests notice
//! ([`mutation`]). A [`stream`](local::stream) below it has what was committed. The code under test doesn't know about
//! it. Every feature is off until it is switched on.

pub mod call_hook;
pub mod capacity;
pub mod fault;
pub mod log;
pub mod mutation;
mod request_hash;
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
use call_hook::{CallHook, ExternalCall, HookDecision};
use fault::{Fault, FaultPlan};
use futures_util::future::BoxFuture;
use http_body_util::BodyExt as _;
use local::database::{Connection, observed_config};
use local::protocol::{OperationKind, read_rows, replace_body, written_keys};
use log::{CallLog, RecordedCall, RowImage};
use mutation::Mutation;
use serde_json::Value;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Table;

tokio::task_local! {
    static OPERATION: u64;
}

/// The id of the operation that the current task runs as, if any.
#[must_use]
pub fn current_operation() -> Option<u64> {
    OPERATION.try_with(|id| *id).ok()
}

/// Runs a future as an operation: its calls are planned and recorded under this id.
pub async fn run_as_operation<F: Future>(id: u64, future: F) -> F::Output {
    OPERATION.scope(id, future).await
}

/// The faulty HTTP client. Clones share state.
#[derive(Clone)]
pub struct FaultyClient(Arc<Inner>);

struct Inner {
    client: SharedHttpClient,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plan: Option<FaultPlan>,
    mutation: Option<Mutation>,
    log: Option<CallLog>,
    images: bool,
    clock: u64,
    gate: Option<(OperationKind, BoxFuture<'static, ()>)>,
    hook: Option<Arc<dyn CallHook>>,
}

impl fmt::Debug for FaultyClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FaultyClient")
    }
}

impl Default for FaultyClient {
    fn default() -> Self {
        Self::over(platform::https::plain_pool())
    }
}

/// How often the SDK tries a read. The back-off between attempts is short, since no other client shares the table.
const READ_ATTEMPTS: u32 = 4;

/// How many scheduler turns a response waits while row images are recorded: until then all concurrent requests have
/// been sent, even under load, so that rounds of reads can be told apart.
const TURNS: usize = 32;

impl FaultyClient {
    /// Wraps another client, such as a [`Stream`](local::stream::Stream), which sees the requests that really arrive.
    pub fn over(client: impl HttpClient + 'static) -> Self {
        Self(Arc::new(Inner { client: SharedHttpClient::new(client), state: Mutex::default() }))
    }

    /// Sets the plan of faults; `None` ends it.
    pub fn plan(&self, plan: Option<FaultPlan>) {
        self.state().plan = plan;
    }

    /// Sets the mutation; `None` ends it.
    pub fn set_mutation(&self, mutation: Option<Mutation>) {
        self.state().mutation = mutation;
    }

    /// Starts to record the calls of operations.
    pub fn record_calls(&self) {
        self.state().log.get_or_insert_default();
    }

    /// Starts to record calls with the rows before and after each write, which it reads for the purpose; nothing else
    /// may write meanwhile. Responses wait until all concurrent requests have been sent.
    pub fn record_images(&self) {
        self.record_calls();
        self.state().images = true;
    }

    /// Sets the hook that decides on every call; `None` removes it.
    pub fn set_call_hook(&self, hook: Option<Arc<dyn CallHook>>) {
        self.state().hook = hook;
    }

    /// Takes the recorded calls of an operation, in order.
    #[must_use]
    pub fn take_calls(&self, operation: u64) -> Vec<RecordedCall> {
        let mut state = self.state();
        if let Some(plan) = &mut state.plan {
            plan.forget(operation);
        }
        state.log.as_mut().map(|log| log.take(operation)).unwrap_or_default()
    }

    /// Delays the next transaction, after its reads, until this future has completed.
    pub fn before_next_transaction(&self, happens: impl Future<Output = ()> + Send + 'static) {
        self.before_next(OperationKind::Transact, happens);
    }

    /// Delays the next request of a kind until this future has completed. Concurrent requests go on.
    pub fn before_next(&self, kind: OperationKind, happens: impl Future<Output = ()> + Send + 'static) {
        self.state().gate = Some((kind, Box::pin(happens)));
    }

    fn gate(&self, kind: OperationKind) -> Option<BoxFuture<'static, ()>> {
        let mut state = self.state();
        let gate = state.gate.take_if(|(held, _)| *held == kind);
        gate.map(|(_, happens)| happens)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection for FaultyClient {
    fn table(&self, endpoint: &str, name: &str) -> Table {
        let retries = RetryConfig::standard()
            .with_max_attempts(READ_ATTEMPTS)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(4));
        let config = observed_config(endpoint).http_client(self.clone()).retry_config(retries).build();
        Table::new(Client::from_conf(config), name)
    }
}

impl HttpClient for FaultyClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(FaultyConnector {
            client: self.clone(),
            inner: self.0.client.http_connector(settings, components),
        })
    }
}

#[derive(Debug, Clone)]
struct FaultyConnector {
    client: FaultyClient,
    inner: SharedHttpConnector,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.clone();
        let operation = current_operation();
        HttpConnectorFuture::new(async move { connector.send(request, operation).await })
    }
}

impl FaultyConnector {
    async fn send(&self, mut request: HttpRequest, operation: Option<u64>) -> Result<HttpResponse, ConnectorError> {
        let kind = OperationKind::of(request.headers().get("x-amz-target").unwrap_or_default());
        let mut body: Value =
            request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        if let Some(happens) = self.client.gate(kind) {
            happens.await;
        }
        let (fault, mutation, images, began) = {
            let mut state = self.client.state();
            let fault = state.plan.as_mut().and_then(|plan| plan.next(kind, &body, operation));
            state.clock += 1;
            (fault, state.mutation, state.images, state.clock)
        };
        if mutation.is_some_and(|mutation| mutation.change_request(kind, &mut body)) {
            replace_body(&mut request, &body);
        }
        let hook = self.client.state().hook.clone();
        let decision = match &hook {
            Some(hook) => hook.before(ExternalCall::Table(kind), operation).await,
            None => HookDecision::Proceed,
        };
        if decision == HookDecision::NoEffect {
            return Err(closed());
        }
        let keys = if images { written_keys(kind, &body) } else { Vec::new() };
        let probe = request.try_clone();
        let mut call = RecordedCall { kind, request: body, fault, ..RecordedCall::default() };
        let before = read_rows(&self.inner, probe.as_ref(), &keys).await;
        let answered = self.respond(request, &mut call, mutation).await;
        if let (Some(hook), HookDecision::CrashAfter) = (&hook, decision) {
            hook.crash(operation).await;
        }
        let after = read_rows(&self.inner, probe.as_ref(), &keys).await;
        if images {
            // Concurrent requests may need some turns until they are sent; none of them waits for this one.
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        }
        let images = keys.into_iter().zip(before.into_iter().zip(after));
        call.images = images.map(|(key, (before, after))| RowImage { key, before, after }).collect();
        let mut state = self.client.state();
        state.clock += 1;
        call.span = (began, state.clock);
        if let (Some(log), Some(operation)) = (&mut state.log, operation) {
            log.note(operation, call);
        }
        if decision == HookDecision::AnswerLost { Err(closed()) } else { answered }
    }

    async fn respond(
        &self,
        request: HttpRequest,
        call: &mut RecordedCall,
        mutation: Option<Mutation>,
    ) -> Result<HttpResponse, ConnectorError> {
        match call.fault {
            Some(Fault::Dropped) => return Err(closed()),
            Some(Fault::Conflict) => {
                let answer = fault::conflict(&call.request);
                return error_response(call, answer);
            }
            Some(Fault::Throttled) => return error_response(call, fault::throttled()),
            Some(Fault::Stale) => {
                if let Some(answer) = self.client.state().plan.as_ref().and_then(|plan| plan.earlier(&call.request)) {
                    call.answer.clone_from(&answer);
                    call.status = 200;
                    return response(200, &answer);
                }
            }
            Some(Fault::AnswerLost) | None => {}
        }
        let mut answered = self.inner.call(request).await?;
        let bytes = answered.take_body().collect().await.map_err(ConnectorError::io)?.to_bytes();
        call.answer = serde_json::from_slice(&bytes).unwrap_or_default();
        call.status = answered.status().as_u16();
        call.applied = call.kind.writes() && answered.status().is_success();
        if call.status == 200
            && let Some(plan) = &mut self.client.state().plan
        {
            plan.remember(call.kind, &call.request, &call.answer);
        }
        if call.fault == Some(Fault::AnswerLost) {
            return Err(closed());
        }
        if mutation.is_some_and(|mutation| mutation.change_answer(call.kind, &mut call.answer)) {
            return response(call.status, &call.answer);
        }
        *answered.body_mut() = SdkBody::from(bytes);
        Ok(answered)
    }
}

/// The error of the SDK when the server closes the connection.
fn closed() -> ConnectorError {
    ConnectorError::io(std::io::Error::from(std::io::ErrorKind::ConnectionReset).into())
}

fn error_response(call: &mut RecordedCall, answer: Value) -> Result<HttpResponse, ConnectorError> {
    call.status = 400;
    call.answer = answer;
    response(400, &call.answer)
}

fn response(status: u16, answer: &Value) -> Result<HttpResponse, ConnectorError> {
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(SdkBody::from(answer.to_string()))
        .map_err(|error| ConnectorError::user(error.into()))?;
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}

//! `cargo lab breakpoint-server`: the local server with a breakpoint. After `POST /_dev/halt/ {"at": 12}` it stops
//! before its 12th call to the table or to Twilio, so that it can be killed at that point.

use app::support::ports::{InboundLogEntry, Messenger, OutboundLogEntry, OutgoingMessage, SendOutcome};
use app::support::tuning::Tuning;
use axum::Json;
use axum::routing::post;
use dev::options::ServeOptions;
use dev::serve::{Hooks, ServeError, serve};
use domain::notification::Address;
use domain::time::Instant;
use futures_util::future::BoxFuture;
use platform::messenger::TwilioMessenger;
use std::io::Write as _;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};

/// The breakpoint of this process.
static BREAKPOINT: LazyLock<Arc<Breakpoint>> = LazyLock::new(Arc::default);

#[derive(Debug, serde::Deserialize)]
struct BreakpointBody {
    at: i64,
}

async fn set_breakpoint(Json(body): Json<BreakpointBody>) -> Json<serde_json::Value> {
    BREAKPOINT.stop_at(body.at);
    Json(serde_json::json!({}))
}

/// Runs the local server with a breakpoint until Ctrl-C.
pub async fn serve_with_breakpoint(options: ServeOptions) -> Result<(), ServeError> {
    let hooks = Hooks {
        connect: |database, stream| {
            let faulty_client = FaultyClient::over(stream.clone());
            faulty_client.set_call_hook(Some(Arc::clone(&BREAKPOINT) as Arc<_>));
            database.through(&faulty_client)
        },
        messenger: Some(|inner| Arc::new(BreakpointMessenger { inner, breakpoint: Arc::clone(&BREAKPOINT) })),
        // Sealing the audit trail would add calls that have nothing to do with reminders.
        tuning: Tuning { seal_after: None, ..Tuning::default() },
        routes: axum::Router::new()
            .route("/_dev/halt", post(set_breakpoint))
            .route("/_dev/halt/", post(set_breakpoint)),
    };
    serve(options, hooks).await
}

/// The line that is printed on stdout when the breakpoint is reached.
pub const HALTED_LINE: &str = "halted";

/// Counts down the calls, and blocks before the last one: 0 is off, -1 is reached.
#[derive(Debug, Default)]
pub struct Breakpoint(AtomicI64);

impl Breakpoint {
    /// Sets the call to stop at, counted from 1; 0 switches the breakpoint off.
    pub fn stop_at(&self, call: i64) {
        self.0.store(call, Ordering::SeqCst);
    }
}

impl CallHook for Breakpoint {
    fn before(&self, _: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        let halts = match self.0.load(Ordering::SeqCst) {
            0 => false,
            // Other calls block as well.
            -1 => true,
            _ => self.0.fetch_sub(1, Ordering::SeqCst) == 1,
        };
        Box::pin(async move {
            if halts {
                self.0.store(-1, Ordering::SeqCst);
                // Fails only if the reader is gone.
                let _ = writeln!(std::io::stdout(), "{HALTED_LINE}");
                std::future::pending::<()>().await;
            }
            HookDecision::Proceed
        })
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// A messenger whose calls to Twilio pass the breakpoint.
pub struct BreakpointMessenger {
    pub inner: TwilioMessenger,
    pub breakpoint: Arc<Breakpoint>,
}

impl Messenger for BreakpointMessenger {
    fn is_own_account(&self, account: &str) -> bool {
        self.inner.is_own_account(account)
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(async move {
            self.breakpoint.before(ExternalCall::LookUp, None).await;
            self.inner.received_since(since).await
        })
    }

    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            self.breakpoint.before(ExternalCall::Send, None).await;
            self.inner.send(message).await
        })
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(async move {
            self.breakpoint.before(ExternalCall::LookUp, None).await;
            self.inner.sent_since(to, since).await
        })
    }
}

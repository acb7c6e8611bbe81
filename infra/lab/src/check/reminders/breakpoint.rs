//! A local server that stops before a certain call to the table or to Twilio, so that it can be killed just there:
//! `cargo lab breakpoint-server`, and `POST /_dev/halt/ {"at": 12}`.

use app::support::ports::{Messenger, Outgoing, ReceivedBefore, Sent, SentBefore};
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
use testkit::faulty_client::Wire;
use testkit::faulty_client::call_hook::{Call, Director, Verdict};

/// The breakpoint of this process.
static BREAKPOINT: LazyLock<Arc<Halt>> = LazyLock::new(Arc::default);

#[derive(Debug, serde::Deserialize)]
struct HaltBody {
    at: i64,
}

async fn set(Json(body): Json<HaltBody>) -> Json<serde_json::Value> {
    BREAKPOINT.at(body.at);
    Json(serde_json::json!({}))
}

/// Runs the local server with a breakpoint until Ctrl-C.
///
/// # Errors
/// [`ServeError`].
pub async fn serve_with_breakpoint(options: ServeOptions) -> Result<(), ServeError> {
    let hooks = Hooks {
        connect: |database, stream| {
            let wire = Wire::over(stream.clone());
            wire.direct(Some(Arc::clone(&BREAKPOINT) as Arc<_>));
            database.through(&wire)
        },
        messenger: Some(|inner| Arc::new(HaltingMessenger { inner, halt: Arc::clone(&BREAKPOINT) })),
        // Sealing would add calls that are not those of the reminders.
        tuning: Tuning { seal_after: None, ..Tuning::default() },
        routes: axum::Router::new().route("/_dev/halt", post(set)).route("/_dev/halt/", post(set)),
    };
    serve(options, hooks).await
}

/// What it says then, on stdout.
pub const SAID: &str = "halted";

/// Counts calls down, and halts at the last.
#[derive(Debug, Default)]
pub struct Halt(AtomicI64);

impl Halt {
    /// From now on it halts before this call, counted from 1; 0 is never.
    pub fn at(&self, call: i64) {
        self.0.store(call, Ordering::SeqCst);
    }
}

impl Director for Halt {
    fn before(&self, _: Call, _: Option<u64>) -> BoxFuture<'_, Verdict> {
        let halts = match self.0.load(Ordering::SeqCst) {
            0 => false,
            // Whoever else comes by stands still as well.
            -1 => true,
            _ => self.0.fetch_sub(1, Ordering::SeqCst) == 1,
        };
        Box::pin(async move {
            if halts {
                self.0.store(-1, Ordering::SeqCst);
                // If nobody listens, nobody waits for it.
                let _ = writeln!(std::io::stdout(), "{SAID}");
                std::future::pending::<()>().await;
            }
            Verdict::Go
        })
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Twilio, whose calls are counted too.
pub struct HaltingMessenger {
    /// The real one.
    pub inner: TwilioMessenger,
    /// Counts.
    pub halt: Arc<Halt>,
}

impl Messenger for HaltingMessenger {
    fn is_own_account(&self, account: &str) -> bool {
        self.inner.is_own_account(account)
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(async move {
            self.halt.before(Call::LookUp, None).await;
            self.inner.received_since(since).await
        })
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            self.halt.before(Call::Send, None).await;
            self.inner.send(message).await
        })
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(async move {
            self.halt.before(Call::LookUp, None).await;
            self.inner.sent_since(to, since).await
        })
    }
}

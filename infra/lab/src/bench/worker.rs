//! A worker process of `bench reminders`: one invocation of the real handler for one shard.

use app::accounts::authenticate::KeyCache;
use app::support::id_source::IdSource;
use app::support::ports::Clock as _;
use app::support::tuning::Tuning;
use app::{App, AppParts};
use domain::time::Instant;
use futures_util::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use local::clock::FixedClock;
use local::database::Connection as _;
use local::database::TABLE_NAME;
use local::system::{FAKE_ACCOUNT, FAKE_SENDER, FAKE_TOKEN, secrets};
use platform::Settings;
use platform::archive::NoArchive;
use platform::events::NoEvents;
use platform::messenger::TwilioMessenger;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};
use testkit::test_app::TestError;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkerTask {
    /// Endpoint of the table.
    pub endpoint: String,
    /// Base URL of the fake Twilio.
    pub twilio: String,
    pub shard: u8,
    /// The time at the start, as RFC 3339.
    pub now: String,
    /// How long the worker may run.
    pub seconds: i64,
    /// Limit of all workers together, in messages a second.
    pub rate: f64,
}

/// What a worker prints at its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkerReport {
    /// Its duration by its own clock.
    pub seconds: f64,
    pub calls: u64,
    /// Peak memory in KiB; 0 if unknown.
    pub peak_kib: u64,
}

/// Runs a task in a new process.
pub async fn spawn(program: &Path, task: &WorkerTask) -> Result<WorkerReport, TestError> {
    let mut command = tokio::process::Command::new(program);
    let output = command.args(["bench", "worker", &serde_json::to_string(task)?]).output().await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[derive(Default)]
struct CallCounter(AtomicU64);

impl CallHook for CallCounter {
    fn before(&self, _: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(HookDecision::Proceed))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Runs a task in this process.
pub async fn work(task: &str) -> Result<WorkerReport, TestError> {
    let task: WorkerTask = serde_json::from_str(task)?;
    let now = Instant::parse(&task.now).map_err(|_| "not an instant")?;
    let clock = FixedClock::new(now);
    let (faulty_client, counter) = (FaultyClient::default(), Arc::new(CallCounter::default()));
    faulty_client.set_call_hook(Some(Arc::clone(&counter) as Arc<_>));
    let settings = |name: &str| match name {
        "TABLE_NAME" | "SECRETS_PREFIX" => Some("bench".to_owned()),
        "TWILIO_API_BASE" => Some(task.twilio.clone()),
        "TWILIO_ACCOUNT_SID" => Some(FAKE_ACCOUNT.to_owned()),
        "TWILIO_WHATSAPP_SENDER" => Some(FAKE_SENDER.to_owned()),
        _ => None,
    };
    let settings = Settings::from_lookup(settings)?;
    let secrets = Arc::new(secrets("https://citas.example", FAKE_TOKEN));
    let app = App::new(AppParts {
        recover_missed_inbound: false,
        second_factor_required: false,
        table: faulty_client.table(&task.endpoint, TABLE_NAME),
        clock: Arc::new(clock.clone()),
        messenger: Arc::new(TwilioMessenger::new(&settings, secrets.clone())),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        secrets,
        country: settings.country,
        messages_per_second: task.rate,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        key_cache: KeyCache::default(),
    });
    let event = serde_json::json!({ "detail-type": "reminders.shard", "detail": { "shard": task.shard } });
    let mut context = Context::default();
    context.deadline = u64::try_from((now.unix() + task.seconds) * 1000)?;
    let began = clock.now();
    reminders::handle(&app, LambdaEvent::new(event, context)).await.map_err(|error| error.to_string())?;
    let seconds = clock.now().since(began).as_seconds_f64();
    Ok(WorkerReport {
        seconds,
        calls: counter.0.load(Ordering::Relaxed),
        peak_kib: super::peak_kib("self").unwrap_or_default(),
    })
}

//! A worker as a process of its own: one invocation of the real handler for one shard.

use app::accounts::authenticate::KeyCache;
use app::support::id_source::IdSource;
use app::support::ports::Clock as _;
use app::support::tuning::Tuning;
use app::{App, Parts};
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
use testkit::faulty_client::Wire;
use testkit::faulty_client::call_hook::{Call, Director, Verdict};
use testkit::test_app::Trouble;

/// What a worker is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Task {
    /// Where the table is.
    pub endpoint: String,
    /// Where Twilio is.
    pub twilio: String,
    /// Which shard.
    pub shard: u8,
    /// What time it is.
    pub now: String,
    /// For how long.
    pub seconds: i64,
    /// All workers together, in messages a second.
    pub rate: f64,
}

/// What it says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// How long it ran, by its own clock.
    pub seconds: f64,
    /// Calls to the table.
    pub calls: u64,
    /// The most memory it had, in KiB; 0 where that can't be told.
    pub peak_kib: u64,
}

/// Has a process do it.
///
/// # Errors
/// [`Trouble`].
pub async fn spawn(program: &Path, task: &Task) -> Result<Report, Trouble> {
    let mut command = tokio::process::Command::new(program);
    let output = command.args(["bench", "worker", &serde_json::to_string(task)?]).output().await?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Counts calls.
#[derive(Default)]
struct Counter(AtomicU64);

impl Director for Counter {
    fn before(&self, _: Call, _: Option<u64>) -> BoxFuture<'_, Verdict> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(Verdict::Go))
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        Box::pin(std::future::pending())
    }
}

/// Does it, in this process.
///
/// # Errors
/// [`Trouble`].
pub async fn work(task: &str) -> Result<Report, Trouble> {
    let task: Task = serde_json::from_str(task)?;
    let now = Instant::parse(&task.now).map_err(|_| "not an instant")?;
    let clock = FixedClock::new(now);
    let (wire, counter) = (Wire::default(), Arc::new(Counter::default()));
    wire.direct(Some(Arc::clone(&counter) as Arc<_>));
    let settings = |name: &str| match name {
        "TABLE_NAME" | "SECRETS_PREFIX" => Some("bench".to_owned()),
        "TWILIO_API_BASE" => Some(task.twilio.clone()),
        "TWILIO_ACCOUNT_SID" => Some(FAKE_ACCOUNT.to_owned()),
        "TWILIO_WHATSAPP_SENDER" => Some(FAKE_SENDER.to_owned()),
        _ => None,
    };
    let settings = Settings::from_lookup(settings)?;
    let secrets = Arc::new(secrets("https://citas.example", FAKE_TOKEN));
    let app = App::new(Parts {
        look_up_inbound: false,
        second_factor_required: false,
        table: wire.table(&task.endpoint, TABLE_NAME),
        clock: Arc::new(clock.clone()),
        messenger: Arc::new(TwilioMessenger::new(&settings, secrets.clone())),
        events: Arc::new(NoEvents),
        archive: Arc::new(NoArchive),
        secrets,
        country: settings.country,
        rate: task.rate,
        ids: IdSource::default(),
        tuning: Tuning::default(),
        keys: KeyCache::default(),
    });
    let event = serde_json::json!({ "detail-type": "reminders.shard", "detail": { "shard": task.shard } });
    let mut context = Context::default();
    context.deadline = u64::try_from((now.unix() + task.seconds) * 1000)?;
    let began = clock.now();
    reminders::handle(&app, LambdaEvent::new(event, context)).await.map_err(|error| error.to_string())?;
    let seconds = clock.now().since(began).as_seconds_f64();
    Ok(Report {
        seconds,
        calls: counter.0.load(Ordering::Relaxed),
        peak_kib: super::peak_kib("self").unwrap_or_default(),
    })
}

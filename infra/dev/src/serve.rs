//! `cargo dev serve`: what is started, in which order, and how it stops.

use crate::control::{self, Control};
use crate::demo;
use crate::options::ServeOptions;
use app::support::id_source::IdSource;
use app::support::ports::{Messenger, SecretName, Secrets as _};
use app::support::tuning::Tuning;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use bytes::Bytes;
use cli::keys::{ROTATED, SECRETS};
use http_body_util::BodyExt as _;
use local::clock::ShiftedClock;
use local::database::Database;
use local::gateway::Format;
use local::kept_events::KeptEvents;
use local::memory_secrets::MemorySecrets;
use local::observer::NoObserver;
use local::stream::Stream;
use local::system::{self, Blueprint, System};
use platform::Settings;
use platform::messenger::TwilioMessenger;
use platform::secrets::SecretsFile;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How often the scheduled job runs here. In AWS it is every 15 minutes.
const TICK: Duration = Duration::from_secs(60);
/// The file of the table in the data folder.
pub(crate) const DATA: &str = "citas.db";
/// The settings that may come from the environment; the rest are what the local server makes them.
const FROM_ENVIRONMENT: &[&str] =
    &["DEFAULT_COUNTRY", "LOG_LEVEL", "TWILIO_ACCOUNT_SID", "TWILIO_API_BASE", "TWILIO_WHATSAPP_SENDER"];

/// Why the local server didn't start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody else has the port.
    #[error("port {port} can't be had: {source}. Try --port")]
    Port {
        /// The port.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data folder can't be written.
    #[error("the data folder: {0}")]
    Data(#[from] std::io::Error),
    /// The embedded table didn't start.
    #[error("the embedded table: {0}")]
    Database(#[from] local::database::DatabaseError),
    /// The secrets couldn't be made or read.
    #[error("the secrets: {0}")]
    Secrets(String),
    /// The system didn't start.
    #[error(transparent)]
    System(#[from] system::SystemError),
    /// The demo data couldn't be written.
    #[error("the demo data: {0}")]
    Demo(#[from] app::AppError),
}

/// What a check changes of the local server.
pub struct Hooks {
    /// How the table is reached. The stream must see what is committed.
    pub connect: fn(Database, &Stream) -> Database,
    /// What stands before Twilio's client.
    pub messenger: Option<fn(TwilioMessenger) -> Arc<dyn Messenger>>,
    /// Numbers that no setting changes.
    pub tuning: Tuning,
    /// More paths.
    pub routes: axum::Router,
}

impl Default for Hooks {
    fn default() -> Self {
        Self {
            connect: |database, stream| database.through(stream),
            messenger: None,
            tuning: Tuning::default(),
            routes: axum::Router::new(),
        }
    }
}

/// Runs everything until Ctrl-C.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(options: ServeOptions, hooks: Hooks) -> Result<(), ServeError> {
    complain_aloud();
    let stopped = stop_signals()?;
    let port = options.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|source| ServeError::Port { port, source })?;
    let url = format!("http://{}", listener.local_addr()?);
    let more = hooks.routes.clone();
    let (control, credentials) = start(&options, &url, hooks).await?;
    announce(&url, &options, &control, credentials.as_deref())?;
    let ticking = tokio::spawn(tick(Arc::clone(&control)));
    let telling = tokio::spawn(tell(Arc::clone(&control)));
    let served = axum::serve(
        listener,
        more.merge(routes(Arc::clone(&control))).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped)
    .await;
    ticking.abort();
    telling.abort();
    // The listener has let go of every request; what they wrote is on disk with their answers.
    if let Ok(control) = Arc::try_unwrap(control) {
        control.system.database.stop().await?;
    }
    Ok(served?)
}

/// What goes wrong is said on stderr, in plain lines. The embedded table reports each refused
/// condition as an error, which for us is the ordinary course of things.
pub(crate) fn complain_aloud() {
    let filter = tracing_subscriber::EnvFilter::new("warn,dynoxide=off");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time();
    // Somebody else has set one up already: in a test, for instance.
    let _ = log.try_init();
}

/// Starts the system. Answers the demo users' password where it has just made them.
async fn start(options: &ServeOptions, url: &str, hooks: Hooks) -> Result<(Arc<Control>, Option<String>), ServeError> {
    let clock = ShiftedClock::new();
    if let Some(now) = options.now {
        clock.set_now(now);
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let public_url = variable("PUBLIC_BASE_URL").unwrap_or_else(|| url.to_owned());
    let kept = (!options.memory).then_some(options.data.as_path());
    let (secrets, auth_token) = secrets(kept, &public_url, variable("TWILIO_AUTH_TOKEN")).await?;
    let mut settings: BTreeMap<String, String> =
        FROM_ENVIRONMENT.iter().filter_map(|name| Some(((*name).to_owned(), variable(name)?))).collect();
    if settings.contains_key("TWILIO_ACCOUNT_SID") {
        // Whoever names an account means the real Twilio, wherever that is.
        settings.entry("TWILIO_API_BASE".into()).or_insert_with(|| "https://api.twilio.com".into());
    }
    let database =
        if options.memory { Database::memory().await? } else { Database::file(&options.data.join(DATA)).await? };
    let (changes, events) = (Stream::default(), KeptEvents::default());
    let messenger = match hooks.messenger {
        Some(wrap) => Some(wrap(messenger(&settings, &secrets)?)),
        None => None,
    };
    let blueprint = Blueprint {
        database: (hooks.connect)(database, &changes),
        clock: Arc::new(clock.clone()),
        secrets,
        settings,
        format: Format::Rest,
        events: Arc::new(events.clone()),
        messenger,
        archive: None,
        ids: IdSource::default(),
        tuning: hooks.tuning,
        observer: Arc::new(NoObserver),
    };
    let system = System::start(blueprint, &auth_token)?;
    let seeded = !options.no_seed && demo::seed(&system.app, &options.demo_password).await?;
    let credentials = seeded.then(|| options.demo_password.clone());
    Ok((Arc::new(Control { system, clock, public_url, changes, events }), credentials))
}

/// The client of Twilio.
fn messenger(settings: &BTreeMap<String, String>, secrets: &MemorySecrets) -> Result<TwilioMessenger, ServeError> {
    let lookup = |name: &str| match name {
        "TABLE_NAME" | "SECRETS_PREFIX" => Some("local".to_owned()),
        _ => settings.get(name).cloned(),
    };
    let settings = Settings::from_lookup(lookup).map_err(system::SystemError::from)?;
    Ok(TwilioMessenger::new(&settings, Arc::new(secrets.clone())))
}

/// The secrets in a folder's [`SECRETS`], made at the first start; in memory where nothing is kept.
pub(crate) async fn secrets(
    kept: Option<&Path>,
    public_url: &str,
    auth_token: Option<String>,
) -> Result<(MemorySecrets, String), ServeError> {
    let mut fresh = system::secrets(public_url, "");
    let mut stored = system::FAKE_TOKEN.to_owned();
    if let Some(folder) = kept {
        std::fs::create_dir_all(folder)?;
        let file = file(folder)?;
        for name in ROTATED.iter().chain(&[SecretName::Seals]) {
            let text = file.get(*name, false).await.map_err(|error| ServeError::Secrets(error.to_string()))?;
            fresh.set(*name, text.0);
        }
        let twilio =
            file.get(SecretName::Twilio, false).await.map_err(|error| ServeError::Secrets(error.to_string()))?;
        let twilio: serde_json::Value = serde_json::from_str(&twilio.0).unwrap_or_default();
        if let Some(token) = twilio.get("auth_token").and_then(serde_json::Value::as_str) {
            token.clone_into(&mut stored);
        }
        fresh = fresh.following(Arc::new(file), ROTATED);
    }
    let token = auth_token.unwrap_or(stored);
    fresh.set(SecretName::Twilio, serde_json::json!({ "auth_token": token }).to_string());
    Ok((fresh, token))
}

fn file(data: &Path) -> Result<SecretsFile, ServeError> {
    let twilio = serde_json::json!({ "auth_token": system::random_token() }).to_string();
    SecretsFile::create_if_absent(&data.join(SECRETS), &[(SecretName::Twilio, &twilio)])
        .map_err(|error| ServeError::Secrets(error.to_string()))
}

fn announce(url: &str, options: &ServeOptions, control: &Control, password: Option<&str>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "citas listens on {url}  (API: {url}/api/docs/)")?;
    let data = if options.memory { "in memory, gone at the end".into() } else { options.data.display().to_string() };
    writeln!(out, "  data    {data}")?;
    match &control.system.twilio {
        Some(_) => writeln!(out, "  Twilio  a fake; what it got: {url}/_dev/twilio/messages/")?,
        None => writeln!(out, "  Twilio  the account of TWILIO_ACCOUNT_SID; it calls {}", control.public_url)?,
    }
    let seeded = if options.no_seed {
        "none of ours; `cargo dev citas admin create` creates the first"
    } else {
        "admin@example.com (ADMIN), operator@example.com (OPERATOR)"
    };
    writeln!(out, "  log-ins {seeded}")?;
    if let Some(password) = password {
        writeln!(out, "  both with the password {password}")?;
    } else if !options.no_seed {
        writeln!(
            out,
            "  with the password they were made with (citas-demo-password unless CITAS_DEMO_PASSWORD was set)"
        )?;
    }
    writeln!(out, "  Ctrl-C stops it")?;
    out.flush()
}

fn routes(control: Arc<Control>) -> axum::Router {
    control::routes().fallback(through_gateway).with_state(control)
}

/// What isn't ours under `/_dev/` goes to the functions, as API Gateway would pass it.
async fn through_gateway(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(peer);
    let body = match http_body_util::Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        // The function refuses it by its length; there is no need to have it all.
        Err(_) => Bytes::from(vec![b' '; MAX_BODY]),
    };
    control.system.gateway.call(http::Request::from_parts(parts, body)).await.map(Body::from)
}

/// The most that is read of a request. API Gateway's limit is 10 MB, the functions' 64 KiB.
const MAX_BODY: usize = 1024 * 1024;

async fn tick(control: Arc<Control>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = control.system.run_reminders().await {
            tracing::error!(%error, "the scheduled job failed");
        }
    }
}

/// Tells what is committed, as soon as it is.
async fn tell(control: Arc<Control>) {
    loop {
        control.changes.arrived().await;
        if let Err(error) = control.tell().await {
            tracing::error!(%error, "what was committed could not be told");
        }
    }
}

/// Ctrl-C, and what a supervisor sends. Listened for before anything is announced, so that it is
/// never too early to stop.
pub(crate) fn stop_signals() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

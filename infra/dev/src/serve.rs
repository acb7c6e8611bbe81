//! `cargo dev serve`: starts the local server, its scheduled job and its event publishing, and stops them.

use crate::control::{self, Control};
use crate::demo;
use crate::demo_day;
use crate::message_templates;
use crate::options::{Seed, ServeOptions};
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
use local::memory_events::MemoryEvents;
use local::memory_secrets::MemorySecrets;
use local::observer::NoObserver;
use local::stream::Stream;
use local::system::{self, System, SystemConfig};
use platform::messenger::TwilioMessenger;
use platform::secrets::SecretsFile;
use platform::settings::variables;
use platform::{Settings, public_url};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// How often the scheduled job runs here. In AWS it is every 5 minutes.
const JOB_INTERVAL: Duration = Duration::from_secs(60);
/// The file of the table in the data folder.
pub(crate) const DATA: &str = "citas.db";
/// The settings that the local server sets itself, whatever the environment says. It sets others where the environment
/// doesn't.
const SET_BY_SERVER: &[&str] =
    &["ARCHIVE_BUCKET", "EVENT_BUS_NAME", "PUBLIC_BASE_URL", "SECRETS_FILE", "SECRETS_PREFIX", "TABLE_NAME"];

/// Why the local server could not start or stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("port {port} is not available: {source}. Try --port")]
    Port { port: u16, source: std::io::Error },
    #[error("the data folder: {0}")]
    Data(#[from] std::io::Error),
    #[error("the embedded table: {0}")]
    Database(#[from] local::database::DatabaseError),
    #[error("the secrets: {0}")]
    Secrets(String),
    #[error(transparent)]
    System(#[from] system::SystemError),
    #[error("the demo data: {0}")]
    Demo(#[from] app::AppError),
    #[error("the demo data: {0}")]
    Day(#[from] demo_day::DayError),
}

/// Hooks by which checks change the local server.
pub struct Hooks {
    /// Connects to the database. The stream has to see every committed write.
    pub connect: fn(Database, &Stream) -> Database,
    /// Wraps Twilio's client.
    pub messenger: Option<fn(TwilioMessenger) -> Arc<dyn Messenger>>,
    /// Constants that no setting changes.
    pub tuning: Tuning,
    /// Additional routes.
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

/// Runs the server until Ctrl-C.
pub async fn serve(options: ServeOptions, hooks: Hooks) -> Result<(), ServeError> {
    log_to_stderr();
    let stopped = stop_signals()?;
    let port = options.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|source| ServeError::Port { port, source })?;
    let url = format!("http://{}", listener.local_addr()?);
    let more = hooks.routes.clone();
    let (control, credentials) = start(&options, &url, hooks).await?;
    announce(&url, &options, &control, credentials.as_deref())?;
    let ticking = tokio::spawn(run_scheduled_job(Arc::clone(&control)));
    let publishing = tokio::spawn(publish_on_change(Arc::clone(&control)));
    let served = axum::serve(
        listener,
        more.merge(routes(Arc::clone(&control))).into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(stopped)
    .await;
    ticking.abort();
    publishing.abort();
    // All requests have finished, and their writes are on disk.
    if let Ok(control) = Arc::try_unwrap(control) {
        control.system.database.stop().await?;
    }
    Ok(served?)
}

/// Logs warnings and errors to stderr as plain lines. The embedded table's own log is off, because it reports each
/// failed condition as an error, and failed conditions are normal here.
pub(crate) fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::new("warn,dynoxide=off");
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).without_time();
    // It fails if there is a subscriber already, for instance in a test.
    let _ = log.try_init();
}

/// Starts the system. Returns the demo users' password if they were created now.
async fn start(options: &ServeOptions, url: &str, hooks: Hooks) -> Result<(Arc<Control>, Option<String>), ServeError> {
    let clock = ShiftedClock::new();
    if let Some(now) = options.now {
        clock.set_now(now);
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let public_url = variable("PUBLIC_BASE_URL");
    let public_url = public_url::without_slash(public_url.as_deref().unwrap_or(url)).to_owned();
    let kept = (!options.memory).then_some(options.data.as_path());
    let (secrets, auth_token) = secrets(kept, &public_url, variable("TWILIO_AUTH_TOKEN")).await?;
    let mut settings = settings_of_environment(variable);
    if settings.contains_key("TWILIO_ACCOUNT_SID") {
        // An account in the environment means the real Twilio.
        settings.entry("TWILIO_API_BASE".into()).or_insert_with(|| "https://api.twilio.com".into());
    }
    if !settings.contains_key("TWILIO_API_BASE") {
        settings.entry("CONTENT_TEMPLATES".into()).or_insert_with(message_templates::content_templates);
    }
    let database =
        if options.memory { Database::memory().await? } else { Database::file(&options.data.join(DATA)).await? };
    let (changes, events) = (Stream::default(), MemoryEvents::default());
    let messenger = match hooks.messenger {
        Some(wrap) => Some(wrap(messenger(&settings, &secrets)?)),
        None => None,
    };
    let config = SystemConfig {
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
    let system = System::start(config, &auth_token)?;
    if let Some(fake) = &system.twilio {
        message_templates::approve_all(fake);
    }
    let control = Control { system, clock, public_url, changes, events };
    let password = options.demo_password.as_str();
    let seeded = match options.seed() {
        Seed::None => false,
        Seed::Basic => demo::seed(&control.system.app, password).await?,
        Seed::Day => demo_day::seed(&control, password).await?,
    };
    let credentials = seeded.then(|| options.demo_password.clone());
    Ok((Arc::new(control), credentials))
}

fn settings_of_environment(variable: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let names = variables::VARIABLES.iter().map(|variable| variable.name);
    let names = names.filter(|name| !SET_BY_SERVER.contains(name));
    names.filter_map(|name| Some((name.to_owned(), variable(name)?))).collect()
}

fn messenger(settings: &BTreeMap<String, String>, secrets: &MemorySecrets) -> Result<TwilioMessenger, ServeError> {
    let lookup = |name: &str| match name {
        "TABLE_NAME" | "SECRETS_PREFIX" => Some("local".to_owned()),
        _ => settings.get(name).cloned(),
    };
    let settings = Settings::from_lookup(lookup).map_err(system::SystemError::from)?;
    Ok(TwilioMessenger::new(&settings, Arc::new(secrets.clone())))
}

/// The secrets in a folder's [`SECRETS`], created at the first start; without a folder new ones in memory. Returns
/// Twilio's auth token too.
pub(crate) async fn secrets(
    kept: Option<&Path>,
    public_url: &str,
    auth_token: Option<String>,
) -> Result<(MemorySecrets, String), ServeError> {
    let mut fresh = system::secrets(public_url, "");
    let mut stored = system::FAKE_TOKEN.to_owned();
    if let Some(folder) = kept {
        std::fs::create_dir_all(folder)?;
        let file = secrets_file(folder)?;
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

fn secrets_file(data: &Path) -> Result<SecretsFile, ServeError> {
    let twilio = serde_json::json!({ "auth_token": system::random_token() }).to_string();
    SecretsFile::create_if_absent(&data.join(SECRETS), &[(SecretName::Twilio, &twilio)])
        .map_err(|error| ServeError::Secrets(error.to_string()))
}

fn announce(url: &str, options: &ServeOptions, control: &Control, password: Option<&str>) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "citas listens on {url}  (the console; API: {url}/api/docs/)")?;
    let data = if options.memory { "in memory, gone at the end".into() } else { options.data.display().to_string() };
    writeln!(out, "  data    {data}")?;
    match &control.system.twilio {
        Some(_) => writeln!(out, "  Twilio  a fake; what it got: {url}/_dev/twilio/messages/")?,
        None => writeln!(out, "  Twilio  the account of TWILIO_ACCOUNT_SID; it calls {}", control.public_url)?,
    }
    let seeded = if options.seed() == Seed::None {
        "none of ours; `cargo dev citas admin create` creates the first"
    } else {
        "admin@example.com (ADMIN), operator@example.com (OPERATOR)"
    };
    writeln!(out, "  log-ins {seeded}")?;
    if let Some(password) = password {
        writeln!(out, "  both with the password {password}")?;
    } else if options.seed() != Seed::None {
        writeln!(
            out,
            "  with the password they were made with (citas-demo-password unless CITAS_DEMO_PASSWORD was set)"
        )?;
    }
    writeln!(out, "  Ctrl-C stops it")?;
    out.flush()
}

fn routes(control: Arc<Control>) -> axum::Router {
    control::routes().fallback(call_gateway).with_state(control)
}

/// Passes requests outside of `/_dev/` to the functions, as API Gateway would.
async fn call_gateway(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(peer);
    let body = match http_body_util::Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        // The function rejects the body by its length, so the rest isn't needed.
        Err(_) => Bytes::from(vec![b' '; MAX_BODY]),
    };
    control.system.gateway.call(http::Request::from_parts(parts, body)).await.map(Body::from)
}

/// The longest request body that is read, in bytes. API Gateway's limit is 10 MB, the functions' 64 KiB.
const MAX_BODY: usize = 1024 * 1024;

async fn run_scheduled_job(control: Arc<Control>) {
    let mut ticks = tokio::time::interval(JOB_INTERVAL);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if let Err(error) = control.system.run_reminders().await {
            tracing::error!(%error, "the scheduled job failed");
        }
    }
}

/// Publishes committed changes as soon as there are some.
async fn publish_on_change(control: Arc<Control>) {
    loop {
        control.changes.changed().await;
        if let Err(error) = control.publish_changes().await {
            tracing::error!(%error, "publishing committed changes failed");
        }
    }
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM. The handlers are installed at the call, before the start-up text is printed,
/// so that no signal is lost.
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

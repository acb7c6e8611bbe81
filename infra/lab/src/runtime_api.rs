//! Lambda's side of a function: the HTTP API from which a function's binary fetches events, and to
//! which it brings the answers; and the environment that it is started in. For tests of the binaries, and for [`crate::bench::cold_start`].

use crate::bench::peak_kib;
use app::support::ports::SecretName;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use local::database::TABLE_NAME;
use local::system::FAKE_TOKEN;
use platform::secrets::SecretsFile;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::test_app::{PUBLIC_URL, TestApp, Trouble};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::AbortHandle;

/// How long an answer is waited for: a function that has crashed brings none.
const PATIENCE: Duration = Duration::from_secs(30);
/// When a function has to be done, in Unix milliseconds. Emulators send a date in 1970, and functions
/// have to bear it.
const DEADLINE: &str = "600000";

/// A function that runs.
#[derive(Debug)]
pub struct Running {
    process: Child,
    started: Instant,
    ready: watch::Receiver<Option<Instant>>,
    events: mpsc::UnboundedSender<String>,
    answers: mpsc::UnboundedReceiver<Result<String, String>>,
    serving: AbortHandle,
}

/// What the API's handlers share.
struct Exchange {
    /// When an event was first asked for.
    ready: watch::Sender<Option<Instant>>,
    events: Mutex<mpsc::UnboundedReceiver<String>>,
    answers: mpsc::UnboundedSender<Result<String, String>>,
}

impl Running {
    /// Starts a binary with these variables and no others but Lambda's own.
    ///
    /// # Errors
    /// [`Trouble`] of the machine.
    pub async fn start(binary: &Path, environment: &[(&str, String)]) -> Result<Self, Trouble> {
        Self::start_command(Command::new(binary), environment).await
    }

    /// The same by a command, which may put another program around the binary.
    ///
    /// # Errors
    /// [`Trouble`] of the machine.
    pub async fn start_command(mut command: Command, environment: &[(&str, String)]) -> Result<Self, Trouble> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (done, answers) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (asked, ready) = watch::channel(None);
        let exchange = Arc::new(Exchange { ready: asked, events: Mutex::new(waiting), answers: done });
        let serving = tokio::spawn(axum::serve(listener, routes(exchange)).into_future()).abort_handle();
        let started = Instant::now();
        let process = command
            .env_clear()
            .envs(environment.iter().map(|(name, value)| (*name, value)))
            .env("AWS_LAMBDA_RUNTIME_API", address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "under-test")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { process, started, ready, events, answers, serving })
    }

    /// Waits until the function asks for its first event: how long it took since it was started.
    ///
    /// # Errors
    /// It doesn't ask.
    pub async fn ready(&mut self) -> Result<Duration, Trouble> {
        let asked = tokio::time::timeout(PATIENCE, self.ready.wait_for(Option::is_some)).await??;
        Ok(asked.map(|at| at.duration_since(self.started)).unwrap_or_default())
    }

    /// The process's id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The most memory that it has had, in KiB; nothing where the machine doesn't tell.
    #[must_use]
    pub fn peak_kib(&self) -> Option<u64> {
        peak_kib(&self.process.id().to_string())
    }

    /// Asks the process to end, and waits until it has.
    ///
    /// # Errors
    /// [`Trouble`] of the machine.
    pub fn end(mut self) -> Result<(), Trouble> {
        Command::new("kill").arg(self.process.id().to_string()).status()?;
        self.process.wait()?;
        Ok(())
    }

    /// Hands the function an event, and waits for its answer.
    ///
    /// # Errors
    /// There is none, or an error.
    pub async fn invoke(&mut self, event: String) -> Result<Value, Trouble> {
        self.events.send(event)?;
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await?.ok_or("no answer")??;
        Ok(serde_json::from_str(&answer)?)
    }

    /// The same where the answer is one to HTTP: its status and the JSON of its body.
    ///
    /// # Errors
    /// Those of [`Running::invoke`], or it isn't one.
    pub async fn request(&mut self, event: String) -> Result<(u64, Value), Trouble> {
        let answer = self.invoke(event).await?;
        let status = answer.get("statusCode").and_then(Value::as_u64).ok_or("an answer without a status")?;
        Ok((status, serde_json::from_str(answer.get("body").and_then(Value::as_str).unwrap_or_default())?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.serving.abort();
    }
}

fn routes(exchange: Arc<Exchange>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .with_state(exchange)
}

/// Answers when there is something to do.
async fn next(
    State(exchange): State<Arc<Exchange>>,
) -> Result<([(&'static str, &'static str); 4], String), StatusCode> {
    exchange.ready.send_if_modified(|asked| asked.is_none() && asked.replace(Instant::now()).is_none());
    let event = exchange.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = [
        ("lambda-runtime-aws-request-id", "7a1c5e2b-0000-4000-8000-000000000099"),
        ("lambda-runtime-deadline-ms", DEADLINE),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:under-test"),
        ("lambda-runtime-trace-id", "Root=1-6b0408d0-0123456789abcdef01234567;Sampled=0"),
    ];
    Ok((headers, event))
}

async fn response(State(exchange): State<Arc<Exchange>>, body: String) -> StatusCode {
    // Nobody waits any more where this fails.
    let _ = exchange.answers.send(Ok(body));
    StatusCode::ACCEPTED
}

async fn error(State(exchange): State<Arc<Exchange>>, body: String) -> StatusCode {
    let _ = exchange.answers.send(Err(body));
    StatusCode::ACCEPTED
}

/// Secrets in a file, for as long as functions need them.
pub struct Secrets(PathBuf);

impl Secrets {
    /// Makes them, in a folder for what may go at any time.
    ///
    /// # Errors
    /// [`Trouble`] of the machine.
    pub fn new(folder: &Path, name: &str) -> Result<Self, Trouble> {
        let path = folder.join(format!("{name}-{}.secrets.json", std::process::id()));
        let twilio = json!({ "auth_token": FAKE_TOKEN }).to_string();
        SecretsFile::create_if_absent(&path, &[(SecretName::Twilio, &twilio)])?;
        Ok(Self(path))
    }
}

impl Drop for Secrets {
    fn drop(&mut self) {
        // Whoever empties the folder may have been faster.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What the deployment would set, for a table and secrets on this machine.
#[must_use]
pub fn environment(app: &TestApp, secrets: &Secrets) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_DYNAMODB", app.system.database.endpoint().to_owned()),
        ("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "true".to_owned()),
        ("TABLE_NAME", TABLE_NAME.to_owned()),
        ("SECRETS_FILE", secrets.0.display().to_string()),
        ("PUBLIC_BASE_URL", PUBLIC_URL.to_owned()),
        ("LOG_LEVEL", "error".to_owned()),
    ]
}

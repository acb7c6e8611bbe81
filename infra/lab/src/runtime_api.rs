//! Emulates Lambda's runtime API: starts a function's binary in Lambda's environment, hands it events over HTTP and
//! receives its answers. For tests of the binaries and for [`crate::bench::cold_start`].

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
use testkit::test_app::{PUBLIC_URL, TestApp, TestError};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::AbortHandle;

/// How long to wait for an answer, since a crashed function sends none.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The deadline of an invocation, in Unix milliseconds. Emulators send a date in 1970, and functions must accept it.
const DEADLINE: &str = "600000";

/// A running process of a function, and the runtime API that it polls. It is killed when it is dropped.
#[derive(Debug)]
pub struct RunningFunction {
    process: Child,
    started: Instant,
    ready: watch::Receiver<Option<Instant>>,
    events: mpsc::UnboundedSender<String>,
    answers: mpsc::UnboundedReceiver<Result<String, String>>,
    serving: AbortHandle,
}

/// Shared state of the API's handlers.
struct RuntimeState {
    /// When the function first asked for an event.
    ready: watch::Sender<Option<Instant>>,
    events: Mutex<mpsc::UnboundedReceiver<String>>,
    answers: mpsc::UnboundedSender<Result<String, String>>,
}

impl RunningFunction {
    /// Starts a binary with these environment variables and Lambda's own, and no others.
    pub async fn start(binary: &Path, environment: &[(&str, String)]) -> Result<Self, TestError> {
        Self::start_command(Command::new(binary), environment).await
    }

    /// Like [`RunningFunction::start`], for a command that may wrap the binary in another program.
    pub async fn start_command(mut command: Command, environment: &[(&str, String)]) -> Result<Self, TestError> {
        let (events, waiting) = mpsc::unbounded_channel();
        let (done, answers) = mpsc::unbounded_channel();
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (asked, ready) = watch::channel(None);
        let runtime = Arc::new(RuntimeState { ready: asked, events: Mutex::new(waiting), answers: done });
        let serving = tokio::spawn(axum::serve(listener, routes(runtime)).into_future()).abort_handle();
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

    /// Waits until the function asks for its first event. Returns the time since its start.
    pub async fn wait_until_ready(&mut self) -> Result<Duration, TestError> {
        let asked = tokio::time::timeout(ANSWER_TIMEOUT, self.ready.wait_for(Option::is_some)).await??;
        Ok(asked.map(|at| at.duration_since(self.started)).unwrap_or_default())
    }

    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Peak memory in KiB; `None` if the system doesn't report it.
    #[must_use]
    pub fn peak_kib(&self) -> Option<u64> {
        peak_kib(&self.process.id().to_string())
    }

    /// Sends SIGTERM, and waits until the process has ended.
    pub fn end(mut self) -> Result<(), TestError> {
        Command::new("kill").arg(self.process.id().to_string()).status()?;
        self.process.wait()?;
        Ok(())
    }

    /// Hands the function an event, and waits for its answer.
    ///
    /// # Errors
    /// No answer in time, or the error that the function reported.
    pub async fn invoke(&mut self, event: String) -> Result<Value, TestError> {
        self.events.send(event)?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, self.answers.recv()).await?.ok_or("no answer")??;
        Ok(serde_json::from_str(&answer)?)
    }

    /// Like [`RunningFunction::invoke`] for an HTTP event: returns status and JSON body of the response.
    pub async fn request(&mut self, event: String) -> Result<(u64, Value), TestError> {
        let answer = self.invoke(event).await?;
        let status = answer.get("statusCode").and_then(Value::as_u64).ok_or("the answer has no status")?;
        Ok((status, serde_json::from_str(answer.get("body").and_then(Value::as_str).unwrap_or_default())?))
    }
}

impl Drop for RunningFunction {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.serving.abort();
    }
}

fn routes(runtime: Arc<RuntimeState>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(error))
        .with_state(runtime)
}

/// Waits for the next event, and returns it.
async fn next(
    State(runtime): State<Arc<RuntimeState>>,
) -> Result<([(&'static str, &'static str); 4], String), StatusCode> {
    runtime.ready.send_if_modified(|asked| asked.is_none() && asked.replace(Instant::now()).is_none());
    let event = runtime.events.lock().await.recv().await.ok_or(StatusCode::GONE)?;
    let headers = [
        ("lambda-runtime-aws-request-id", "7a1c5e2b-0000-4000-8000-000000000099"),
        ("lambda-runtime-deadline-ms", DEADLINE),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:under-test"),
        ("lambda-runtime-trace-id", "Root=1-6b0408d0-0123456789abcdef01234567;Sampled=0"),
    ];
    Ok((headers, event))
}

async fn response(State(runtime): State<Arc<RuntimeState>>, body: String) -> StatusCode {
    // Fails only if the caller has stopped waiting.
    let _ = runtime.answers.send(Ok(body));
    StatusCode::ACCEPTED
}

async fn error(State(runtime): State<Arc<RuntimeState>>, body: String) -> StatusCode {
    let _ = runtime.answers.send(Err(body));
    StatusCode::ACCEPTED
}

/// A secrets file, removed when it is dropped.
pub struct TemporarySecrets(PathBuf);

impl TemporarySecrets {
    /// Creates the file in a folder for temporary files.
    pub fn new(folder: &Path, name: &str) -> Result<Self, TestError> {
        let path = folder.join(format!("{name}-{}.secrets.json", std::process::id()));
        let twilio = json!({ "auth_token": FAKE_TOKEN }).to_string();
        SecretsFile::create_if_absent(&path, &[(SecretName::Twilio, &twilio)])?;
        Ok(Self(path))
    }
}

impl Drop for TemporarySecrets {
    fn drop(&mut self) {
        // The file may have been removed already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The environment variables that a deployment would set, for a local table and secrets file.
#[must_use]
pub fn environment(app: &TestApp, secrets: &TemporarySecrets) -> Vec<(&'static str, String)> {
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

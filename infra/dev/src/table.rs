//! `cargo dev table`: runs the table and the fake Twilio, for functions that run in other processes.
//!
//! `cargo lambda watch --env-file .local/lambda.env` runs the functions behind Lambda's own API. The file has the
//! variables with which they find this table, the fake Twilio and the secrets. The table is in memory and deleted at
//! the end.

use crate::demo;
use crate::options::TableOptions;
use crate::serve::{ServeError, log_to_stderr, secrets, stop_signals};
use app::support::id_source::IdSource;
use app::support::tuning::Tuning;
use cli::keys::SECRETS;
use local::database::{Database, DatabaseError};
use local::functions::functions;
use local::gateway::Format;
use local::observer::NoObserver;
use local::system::{FAKE_ACCOUNT, FAKE_SENDER, System, SystemConfig};
use platform::clock::SystemClock;
use platform::events::NoEvents;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The file with the functions' environment.
const ENVIRONMENT: &str = "lambda.env";

/// Runs the table until Ctrl-C.
pub async fn serve(options: TableOptions) -> Result<(), ServeError> {
    log_to_stderr();
    let stopped = stop_signals()?;
    let (secrets, auth_token) = secrets(Some(&options.data), &options.public_url, None).await?;
    let database = Database::memory_at(options.port).await.map_err(|error| match error {
        DatabaseError::Io(source) => ServeError::Port { port: options.port, source },
        other => other.into(),
    })?;
    let settings = BTreeMap::from([("DEFAULT_COUNTRY".to_owned(), COUNTRY.to_owned())]);
    let clock = Arc::new(SystemClock);
    let system = System::start(
        SystemConfig {
            database,
            clock,
            secrets,
            settings,
            format: Format::Http,
            events: Arc::new(NoEvents),
            messenger: None,
            archive: None,
            ids: IdSource::default(),
            tuning: Tuning::default(),
            observer: Arc::new(NoObserver),
        },
        &auth_token,
    )?;
    demo::seed(&system.app, &options.demo_password).await?;
    let environment = options.data.join(ENVIRONMENT);
    std::fs::write(&environment, self::environment(&system, &options)?)?;
    announce(&system, &environment)?;
    stopped.await;
    Ok(system.database.stop().await?)
}

/// The country of the demo data.
const COUNTRY: &str = "CO";

/// The functions' environment, one variable a line, as `--env-file` reads it.
fn environment(system: &System, options: &TableOptions) -> Result<String, std::io::Error> {
    let secrets: PathBuf = options.data.canonicalize()?.join(SECRETS);
    let twilio = system.twilio.as_ref().map(|fake| fake.base_url()).unwrap_or_default();
    let secrets = secrets.display().to_string();
    // `cargo lambda watch` invokes a function by the name of its binary.
    let names: Vec<String> = functions().iter().map(|function| format!("{0}={0}", function.name)).collect();
    let variables = [
        // The SDK needs credentials, but any will do.
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL_DYNAMODB", system.database.endpoint()),
        ("AWS_ENDPOINT_URL_LAMBDA", &options.public_url),
        ("API_FUNCTIONS", &names.join(",")),
        ("TABLE_NAME", local::database::TABLE_NAME),
        ("SECRETS_FILE", &secrets),
        ("PUBLIC_BASE_URL", &options.public_url),
        ("DEFAULT_COUNTRY", COUNTRY),
        ("TWILIO_API_BASE", &twilio),
        ("TWILIO_ACCOUNT_SID", FAKE_ACCOUNT),
        ("TWILIO_WHATSAPP_SENDER", FAKE_SENDER),
    ];
    Ok(variables.iter().map(|(name, value)| format!("{name}={value}\n")).collect())
}

fn announce(system: &System, environment: &Path) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "the table listens on {}, in memory, gone at the end", system.database.endpoint())?;
    writeln!(out, "  log-ins    admin@example.com (ADMIN), operator@example.com (OPERATOR)")?;
    writeln!(out, "  functions  cargo lambda watch --env-file {}", environment.display())?;
    writeln!(out, "  Ctrl-C stops it")?;
    out.flush()
}

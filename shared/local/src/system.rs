//! Assembles the whole system in one process: every function behind a gateway, on an embedded DynamoDB, with a fake
//! Twilio. The local server and the tests both run it.

mod jobs;

use crate::database::Database;
use crate::fake_twilio::FakeTwilio;
use crate::functions::{CONSOLE, Function, PREFIXES, functions};
use crate::gateway::{ApiInProcess, BoxedFunction, Format, Gateway, boxed_function};
use crate::memory_secrets::MemorySecrets;
use crate::observer::{self, Observer};
use app::support::id_source::IdSource;
use app::support::ports::{Archive, Clock, EventSink, Messenger, SecretName};
use app::support::tuning::Tuning;
use app::{App, AppParts};
use jobs::Jobs;
use platform::Settings;
use platform::archive::NoArchive;
use platform::messenger::TwilioMessenger;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::{ServiceExt as _, service_fn};

pub struct System {
    /// The app, for use cases without a route.
    pub app: App,
    /// The functions behind their gateway.
    pub gateway: Gateway,
    jobs: Jobs,
    /// The fake Twilio; `None` if the real one is used.
    pub twilio: Option<FakeTwilio>,
    pub secrets: MemorySecrets,
    pub database: Database,
    observer: Arc<dyn Observer>,
}

// The old name, until its last users in infra/tests are renamed.

/// The configuration of a system.
pub struct SystemConfig {
    pub database: Database,
    pub clock: Arc<dyn Clock>,
    pub secrets: MemorySecrets,
    /// Settings, as environment variables: `TWILIO_API_BASE` among them means the real Twilio.
    pub settings: BTreeMap<String, String>,
    /// The format of the gateway's events.
    pub format: Format,
    pub events: Arc<dyn EventSink>,
    /// Sends messages; by default through Twilio's client to the fake or the real Twilio.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// Keeps the seals of the audit trail outside the table; by default nothing is archived.
    pub archive: Option<Arc<dyn Archive>>,
    pub ids: IdSource,
    /// Constants that no setting changes.
    pub tuning: Tuning,
    /// Gets every call that a function makes.
    pub observer: Arc<dyn Observer>,
}

/// The account of the fake Twilio.
pub const FAKE_ACCOUNT: &str = "AC00000000000000000000000000000000";
/// Its WhatsApp sender, of a range of numbers that is not assigned.
pub const FAKE_SENDER: &str = "whatsapp:+12025550100";
/// Its default auth token.
pub const FAKE_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A random token in the form of Twilio's auth tokens.
#[must_use]
pub fn random_token() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Why a system didn't start.
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The settings are wrong.
    #[error(transparent)]
    Settings(#[from] platform::settings::SettingsError),
    #[error("the fake Twilio could not listen")]
    Twilio(#[from] std::io::Error),
}

impl System {
    pub fn start(config: SystemConfig, auth_token: &str) -> Result<Self, SystemError> {
        let SystemConfig {
            database,
            clock,
            secrets,
            mut settings,
            format,
            events,
            messenger,
            archive,
            ids,
            tuning,
            observer,
        } = config;
        let twilio = if settings.contains_key("TWILIO_API_BASE") {
            None
        } else {
            let time = Arc::clone(&clock);
            let fake =
                FakeTwilio::start(FAKE_ACCOUNT.to_owned(), auth_token.to_owned(), Arc::new(move || time.now().utc()))?;
            settings.insert("TWILIO_API_BASE".into(), fake.base_url());
            settings.insert("TWILIO_ACCOUNT_SID".into(), FAKE_ACCOUNT.into());
            settings.insert("TWILIO_WHATSAPP_SENDER".into(), FAKE_SENDER.into());
            Some(fake)
        };
        settings.insert("TABLE_NAME".into(), database.table().name().to_owned());
        settings.entry("SECRETS_PREFIX".into()).or_insert_with(|| "local".into());
        let settings = Settings::from_lookup(|name| settings.get(name).cloned())?;
        let messenger =
            messenger.unwrap_or_else(|| Arc::new(TwilioMessenger::new(&settings, Arc::new(secrets.clone()))));
        let archive = archive.unwrap_or_else(|| Arc::new(NoArchive));
        // In Lambda functions share no memory: each has to read secrets and keys itself.
        let parts = || AppParts {
            table: database.table(),
            clock: Arc::clone(&clock),
            messenger: Arc::clone(&messenger),
            events: Arc::clone(&events),
            archive: Arc::clone(&archive),
            secrets: Arc::new(secrets.clone()),
            country: settings.country,
            messages_per_second: settings.messages_per_second,
            recover_missed_inbound: settings.look_up_inbound,
            second_factor_required: settings.second_factor_required,
            ids: ids.clone(),
            tuning,
            key_cache: app::accounts::authenticate::KeyCache::default(),
        };
        let services: BTreeMap<&str, BoxedFunction> = functions()
            .into_iter()
            .map(|Function { name, router, restrict }| {
                let service = web::service(router, App::new(restrict(parts())));
                (name, acting(&observer, name, boxed_function(service)))
            })
            .collect();
        let mut routes: Vec<(String, BoxedFunction)> = PREFIXES
            .iter()
            .filter_map(|(prefix, name)| Some(((*prefix).to_owned(), services.get(name)?.clone())))
            .collect();
        let jobs = Jobs::new(parts);
        // The console calls the API as a client does.
        let (prefix, name) = CONSOLE;
        let api = Arc::new(ApiInProcess(Gateway::new(routes.clone(), format)));
        let time = Arc::clone(&clock);
        let console = boxed_function(console::service(api, Arc::new(move || time.now())));
        routes.push((prefix.to_owned(), acting(&observer, name, console)));
        let gateway = Gateway::new(routes, format);
        Ok(Self { app: App::new(parts()), gateway, jobs, twilio, secrets, database, observer })
    }

    /// Runs a future as a function of the template, such as `auth-admin`: its calls are reported as that function's.
    pub fn run_as_function<F: Future>(
        &self,
        function: &'static str,
        future: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        observer::run_as_function(&self.observer, function, future)
    }
}

/// Wraps a function so that its calls are reported under its name.
fn acting(observer: &Arc<dyn Observer>, name: &'static str, function: BoxedFunction) -> BoxedFunction {
    let observer = Arc::clone(observer);
    BoxedFunction::new(service_fn(move |request| {
        let (observer, function) = (Arc::clone(&observer), function.clone());
        async move { observer::run_as_function(&observer, name, function.oneshot(request)).await }
    }))
}

/// The secrets of a system. All but Twilio's token and the public URL are random.
#[must_use]
pub fn secrets(public_url: &str, auth_token: &str) -> MemorySecrets {
    let secrets = MemorySecrets::default();
    secrets.set(SecretName::Signing, uuid::Uuid::new_v4().simple().to_string().repeat(2));
    secrets.set(SecretName::Seals, uuid::Uuid::new_v4().simple().to_string().repeat(2));
    secrets.set(SecretName::Cursors, uuid::Uuid::new_v4().simple().to_string().repeat(2));
    secrets.set(SecretName::Twilio, serde_json::json!({ "auth_token": auth_token }).to_string());
    secrets.set(SecretName::PublicUrl, public_url);
    secrets
}

//! The whole of citas in one process: every function behind a gateway, on an embedded DynamoDB, with
//! a Twilio that only pretends. The local server and the tests both run this.

mod jobs;

use crate::database::Database;
use crate::fake_twilio::FakeTwilio;
use crate::functions::{Function, PREFIXES, functions};
use crate::gateway::{BoxedFunction, Format, Gateway, boxed};
use crate::memory_secrets::MemorySecrets;
use crate::observer::{self, Observer};
use app::support::id_source::IdSource;
use app::support::ports::{Archive, Clock, EventSink, Messenger, SecretName};
use app::support::tuning::Tuning;
use app::{App, Parts};
use jobs::Jobs;
use platform::Settings;
use platform::archive::NoArchive;
use platform::messenger::TwilioMessenger;
use std::collections::BTreeMap;
use std::sync::Arc;
use tower::{ServiceExt as _, service_fn};

/// A running system.
pub struct System {
    /// The use cases, for what no route offers.
    pub app: App,
    /// The functions behind their gateway.
    pub gateway: Gateway,
    jobs: Jobs,
    /// Twilio's stand-in, unless the real one is used.
    pub twilio: Option<FakeTwilio>,
    /// The secrets, to be rotated.
    pub secrets: MemorySecrets,
    /// The table's server.
    pub database: Database,
    observer: Arc<dyn Observer>,
}

/// What a system is made of.
pub struct Blueprint {
    /// The table's server.
    pub database: Database,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The secrets.
    pub secrets: MemorySecrets,
    /// Settings, as environment variables: `TWILIO_API_BASE` among them means the real Twilio.
    pub settings: BTreeMap<String, String>,
    /// Which events the gateway makes.
    pub format: Format,
    /// Where events go.
    pub events: Arc<dyn EventSink>,
    /// How messages get out, where not to Twilio's stand-in.
    pub messenger: Option<Arc<dyn Messenger>>,
    /// Where seals of the audit trail are kept besides the table, where anywhere.
    pub archive: Option<Arc<dyn Archive>>,
    /// Where new ids come from.
    pub ids: IdSource,
    /// Numbers that nobody sets.
    pub tuning: Tuning,
    /// Hears of every call that a function makes.
    pub observer: Arc<dyn Observer>,
}

/// The account of the pretended Twilio.
pub const FAKE_ACCOUNT: &str = "AC00000000000000000000000000000000";
/// Its WhatsApp sender: of a range of numbers that nobody has.
pub const FAKE_SENDER: &str = "whatsapp:+12025550100";
/// Its auth token, where nobody chose one.
pub const FAKE_TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A token that looks like one of Twilio's.
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
    /// The pretended Twilio couldn't listen.
    #[error("the fake Twilio could not listen")]
    Twilio(#[from] std::io::Error),
}

impl System {
    /// Starts a system.
    ///
    /// # Errors
    /// [`SystemError`].
    pub fn start(blueprint: Blueprint, auth_token: &str) -> Result<Self, SystemError> {
        let Blueprint {
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
        } = blueprint;
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
        // In Lambda each function has its own memory: what one has read, another one has to read itself.
        let parts = || Parts {
            table: database.table(),
            clock: Arc::clone(&clock),
            messenger: Arc::clone(&messenger),
            events: Arc::clone(&events),
            archive: Arc::clone(&archive),
            secrets: Arc::new(secrets.clone()),
            country: settings.country,
            rate: settings.messages_per_second,
            look_up_inbound: settings.look_up_inbound,
            second_factor_required: settings.second_factor_required,
            ids: ids.clone(),
            tuning,
            keys: app::accounts::authenticate::KeyCache::default(),
        };
        let services: BTreeMap<&str, BoxedFunction> = functions()
            .into_iter()
            .map(|Function { name, router, within }| {
                let service = web::service(router, App::new(within(parts())));
                (name, acting(&observer, name, boxed(service)))
            })
            .collect();
        let routes = PREFIXES
            .iter()
            .filter_map(|(prefix, name)| Some(((*prefix).to_owned(), services.get(name)?.clone())))
            .collect();
        let jobs = Jobs::new(parts);
        let gateway = Gateway::new(routes, format);
        Ok(Self { app: App::new(parts()), gateway, jobs, twilio, secrets, database, observer })
    }

    /// Runs a future as a function of the template, as `auth-admin`: its calls are that function's.
    pub fn acting_as<F: Future>(&self, function: &'static str, future: F) -> impl Future<Output = F::Output> + use<F> {
        observer::acting_as(&self.observer, function, future)
    }
}

/// The function, whose calls are observed as its own.
fn acting(observer: &Arc<dyn Observer>, name: &'static str, function: BoxedFunction) -> BoxedFunction {
    let observer = Arc::clone(observer);
    BoxedFunction::new(service_fn(move |request| {
        let (observer, function) = (Arc::clone(&observer), function.clone());
        async move { observer::acting_as(&observer, name, function.oneshot(request)).await }
    }))
}

/// The secrets of a system: everything but Twilio's token is made up.
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

//! What happens before the first request? [`start`]: logging is set up, the environment is read, the
//! [`App`] is put together with the real thing behind each port that the function [reaches](Reach), and a
//! connection to DynamoDB is made. Secrets and the clients of what few requests need come at their first use.

use crate::archive::{NoArchive, S3Archive};
use crate::aws::{Aws, NoAws};
use crate::clock::SystemClock;
use crate::dynamodb;
use crate::events::{EventBridge, NoEvents};
use crate::messenger::{NoMessenger, TwilioMessenger};
use crate::public_url::WithPublicUrl;
use crate::reach::Reach;
use crate::secrets::{SecretsFile, SecretsManager};
use crate::settings::{SecretsSource, Settings, SettingsError};
use crate::telemetry;
use app::accounts::authenticate::KeyCache;
use app::support::ports::{Archive, EventSink, Messenger, Secrets};
use app::{App, Parts};
use std::sync::Arc;

/// Why there is no app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The environment is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// AWS can't be reached.
    #[error(transparent)]
    Aws(#[from] NoAws),
}

/// Everything that a function does before its first request. What it doesn't [`Reach`] isn't linked into it.
///
/// # Errors
/// [`StartError`].
pub async fn start<R: Reach>() -> Result<App, StartError> {
    let settings = Settings::from_env()?;
    telemetry::init(settings.log_level);
    telemetry::hide_panics();
    let aws = Aws::from_env()?;
    let app = app::<R>(&settings, &aws);
    aws.connect_ahead().await;
    Ok(app)
}

fn app<R: Reach>(settings: &Settings, aws: &Aws) -> App {
    let config = &aws.config;
    let fixed = settings.public_base_url.as_deref();
    let secrets: Arc<dyn Secrets> = match &settings.secrets {
        SecretsSource::Manager { prefix } => {
            Arc::new(WithPublicUrl::new(SecretsManager::new(config.clone(), prefix), fixed))
        }
        SecretsSource::File(path) => Arc::new(WithPublicUrl::new(SecretsFile::new(path), fixed)),
    };
    let messenger: Arc<dyn Messenger> = if R::MESSAGES {
        Arc::new(TwilioMessenger::new(settings, Arc::clone(&secrets)))
    } else {
        Arc::new(NoMessenger)
    };
    let events: Arc<dyn EventSink> = match &settings.event_bus {
        Some(bus) if R::EVENTS => Arc::new(EventBridge::new(config.clone(), bus)),
        _ => Arc::new(NoEvents),
    };
    let archive: Arc<dyn Archive> = match &settings.archive_bucket {
        Some(bucket) if R::ARCHIVE => Arc::new(S3Archive::new(config.clone(), bucket, Arc::new(SystemClock))),
        _ => Arc::new(NoArchive),
    };
    App::new(Parts {
        table: dynamodb::table(config, &settings.table_name),
        clock: Arc::new(SystemClock),
        messenger,
        events,
        archive,
        secrets,
        country: settings.country,
        rate: settings.messages_per_second,
        look_up_inbound: settings.look_up_inbound,
        second_factor_required: settings.second_factor_required,
        ids: app::support::id_source::IdSource::default(),
        tuning: app::support::tuning::Tuning::default(),
        keys: KeyCache::default(),
    })
}

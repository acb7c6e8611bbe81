//! What happens before the first request? [`start`]: logging is set up, the environment is read, and
//! the [`App`] is put together with the real thing behind each port. Nothing is asked over the
//! network yet; secrets and the clients of what few requests need come at their first use.

use crate::aws::{self, NoRegion};
use crate::clock::SystemClock;
use crate::dynamodb;
use crate::events::{EventBridge, NoEvents};
use crate::messenger::TwilioMessenger;
use crate::public_url::WithPublicUrl;
use crate::seal_archive::{NoArchive, S3Archive};
use crate::secrets::{SecretsFile, SecretsManager};
use crate::settings::{SecretsSource, Settings, SettingsError};
use crate::telemetry;
use app::authenticate::KeyCache;
use app::ports::{EventSink, SealArchive, Secrets};
use app::{App, Parts};
use std::sync::Arc;

/// Why there is no app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The environment is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// There is no region.
    #[error(transparent)]
    Region(#[from] NoRegion),
}

/// Everything that a function does before its first request.
///
/// # Errors
/// [`StartError`].
pub async fn start() -> Result<App, StartError> {
    let settings = Settings::from_env()?;
    telemetry::init(settings.log_level);
    telemetry::hide_panics();
    app(&settings).await
}

/// The app of these settings, on AWS.
///
/// # Errors
/// [`StartError::Region`].
pub async fn app(settings: &Settings) -> Result<App, StartError> {
    let config = aws::config().await?;
    let fixed = settings.public_base_url.as_deref();
    let secrets: Arc<dyn Secrets> = match &settings.secrets {
        SecretsSource::Manager { prefix } => {
            Arc::new(WithPublicUrl::new(SecretsManager::new(config.clone(), prefix), fixed))
        }
        SecretsSource::File(path) => Arc::new(WithPublicUrl::new(SecretsFile::new(path), fixed)),
    };
    let events: Arc<dyn EventSink> = match &settings.event_bus {
        Some(bus) => Arc::new(EventBridge::new(config.clone(), bus)),
        None => Arc::new(NoEvents),
    };
    let archive: Arc<dyn SealArchive> = match &settings.seal_bucket {
        Some(bucket) => Arc::new(S3Archive::new(config.clone(), bucket, Arc::new(SystemClock))),
        None => Arc::new(NoArchive),
    };
    Ok(App::new(Parts {
        table: dynamodb::table(&config, &settings.table_name),
        clock: Arc::new(SystemClock),
        messenger: Arc::new(TwilioMessenger::new(settings, Arc::clone(&secrets))),
        events,
        archive,
        secrets,
        country: settings.country,
        rate: settings.messages_per_second,
        look_up_inbound: settings.look_up_inbound,
        second_factor_required: settings.second_factor_required,
        ids: app::id_source::IdSource::default(),
        tuning: app::tuning::Tuning::default(),
        keys: KeyCache::default(),
    }))
}

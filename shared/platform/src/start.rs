//! Starts a function, before its first request: [`start`] sets up logging, reads the environment, builds the [`App`]
//! with the ports that the function [declares](Capabilities), and opens a connection to DynamoDB. Secrets, and clients
//! that few requests need, are loaded at their first use.

use crate::archive::{NoArchive, S3Archive};
use crate::aws::{Aws, AwsConfigError};
use crate::capabilities::Capabilities;
use crate::clock::SystemClock;
use crate::dynamodb;
use crate::events::{EventBridge, NoEvents};
use crate::messenger::{NoMessenger, TwilioMessenger};
use crate::public_url::WithPublicUrl;
use crate::secrets::{SecretsFile, SecretsManager};
use crate::settings::{SecretsSource, Settings, SettingsError};
use crate::telemetry;
use app::accounts::authenticate::KeyCache;
use app::support::ports::{Archive, EventSink, Messenger, Secrets};
use app::{App, AppParts};
use std::sync::Arc;

/// Why a function couldn't start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Aws(#[from] AwsConfigError),
}

/// Does everything that a function needs before its first request. Ports that it doesn't declare aren't linked into it.
pub async fn start<C: Capabilities>(_: C) -> Result<App, StartError> {
    let settings = Settings::from_env()?;
    telemetry::init(settings.log_level);
    telemetry::hide_panics();
    let aws = Aws::from_env()?;
    let app = build_app::<C>(&settings, &aws);
    aws.connect_ahead().await;
    Ok(app)
}

fn build_app<C: Capabilities>(settings: &Settings, aws: &Aws) -> App {
    let config = &aws.config;
    let fixed = settings.public_base_url.as_deref();
    let secrets: Arc<dyn Secrets> = match &settings.secrets {
        SecretsSource::Manager { prefix } => {
            Arc::new(WithPublicUrl::new(SecretsManager::new(config.clone(), prefix), fixed))
        }
        SecretsSource::File(path) => Arc::new(WithPublicUrl::new(SecretsFile::new(path), fixed)),
    };
    let messenger: Arc<dyn Messenger> = if C::MESSAGES {
        Arc::new(TwilioMessenger::new(settings, Arc::clone(&secrets)))
    } else {
        Arc::new(NoMessenger)
    };
    let events: Arc<dyn EventSink> = match &settings.event_bus {
        Some(bus) if C::EVENTS => Arc::new(EventBridge::new(config.clone(), bus)),
        _ => Arc::new(NoEvents),
    };
    let archive: Arc<dyn Archive> = match &settings.archive_bucket {
        Some(bucket) if C::ARCHIVE => Arc::new(S3Archive::new(config.clone(), bucket, Arc::new(SystemClock))),
        _ => Arc::new(NoArchive),
    };
    App::new(AppParts {
        table: dynamodb::table(config, &settings.table_name),
        clock: Arc::new(SystemClock),
        messenger,
        events,
        archive,
        secrets,
        country: settings.country,
        messages_per_second: settings.messages_per_second,
        recover_missed_inbound: settings.look_up_inbound,
        second_factor_required: settings.second_factor_required,
        ids: app::support::id_source::IdSource::default(),
        tuning: app::support::tuning::Tuning::default(),
        key_cache: KeyCache::default(),
    })
}

//! Caches the Twilio client with the secret that it was made of ([`TwilioSession`]), so that after a refused login it
//! can be told whether a newer secret exists.

use crate::settings::Settings;
use crate::twilio_secret::TwilioSecret;
use app::support::ports::{FailureClass, SecretError, SecretName, Secrets, SendOutcome, SendRejection};
use app::support::timeouts;
use domain::time::TimeDelta;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use twilio::{Timeouts, TwilioClient, TwilioConfig};

const TIMEOUTS: Timeouts =
    Timeouts { connect: duration(timeouts::PROVIDER_CONNECTION), total: duration(timeouts::PROVIDER) };

pub(super) const fn duration(time: TimeDelta) -> Duration {
    Duration::from_secs(time.num_seconds().unsigned_abs())
}

pub(super) struct TwilioSession {
    pub(super) client: TwilioClient,
    secret: TwilioSecret,
}

/// The one session of this process.
pub(super) struct SessionCache {
    account_sid: Option<String>,
    api_base: String,
    secrets: Arc<dyn Secrets>,
    current: Mutex<Option<Arc<TwilioSession>>>,
}

/// Why there is no session. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    /// An operator has to correct the configuration.
    #[error("{0}")]
    NotConfigured(&'static str),
    /// Transient.
    #[error(transparent)]
    Secret(SecretError),
    /// Transient.
    #[error("the secret was not read in time")]
    TooLate,
}

impl SessionError {
    /// A secret that can't be read now may be readable later, so it is a transient failure.
    pub(super) fn to_send_outcome(&self) -> SendOutcome {
        match self {
            Self::NotConfigured(meaning) => SendOutcome::Rejected(SendRejection {
                class: FailureClass::Configuration,
                code: None,
                meaning: Some((*meaning).to_owned()),
            }),
            Self::Secret(_) | Self::TooLate => SendOutcome::Rejected(SendRejection::not_attempted()),
        }
    }
}

impl SessionCache {
    pub(super) fn new(settings: &Settings, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            account_sid: settings.twilio_account.clone(),
            api_base: settings.twilio_api_base.clone(),
            secrets,
            current: Mutex::new(None),
        }
    }

    /// Makes the session at the first call.
    pub(super) async fn current(&self) -> Result<Arc<TwilioSession>, SessionError> {
        let mut current = self.current.lock().await;
        if let Some(session) = &*current {
            return Ok(Arc::clone(session));
        }
        let session = self.log_in(self.secret(false).await?)?;
        Ok(Arc::clone(current.insert(session)))
    }

    /// A session with a newer secret than that of `refused`; `None` if there is no newer one.
    pub(super) async fn renew(&self, refused: &TwilioSession) -> Option<Arc<TwilioSession>> {
        let mut current = self.current.lock().await;
        // A concurrent message may have been refused and have renewed the session already.
        if let Some(session) = current.as_ref().filter(|session| session.secret != refused.secret) {
            return Some(Arc::clone(session));
        }
        let secret = self.secret(true).await.ok().filter(|secret| *secret != refused.secret)?;
        let session = self.log_in(secret).ok()?;
        tracing::info!("switched to a newer Twilio secret");
        Some(Arc::clone(current.insert(session)))
    }

    async fn secret(&self, fresh: bool) -> Result<TwilioSecret, SessionError> {
        let text = self.secrets.get(SecretName::Twilio, fresh).await.map_err(SessionError::Secret)?;
        TwilioSecret::parse(&text).map_err(|_| SessionError::NotConfigured("Twilio's secret not configured"))
    }

    fn log_in(&self, secret: TwilioSecret) -> Result<Arc<TwilioSession>, SessionError> {
        let account =
            self.account_sid.as_deref().ok_or(SessionError::NotConfigured("Twilio account not configured"))?;
        let mut config = TwilioConfig::new(secret.credentials(account), TIMEOUTS);
        config.api_base.clone_from(&self.api_base);
        let client = TwilioClient::new(config).map_err(|error| {
            tracing::error!(%error, "rejected the Twilio configuration");
            SessionError::NotConfigured("Twilio account, key or address wrongly configured")
        })?;
        Ok(Arc::new(TwilioSession { client, secret }))
    }
}

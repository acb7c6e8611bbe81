//! Who is logged in, and what stands in the way? A [`Session`] is a client with the secret that it
//! was made of, so that a refused login can be told from one that a newer secret would settle.

use crate::settings::Settings;
use crate::twilio_secret::TwilioSecret;
use app::support::ports::{NoSecret, Refusal, RefusalClass, SecretName, Secrets, Sent};
use std::sync::Arc;
use tokio::sync::Mutex;
use twilio::{Client, Config};

/// A client, and what it logs in with.
pub(super) struct Session {
    pub(super) client: Client,
    secret: TwilioSecret,
}

/// The session of this process.
pub(super) struct Sessions {
    account_sid: Option<String>,
    api_base: String,
    secrets: Arc<dyn Secrets>,
    current: Mutex<Option<Arc<Session>>>,
}

/// Why nothing can be sent. Nothing was.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unready {
    /// It won't work until a person sets something right.
    #[error("{0}")]
    NotConfigured(&'static str),
    /// The secrets couldn't be read this time.
    #[error(transparent)]
    NoSecret(NoSecret),
}

impl Unready {
    /// What that is for the message: a secret that can't be read now may be readable later.
    pub(super) fn outcome(&self) -> Sent {
        match self {
            Self::NotConfigured(meaning) => Sent::Refused(Refusal {
                class: RefusalClass::Configuration,
                code: None,
                meaning: Some((*meaning).to_owned()),
            }),
            Self::NoSecret(_) => Sent::Refused(Refusal::nothing_was_sent()),
        }
    }
}

impl Sessions {
    pub(super) fn new(settings: &Settings, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            account_sid: settings.twilio_account.clone(),
            api_base: settings.twilio_api_base.clone(),
            secrets,
            current: Mutex::new(None),
        }
    }

    /// The session, begun where there is none.
    pub(super) async fn current(&self) -> Result<Arc<Session>, Unready> {
        let mut current = self.current.lock().await;
        if let Some(session) = &*current {
            return Ok(Arc::clone(session));
        }
        let session = self.begin(self.secret(false).await?)?;
        Ok(Arc::clone(current.insert(session)))
    }

    /// A session with a newer secret than the one that was refused; `None` if there is no newer one.
    pub(super) async fn renewed(&self, refused: &Session) -> Option<Arc<Session>> {
        let mut current = self.current.lock().await;
        // Another message may have been refused, and have renewed it, at the same time.
        if let Some(session) = current.as_ref().filter(|session| session.secret != refused.secret) {
            return Some(Arc::clone(session));
        }
        let secret = self.secret(true).await.ok().filter(|secret| *secret != refused.secret)?;
        let session = self.begin(secret).ok()?;
        tracing::info!("logging in to Twilio with a newer secret");
        Some(Arc::clone(current.insert(session)))
    }

    async fn secret(&self, fresh: bool) -> Result<TwilioSecret, Unready> {
        let text = self.secrets.get(SecretName::Twilio, fresh).await.map_err(Unready::NoSecret)?;
        TwilioSecret::parse(&text).map_err(|_| Unready::NotConfigured("Twilio's secret not configured"))
    }

    fn begin(&self, secret: TwilioSecret) -> Result<Arc<Session>, Unready> {
        let account = self.account_sid.as_deref().ok_or(Unready::NotConfigured("Twilio account not configured"))?;
        let mut config = Config::new(secret.credentials(account));
        config.api_base.clone_from(&self.api_base);
        let client = Client::new(config).map_err(|error| {
            tracing::error!(%error, "Twilio's settings are wrong");
            Unready::NotConfigured("Twilio account, key or address wrongly configured")
        })?;
        Ok(Arc::new(Session { client, secret }))
    }
}

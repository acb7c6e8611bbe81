//! Sends messages through Twilio. [`TwilioMessenger`] implements `app`'s messenger port: it adds the sender, the status
//! callback and the approved template, posts once, and reports the outcome.
//!
//! The client is made at the first message, because it needs a secret. If Twilio refuses the login, the secret may have
//! been rotated: it is read again, and if it has changed the message is posted a second time. That can't send it twice,
//! because the refusal is certain.
//!
//! A send takes at most [`timeouts::PROVIDER`] with everything that it needs.

mod mapping;
mod session;
#[cfg(test)]
mod tests;

use crate::public_url::public_url;
use crate::settings::{ContentTemplates, Settings};
use app::messaging::inbound::InboundMedia;
use app::support::ports::{
    InboundLogEntry, MediaError, MediaFile, Messenger, OutboundLogEntry, OutgoingMessage, Secrets, SendOutcome,
};
use app::support::timeouts;
use domain::notification::Address;
use domain::time::Instant;
use futures_util::future::BoxFuture;
pub use mapping::undelivered;
use mapping::{
    address, inbound_since, is_list_login_refused, is_login_refused, new_message, outbound_since, to_send_outcome,
};
use session::{SessionCache, SessionError, TwilioSession, duration};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant as Monotonic, timeout_at};
use twilio::send_error::UnknownCause;
use twilio::{Accepted, MediaRef, MessageQuery, MessageRecord, NewMessage, SendError};

/// Messages per page of a list: Twilio's maximum, because every page is a round trip.
const PAGE_SIZE: u16 = 1000;

pub struct TwilioMessenger {
    account: Option<String>,
    sender: Option<String>,
    templates: ContentTemplates,
    secrets: Arc<dyn Secrets>,
    sessions: SessionCache,
    /// Of a send.
    time_limit: Duration,
}

impl TwilioMessenger {
    /// Without an account or a sender in the settings, it rejects each message with that reason.
    #[must_use]
    pub fn new(settings: &Settings, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            account: settings.twilio_account.clone(),
            sender: settings.whatsapp_sender.as_deref().map(address),
            templates: settings.content_templates.clone(),
            sessions: SessionCache::new(settings, Arc::clone(&secrets)),
            secrets,
            time_limit: duration(timeouts::PROVIDER),
        }
    }

    async fn try_send(&self, outgoing: &OutgoingMessage) -> Result<SendOutcome, SessionError> {
        let deadline = Monotonic::now() + self.time_limit;
        let sender = self.sender.as_deref().ok_or(SessionError::NotConfigured("WhatsApp sender not configured"))?;
        let prepared = async {
            let session = self.sessions.current().await?;
            let url = public_url(&*self.secrets).await.map_err(SessionError::Secret)?;
            Ok::<_, SessionError>((session, url))
        };
        let (session, url) = timeout_at(deadline, prepared).await.map_err(|_| SessionError::TooLate)??;
        let message = new_message(outgoing, sender, &self.templates, &url);
        let mut outcome = create_message(&session, &message, deadline).await;
        if outcome.as_ref().is_err_and(is_login_refused)
            && let Ok(Some(renewed)) = timeout_at(deadline, self.sessions.renew(&session)).await
        {
            outcome = create_message(&renewed, &message, deadline).await;
        }
        if let Err(error) = &outcome {
            tracing::warn!(outcome = error.kind(), code = error.code(), "provider did not confirm the send");
        }
        Ok(to_send_outcome(outcome))
    }

    async fn list_outbound(&self, to: &Address, since: Instant) -> Option<Vec<OutboundLogEntry>> {
        let (to, from) = (Some(address(&to.0)), Some(self.sender.clone()?));
        let query = MessageQuery { to, from, page_size: Some(PAGE_SIZE), ..MessageQuery::default() };
        self.list(&query).await.map(|records| outbound_since(records, since))
    }

    async fn list_inbound(&self, since: Instant) -> Option<Vec<InboundLogEntry>> {
        let query = MessageQuery {
            to: Some(self.sender.clone()?),
            sent_from: Some(since.utc_day()),
            page_size: Some(PAGE_SIZE),
            ..MessageQuery::default()
        };
        self.list(&query).await.map(|records| inbound_since(records, since))
    }

    async fn try_media(&self, media: &InboundMedia, limit: usize) -> Result<MediaFile, MediaError> {
        let media = MediaRef::new(&media.message_sid, &media.media_sid).ok_or(MediaError::NotFound)?;
        let session = self.sessions.current().await.map_err(|_| MediaError::Unavailable)?;
        let mut file = session.client.fetch_media(&media, limit).await;
        if file == Err(twilio::MediaError::Unauthorized)
            && let Some(renewed) = self.sessions.renew(&session).await
        {
            file = renewed.client.fetch_media(&media, limit).await;
        }
        match file {
            Ok(file) => Ok(MediaFile { content_type: file.content_type, bytes: file.bytes }),
            Err(twilio::MediaError::NotFound) => Err(MediaError::NotFound),
            Err(twilio::MediaError::TooLong) => Err(MediaError::TooLong),
            Err(error) => {
                tracing::warn!(%error, "failed to get a file from the provider");
                Err(MediaError::Unavailable)
            }
        }
    }

    /// `None` if Twilio can't be asked, which is logged.
    async fn list(&self, query: &MessageQuery) -> Option<Vec<MessageRecord>> {
        let session = self.sessions.current().await.ok()?;
        let mut list = session.client.list_messages(query).await;
        if list.as_ref().is_err_and(is_list_login_refused)
            && let Some(renewed) = self.sessions.renew(&session).await
        {
            list = renewed.client.list_messages(query).await;
        }
        list.inspect_err(|error| tracing::warn!(%error, "failed to list messages at Twilio")).ok()
    }
}

/// Posts a message. Whether it was accepted is unknown if there is no answer until the deadline.
async fn create_message(
    session: &TwilioSession,
    message: &NewMessage,
    deadline: Monotonic,
) -> Result<Accepted, SendError> {
    let answer = timeout_at(deadline, session.client.create_message(message)).await;
    answer.unwrap_or(Err(SendError::Unknown { cause: UnknownCause::Timeout }))
}

impl Messenger for TwilioMessenger {
    fn is_own_account(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|own| own == account)
    }

    fn send<'a>(&'a self, message: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        Box::pin(async move {
            self.try_send(message).await.unwrap_or_else(|error| {
                tracing::error!(reason = %error, "could not send a message");
                error.to_send_outcome()
            })
        })
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(self.list_outbound(to, since))
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(self.list_inbound(since))
    }

    fn media<'a>(&'a self, media: &'a InboundMedia, limit: usize) -> BoxFuture<'a, Result<MediaFile, MediaError>> {
        Box::pin(async move {
            let file = tokio::time::timeout(self.time_limit, self.try_media(media, limit)).await;
            file.unwrap_or(Err(MediaError::Unavailable))
        })
    }
}

/// For a function that doesn't send messages: it rejects each message and logs an error.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMessenger;

impl Messenger for NoMessenger {
    fn is_own_account(&self, _: &str) -> bool {
        false
    }

    fn send<'a>(&'a self, _: &'a OutgoingMessage) -> BoxFuture<'a, SendOutcome> {
        let error = SessionError::NotConfigured("this function sends no messages");
        tracing::error!(reason = %error, "could not send a message");
        Box::pin(std::future::ready(error.to_send_outcome()))
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<OutboundLogEntry>>> {
        Box::pin(std::future::ready(None))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<InboundLogEntry>>> {
        Box::pin(std::future::ready(None))
    }
}

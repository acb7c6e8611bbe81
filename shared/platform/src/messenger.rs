//! How does a message get to Twilio? [`TwilioMessenger`] is `app`'s messenger: it fills in who sends,
//! where Twilio shall report, and which approved template stands for a reminder; posts once; and
//! says what is known of the outcome.
//!
//! Its client is made at the first message, since it needs a secret. Where Twilio refuses the login,
//! the secret may have been rotated: it is read again, and if it did change the message is posted a
//! second time, which is no second message, because the refusal is certain.

mod mapping;
mod session;
#[cfg(test)]
mod tests;

use crate::public_url::public_url;
use crate::settings::{ContentTemplates, Settings};
use app::support::ports::{Messenger, Outgoing, ReceivedBefore, Secrets, Sent, SentBefore};
use domain::notification::Address;
use domain::time::Instant;
use futures_util::future::BoxFuture;
use mapping::{address, inbound_since, is_login_list, is_login_refused, new_message, outbound_since, sent};
use session::{Sessions, Unready};
use std::sync::Arc;
use twilio::{MessageQuery, MessageRecord};

/// Messages per page of a list: Twilio's most, since every page is a round trip.
const PAGE_SIZE: u16 = 1000;

/// Sends through Twilio.
pub struct TwilioMessenger {
    account: Option<String>,
    sender: Option<String>,
    templates: ContentTemplates,
    secrets: Arc<dyn Secrets>,
    sessions: Sessions,
}

impl TwilioMessenger {
    /// A messenger of the account and sender in the settings. Where they aren't set, it refuses
    /// each message and says so.
    #[must_use]
    pub fn new(settings: &Settings, secrets: Arc<dyn Secrets>) -> Self {
        Self {
            account: settings.twilio_account.clone(),
            sender: settings.whatsapp_sender.as_deref().map(address),
            templates: settings.content_templates.clone(),
            sessions: Sessions::new(settings, Arc::clone(&secrets)),
            secrets,
        }
    }

    async fn try_send(&self, outgoing: &Outgoing) -> Result<Sent, Unready> {
        let sender = self.sender.as_deref().ok_or(Unready::NotConfigured("WhatsApp sender not configured"))?;
        let session = self.sessions.current().await?;
        let url = public_url(&*self.secrets).await.map_err(Unready::NoSecret)?;
        let message = new_message(outgoing, sender, &self.templates, &url);
        let mut outcome = session.client.create_message(&message).await;
        if outcome.as_ref().is_err_and(is_login_refused)
            && let Some(renewed) = self.sessions.renewed(&session).await
        {
            outcome = renewed.client.create_message(&message).await;
        }
        if let Err(error) = &outcome {
            tracing::warn!(outcome = error.kind(), code = error.code(), "the message was not simply accepted");
        }
        Ok(sent(outcome))
    }

    async fn try_list(&self, to: &Address, since: Instant) -> Option<Vec<SentBefore>> {
        let (to, from) = (Some(address(&to.0)), Some(self.sender.clone()?));
        let query = MessageQuery { to, from, page_size: Some(PAGE_SIZE), ..MessageQuery::default() };
        self.list(&query).await.map(|records| outbound_since(records, since))
    }

    async fn try_list_inbound(&self, since: Instant) -> Option<Vec<ReceivedBefore>> {
        let query = MessageQuery {
            to: Some(self.sender.clone()?),
            sent_from: Some(since.utc_day()),
            page_size: Some(PAGE_SIZE),
            ..MessageQuery::default()
        };
        self.list(&query).await.map(|records| inbound_since(records, since))
    }

    /// A list of Twilio's; `None` and a line in the log where there is none.
    async fn list(&self, query: &MessageQuery) -> Option<Vec<MessageRecord>> {
        let session = self.sessions.current().await.ok()?;
        let mut list = session.client.list_messages(query).await;
        if list.as_ref().is_err_and(is_login_list)
            && let Some(renewed) = self.sessions.renewed(&session).await
        {
            list = renewed.client.list_messages(query).await;
        }
        list.inspect_err(|error| tracing::warn!(%error, "Twilio's messages could not be looked up")).ok()
    }
}

impl Messenger for TwilioMessenger {
    fn is_own_account(&self, account: &str) -> bool {
        self.account.as_deref().is_none_or(|own| own == account)
    }

    fn send<'a>(&'a self, message: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(async move {
            self.try_send(message).await.unwrap_or_else(|unready| {
                tracing::error!(reason = %unready, "no message can be sent");
                unready.outcome()
            })
        })
    }

    fn sent_since<'a>(&'a self, to: &'a Address, since: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(self.try_list(to, since))
    }

    fn received_since(&self, since: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(self.try_list_inbound(since))
    }
}

/// For a function that sends nothing: a message is refused, and the log says that something is amiss with us.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoMessenger;

impl Messenger for NoMessenger {
    fn is_own_account(&self, _: &str) -> bool {
        false
    }

    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, Sent> {
        let unready = Unready::NotConfigured("this function sends no messages");
        tracing::error!(reason = %unready, "no message can be sent");
        Box::pin(std::future::ready(unready.outcome()))
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(std::future::ready(None))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(std::future::ready(None))
    }
}

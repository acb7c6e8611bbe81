//! A messenger that sends nothing: an import tells nobody.

use app::ports::{Messenger, Outgoing, ReceivedBefore, Refusal, Sent, SentBefore};
use domain::notification::Address;
use domain::time::Instant;
use futures_util::future::{BoxFuture, ready};

/// It never gets a message, and would send none.
#[derive(Debug, Clone, Copy)]
pub struct NoMessages;

impl Messenger for NoMessages {
    fn send<'a>(&'a self, _: &'a Outgoing) -> BoxFuture<'a, Sent> {
        Box::pin(ready(Sent::Refused(Refusal::nothing_was_sent())))
    }

    fn is_own_account(&self, _: &str) -> bool {
        false
    }

    fn sent_since<'a>(&'a self, _: &'a Address, _: Instant) -> BoxFuture<'a, Option<Vec<SentBefore>>> {
        Box::pin(ready(None))
    }

    fn received_since(&self, _: Instant) -> BoxFuture<'_, Option<Vec<ReceivedBefore>>> {
        Box::pin(ready(None))
    }
}

//! Messages that the provider's own opt-out handling recognised. It has answered them itself, and refuses our messages to
//! the number from then on, so they count whatever their text says, and are not answered again.

use super::interpretation::Requested;
use super::message_handler::MessageOutcome;
use store::inbound::{Inbound, OptOutKeyword};

/// What the provider took the message for, if it did.
pub(super) fn requested_by_keyword(message: &Inbound) -> Option<Requested> {
    message.opt_out_keyword.map(|keyword| match keyword {
        OptOutKeyword::Stop => Requested::OptOut,
        OptOutKeyword::Start => Requested::OptIn,
    })
}

/// The outcome without the reply that the provider has given already.
pub(super) fn without_second_reply(message: &Inbound, outcome: MessageOutcome) -> MessageOutcome {
    let reply = outcome.reply.filter(|_| message.opt_out_keyword.is_none());
    MessageOutcome { reply, ..outcome }
}

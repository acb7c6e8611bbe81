//! How the reply to an inbound message gets to the sender.

use domain::ids::NotificationId;
use domain::notification::MessageText;

/// How the reply gets to the sender.
pub(super) enum ReplyDelivery {
    NoReply,
    Notification(NotificationId),
    /// In the response to the webhook, if no appointment is known that a notification could belong to.
    WebhookResponse(MessageText),
}

/// What is to be sent after a message was processed.
pub(super) struct Processed {
    /// Answers of staff that were kept for it, in their order. They come before the reply.
    pub(super) released: Vec<NotificationId>,
    pub(super) delivery: ReplyDelivery,
}

impl From<ReplyDelivery> for Processed {
    fn from(delivery: ReplyDelivery) -> Self {
        Self { released: Vec::new(), delivery }
    }
}

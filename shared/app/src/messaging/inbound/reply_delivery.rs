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

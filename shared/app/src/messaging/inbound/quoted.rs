//! The notification that an inbound message refers to: by its pressed button, or by the message that it quotes.

use crate::App;
use crate::support::error::AppError;
use domain::ids::{Id as _, NotificationId};
use domain::notification::Notification;
use domain::phone::MatchKey;
use domain::reply::parse_button;
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::MessageRow;

#[derive(Debug)]
pub(super) enum QuotedNotification {
    None,
    /// One that was never sent to this number, so the sender may not answer it.
    OtherRecipient,
    Notification(Box<Notification>),
}

/// Looks up the notification that an inbound message refers to.
pub(super) async fn quoted_notification(
    app: &App,
    message: &Inbound,
    number: &MatchKey,
) -> Result<QuotedNotification, AppError> {
    let pressed = message.button_payload.as_deref().and_then(parse_button);
    let id = match (pressed.and_then(|pressed| NotificationId::parse(pressed.reference)), &message.original_sid) {
        (None, Some(sid)) => app.table.get::<MessageRow>(&Key::message(sid)).await?.map(|row| row.notification),
        (pressed, _) => pressed,
    };
    let Some(id) = id else { return Ok(QuotedNotification::None) };
    let row = app.table.get::<Notification>(&Key::notification(id)).await?;
    let from = MatchKey::of(&message.from.0);
    let own = row.filter(|row| {
        // An answer goes to the address that wrote, whose number may be hidden. Only the recipient of a message can quote
        // it, whatever address Twilio reports.
        let is_quoted = from.is_hidden() && row.external_id.is_some() && row.external_id == message.original_sid;
        is_quoted || row.to.as_ref().is_some_and(|to| [number, &from].contains(&&MatchKey::of(&to.0)))
    });
    Ok(own.map_or(QuotedNotification::OtherRecipient, |row| QuotedNotification::Notification(Box::new(row))))
}

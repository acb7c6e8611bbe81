//! The answer to a dry run of a booking or an action.

use crate::appointment::AppointmentView;
use crate::notification::{recipient, template_name};
use crate::values::DateTime;
use crate::{Params, View};
use app::appointments::preview::Preview;
use domain::notification::{Notification, NotificationKind};

#[derive(Debug, Params)]
pub struct PreviewParams {
    /// `true`: change nothing; the answer is 200 with the schema `PreviewView`: the appointment as it would be, and the
    /// messages that the patient would get. What would be refused is refused alike.
    dry_run: Option<bool>,
}

impl PreviewParams {
    #[must_use]
    pub fn is_dry_run(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }
}

/// What a change of an appointment would result in.
#[derive(Clone, View)]
pub struct PreviewView {
    /// The appointment after the change, or the new one. The id of a new one isn't kept.
    appointment: AppointmentView,
    /// The new messages that the patient would get, by `due_at`. One that is due later isn't sent if it isn't true by then.
    messages: Vec<MessagePreviewView>,
}

/// A message that a patient would get.
#[derive(Clone, View)]
pub struct MessagePreviewView {
    kind: NotificationKind,
    /// Message template and language.
    template: String,
    /// Phone number of the recipient.
    to: Option<String>,
    text: Option<String>,
    due_at: DateTime,
}

impl From<&Preview> for PreviewView {
    fn from(preview: &Preview) -> Self {
        Self {
            appointment: AppointmentView::from(&preview.appointment),
            messages: preview.messages.iter().map(Into::into).collect(),
        }
    }
}

impl From<&Notification> for MessagePreviewView {
    fn from(row: &Notification) -> Self {
        Self {
            kind: row.kind,
            template: template_name(row),
            to: recipient(row),
            text: row.text.as_ref().map(|text| text.0.clone()),
            due_at: DateTime::new(row.due_at, row.zone),
        }
    }
}

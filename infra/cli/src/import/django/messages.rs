//! Imports the messages that the old service sent, each with a final status, so that nothing is sent again.

use super::super::dump::{DumpRow, NOTIFICATION};
use super::super::old_ids;
use super::super::rejection::{self, RowRejection};
use super::super::report::RowError;
use super::DjangoImport;
use app::integration::import::ImportedMessage;
use domain::notification::{Address, NotificationKind, NotificationStatus};
use domain::phone::Phone;
use domain::text::fold;
use domain::violation::{Rule, Violations};

/// The statuses of a message in the old service, which are Twilio's.
const STATES: &[&str] = &[
    "pending",
    "queued",
    "accepted",
    "scheduled",
    "sending",
    "sent",
    "delivered",
    "read",
    "undelivered",
    "failed",
    "canceled",
];

impl DjangoImport<'_> {
    /// Parses a message. `to_come` is whether its appointment is active and in the future.
    pub(super) fn message(&mut self, pk: u64, row: &DumpRow, to_come: bool) -> Result<ImportedMessage, RowRejection> {
        let mut v = Violations::default();
        let channel = fold(row.text("channel"));
        if !channel.is_empty() && channel != "whatsapp" {
            v.add("channel", Rule::OneOf(&["whatsapp"]));
        }
        let status = fold(row.text("status")).replace("cancelled", "canceled");
        if !STATES.contains(&status.as_str()) {
            v.add("status", Rule::OneOf(STATES));
        }
        let sid = Some(row.text("external_id")).filter(|sid| !sid.is_empty()).map(str::to_owned);
        if sid.as_deref().is_some_and(|sid| !is_twilio_sid(sid)) {
            v.add("external_id", Rule::Id);
        }
        let delivered_at = row.instant("delivered_at", self.zone);
        let delivered_at = if row.text("delivered_at").is_empty() { Ok(None) } else { delivered_at.map(Some) };
        let delivered_at = v.take_optional("delivered_at", delivered_at);
        let at = v.take("created_at", row.instant("created_at", self.zone));
        let at = v.finish(at)?.min(self.app.now());
        if let Some(sid) = &sid {
            let value = ("external_id".to_owned(), sid.clone());
            if let Some(other) = self.unique_values.get(&value).filter(|other| **other != pk) {
                let same = format!("The same as {NOTIFICATION} {other}.");
                return Err(RowRejection::Invalid(vec![RowError::invalid("external_id", same)]));
            }
            self.unique_values.insert(value, pk);
        }
        let number = row.text("to").trim_start_matches("whatsapp:");
        // A message to a number that isn't valid can't have been delivered, and the patient's number is known.
        let to = Phone::parse(number, self.app.country).ok().map(|phone| Address(phone.as_str().to_owned()));
        let is_reminder = fold(row.text("template")).contains("remind") || row.text("template").is_empty();
        Ok(ImportedMessage {
            id: old_ids::id(NOTIFICATION, pk),
            kind: if is_reminder { NotificationKind::Reminder } else { NotificationKind::Notice },
            to,
            status: final_status(&status, sid.is_some(), delivered_at.is_some(), to_come),
            sid,
            at,
            delivered_at,
        })
    }

    /// Rejects a row whose appointment is not in the dump.
    pub(super) fn reject_orphan(&mut self, model: &'static str, pk: u64, error: RowError) {
        self.report.record_rejected(model, pk, vec![error]);
        self.progress.advance(1);
    }
}

/// The final status of a message. It is `unknown`, and needs attention, if it is not known whether the message was
/// sent and the appointment is still to come.
fn final_status(status: &str, has_sid: bool, has_arrived: bool, to_come: bool) -> NotificationStatus {
    match status {
        "failed" => NotificationStatus::Failed,
        "canceled" => NotificationStatus::Cancelled,
        "pending" if !has_sid => NotificationStatus::Expired,
        _ if !has_sid && to_come => NotificationStatus::Unknown,
        _ if !has_sid => NotificationStatus::Expired,
        "read" => NotificationStatus::Read,
        "undelivered" => NotificationStatus::Undelivered,
        "delivered" => NotificationStatus::Delivered,
        _ if has_arrived => NotificationStatus::Delivered,
        _ => NotificationStatus::Sent,
    }
}

/// Whether it has the form of a Twilio message id.
fn is_twilio_sid(sid: &str) -> bool {
    let (kind, number) = sid.split_at_checked(2).unwrap_or_default();
    matches!(kind, "SM" | "MM") && number.len() == 32 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The error for a field whose value is not one of the choices.
pub(super) fn invalid_choice(field: &str, choices: &'static [&'static str]) -> RowError {
    RowError::invalid(field, rejection::rule_text(&Rule::OneOf(choices)))
}

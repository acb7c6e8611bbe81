//! Messages that the old service sent: settled, whatever became of them.

use super::super::dump::{NOTIFICATION, Row};
use super::super::old_ids;
use super::super::refusal::{self, Refusal};
use super::super::report::Complaint;
use super::Import;
use app::integration::import::OldMessage;
use domain::notification::{Address, NotificationKind, NotificationStatus};
use domain::phone::Phone;
use domain::text::fold;
use domain::violation::{Rule, Violations};

/// The states of a message in the old service, which were Twilio's.
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

impl Import<'_> {
    /// Reads a message. `to_come` says whether the appointment that it is about is still to take place.
    pub(super) fn message(&mut self, pk: u64, row: &Row, to_come: bool) -> Result<OldMessage, Refusal> {
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
        if sid.as_deref().is_some_and(|sid| !is_twilios(sid)) {
            v.add("external_id", Rule::Id);
        }
        let delivered_at = row.instant("delivered_at", self.zone);
        let delivered_at = if row.text("delivered_at").is_empty() { Ok(None) } else { delivered_at.map(Some) };
        let delivered_at = v.take_optional("delivered_at", delivered_at);
        let at = v.take("created_at", row.instant("created_at", self.zone));
        let at = v.finish(at)?.min(self.app.now());
        if let Some(sid) = &sid {
            let value = ("external_id".to_owned(), sid.clone());
            if let Some(other) = self.taken.get(&value).filter(|other| **other != pk) {
                let same = format!("The same as {NOTIFICATION} {other}.");
                return Err(Refusal::Row(vec![Complaint::wrong("external_id", same)]));
            }
            self.taken.insert(value, pk);
        }
        let number = row.text("to").trim_start_matches("whatsapp:");
        // Where it can't be read nothing could have arrived there, and the patient's number is known.
        let to = Phone::parse(number, self.app.country).ok().map(|phone| Address(phone.as_str().to_owned()));
        let reminds = fold(row.text("template")).contains("remind") || row.text("template").is_empty();
        Ok(OldMessage {
            id: old_ids::id(NOTIFICATION, pk),
            kind: if reminds { NotificationKind::Reminder } else { NotificationKind::Notice },
            to,
            status: settled(&status, sid.is_some(), delivered_at.is_some(), to_come),
            sid,
            at,
            delivered_at,
        })
    }

    /// Refuses a row about an appointment that isn't there.
    pub(super) fn refuse_with_appointment(&mut self, model: &'static str, pk: u64, complaint: Complaint) {
        self.report.refuse(model, pk, vec![complaint]);
        self.progress.done(1);
    }
}

/// What became of a message. Where nobody can tell and it matters, a person decides: never the job.
fn settled(status: &str, has_sid: bool, has_arrived: bool, to_come: bool) -> NotificationStatus {
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

/// Whether an id has the form of Twilio's.
fn is_twilios(sid: &str) -> bool {
    let (kind, number) = sid.split_at_checked(2).unwrap_or_default();
    matches!(kind, "SM" | "MM") && number.len() == 32 && number.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What is said of a field that is missing or unreadable.
pub(super) fn unknown(field: &str, choices: &'static [&'static str]) -> Complaint {
    Complaint::wrong(field, refusal::rule(&Rule::OneOf(choices)))
}

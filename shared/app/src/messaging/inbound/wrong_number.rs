//! Messages that say that the sender isn't the patient: the number goes into quarantine for that patient.

use super::message_handler::{MessageHandler, MessageOutcome, Understanding};
use super::quoted::QuotedNotification;
use super::sender::patients_of_sender;
use super::who_may_act::SenderJudgement;
use crate::messaging::quarantine::quarantine;
use crate::support::error::AppError;
use domain::ids::PatientId;
use domain::messages::Reply;
use domain::notification::Notification;
use domain::patient::Patient;
use domain::reply::{WrongNumber, read_wrong_number};
use domain::time::Instant;
use store::keys::Key;
use store::notification::RemindedAppointment;
use store::patterns;

impl MessageHandler<'_> {
    /// The outcome of a message that says that the sender isn't the patient; `None` for any other. A person looks at it.
    pub(super) async fn quarantine_if_wrong_number(
        &mut self,
        judgement: &SenderJudgement<'_>,
    ) -> Result<Option<MessageOutcome>, AppError> {
        let readable = self.message.readable.as_ref().filter(|_| self.message.button_payload.is_none());
        let Some(read) = readable.and_then(|text| read_wrong_number(&text.0)) else { return Ok(None) };
        let patients = patients_of_sender(self.uow.app, self.message).await?;
        let about = self.patients_meant(&read, patients, judgement).await?;
        // A name that none of them has.
        if read.is_named() && about.is_empty() {
            return Ok(None);
        }
        quarantine(&mut self.uow, &self.message.number(), &about).await?;
        let outcome = self.leave_to_staff(Reply::WrongNumber, Understanding::HandedOver, judgement.conversation);
        Ok(Some(outcome))
    }

    /// The patients whom the message is about: those whom it names, else the one of the quoted message or of the last
    /// reminder, else all of the number.
    async fn patients_meant(
        &self,
        read: &WrongNumber,
        mut patients: Vec<Patient>,
        judgement: &SenderJudgement<'_>,
    ) -> Result<Vec<Patient>, AppError> {
        patients.retain(|patient| read.is_about(patient.profile.full_name().as_str()));
        if read.is_named() || patients.len() < 2 {
            return Ok(patients);
        }
        let meant = match judgement.quoted {
            QuotedNotification::Notification(quoted) => Some(quoted.patient),
            QuotedNotification::None | QuotedNotification::OtherRecipient => self.last_reminded().await?,
        };
        if patients.iter().any(|patient| Some(patient.id) == meant) {
            patients.retain(|patient| Some(patient.id) == meant);
        }
        Ok(patients)
    }

    /// The patient of the last reminder, unless several went out at the same time.
    async fn last_reminded(&self) -> Result<Option<PatientId>, AppError> {
        let pattern = patterns::reminded_appointments(&self.message.number(), self.uow.now);
        let reminded: Vec<RemindedAppointment> = self.uow.app.table.query_all(&pattern).await?;
        let keys: Vec<Key> = reminded.iter().map(|row| Key::notification(row.notification)).collect();
        let mut batch = self.uow.app.table.batch(&keys).await?;
        let mut sent: Vec<(Instant, PatientId)> = Vec::new();
        for key in &keys {
            let row = batch.take::<Notification>(key)?;
            sent.extend(row.and_then(|row| row.sent_at.map(|at| (at, row.patient))));
        }
        let last = sent.iter().map(|(at, _)| *at).max();
        sent.retain(|(at, _)| Some(*at) == last);
        sent.dedup_by_key(|(_, patient)| *patient);
        Ok(sent.first().filter(|_| sent.len() == 1).map(|(_, patient)| *patient))
    }
}

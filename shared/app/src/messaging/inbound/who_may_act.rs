//! Whether the sender of a message may act on the appointment that it is about: only if the number stood for its patient
//! when the message arrived. A number that was corrected or removed since, or is in quarantine, reaches a person.

use super::interpretation::Requested;
use super::message_handler::{MessageHandler, MessageOutcome, Understanding};
use super::not_understood::staff_took_over;
use super::quoted::QuotedNotification;
use super::resolved_appointment::ResolvedAppointment;
use crate::support::error::AppError;
use domain::appointment::Appointment;
use domain::attention::AttentionKind;
use domain::ids::PatientId;
use domain::messages::Reply;
use std::collections::BTreeSet;
use store::conversation::Conversation;

/// Leaves only the appointments of the sender's patients. Returns the appointment that the sender may not act on, if the
/// message was about one, or if no other appointment is left.
pub(super) fn restrict(
    resolved: ResolvedAppointment,
    patients: &BTreeSet<PatientId>,
) -> (ResolvedAppointment, Option<Appointment>) {
    let is_own = |appointment: &Appointment| patients.contains(&appointment.patient);
    let ResolvedAppointment { appointment, candidates, known_through } = resolved;
    let found = candidates.len();
    let (mut own, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_own);
    let (known_through, unknown) = partition(known_through, is_own);
    let (appointment, mut refused) = partition(appointment, is_own);
    if refused.is_none() && appointment.is_none() && own.is_empty() && known_through.is_none() {
        refused = others.into_iter().next().or(unknown);
    }
    if own.len() == 1 && found > 1 {
        return (ResolvedAppointment::of(own.pop()), refused);
    }
    let known_through = known_through.filter(|_| refused.is_none());
    (ResolvedAppointment { appointment, candidates: own, known_through }, refused)
}

fn partition(
    appointment: Option<Appointment>,
    is_own: impl Fn(&Appointment) -> bool,
) -> (Option<Appointment>, Option<Appointment>) {
    match appointment {
        Some(appointment) if is_own(&appointment) => (Some(appointment), None),
        other => (None, other),
    }
}

/// What a sender is judged by.
pub(super) struct SenderJudgement<'a> {
    pub(super) quoted: &'a QuotedNotification,
    pub(super) conversation: &'a Conversation,
    /// The appointment that the sender may not act on.
    pub(super) refused: Option<&'a Appointment>,
}

impl MessageHandler<'_> {
    /// The outcome of a message whose sender isn't the patient, as the sender says or as the numbers say; `None` for any
    /// other. Opting out and in concerns the number alone.
    pub(super) async fn judge_sender(
        &mut self,
        requested: &Requested,
        judgement: &SenderJudgement<'_>,
    ) -> Result<Option<MessageOutcome>, AppError> {
        if matches!(requested, Requested::OptOut | Requested::OptIn) {
            return Ok(None);
        }
        let outcome = self.quarantine_if_wrong_number(judgement).await?;
        Ok(outcome.or_else(|| judgement.refused.map(|_| self.refuse(judgement.conversation))))
    }

    /// Nothing changes, an open question stays open, and a person looks at the message.
    fn refuse(&self, conversation: &Conversation) -> MessageOutcome {
        self.leave_to_staff(Reply::HandedOver, Understanding::Refused, conversation)
    }

    /// Staff look at a message of somebody who isn't the patient. While they have the conversation there is no reply.
    pub(super) fn leave_to_staff(
        &self,
        reply: Reply,
        understanding: Understanding,
        conversation: &Conversation,
    ) -> MessageOutcome {
        let outcome = MessageOutcome {
            attention: Some(AttentionKind::WrongNumber),
            understanding,
            ..MessageOutcome::with_reply("wrong_number", reply)
        };
        match staff_took_over(conversation, self.uow.now) {
            true => MessageOutcome { reply: None, understanding: Understanding::Silenced, ..outcome },
            false => outcome,
        }
    }
}

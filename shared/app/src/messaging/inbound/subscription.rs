//! Opting out of messages and in again, by STOP and ALTA.

use super::message_handler::{MessageHandler, MessageOutcome};
use super::resolved_appointment::ResolvedAppointment;
use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::support::change::differences;
use crate::support::error::AppError;
use domain::actor::Actor;
use domain::messages::Reply;
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use store::Purpose;
use store::audit::AuditAction;

impl MessageHandler<'_> {
    /// Applies STOP or ALTA to every patient with the sender's number.
    pub(super) async fn set_opt_in(
        &mut self,
        resolved: &ResolvedAppointment,
        opt_in: bool,
    ) -> Result<MessageOutcome, AppError> {
        for before in patients_with_sender(self.uow.app, &self.message.number(), resolved).await? {
            if before.profile.whatsapp_opt_in == opt_in {
                continue;
            }
            let now = self.uow.now;
            let profile =
                PatientProfile { whatsapp_opt_in: opt_in, whatsapp_opt_in_at: Some(now), ..before.profile.clone() };
            let after: Patient = Record::changed(before.clone(), profile, before.is_active, now);
            self.uow.transaction.replace(Purpose::Version, &after, before.version);
            let plaintext = ["whatsapp_opt_in", "whatsapp_opt_in_at"];
            let changes = differences(Some(&before.profile), Some(&after.profile), &plaintext);
            let actor = Actor::Patient { id: before.id, name: before.profile.full_name() };
            self.uow.audit_as(actor, ("patient", before.id), AuditAction::Update, changes);
        }
        Ok(match opt_in {
            true => MessageOutcome::with_reply("opted_in", Reply::OptedIn),
            false => MessageOutcome::with_reply("opted_out", Reply::OptedOut),
        })
    }
}

/// The patients whom this sender stands for: all with the number; for a hidden number the patient of the resolved
/// appointment.
async fn patients_with_sender(
    app: &App,
    number: &MatchKey,
    resolved: &ResolvedAppointment,
) -> Result<Vec<Patient>, AppError> {
    match (number.is_hidden(), resolved.for_reply()) {
        (true, Some(appointment)) => Ok(vec![get_patient(app, appointment.patient).await?]),
        _ => patients_with_number(app, number).await,
    }
}

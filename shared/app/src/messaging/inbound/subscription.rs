//! Opting out of messages and in again, by STOP and ALTA.

use super::message_handler::{MessageHandler, MessageOutcome};
use super::resolved_appointment::ResolvedAppointment;
use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::opt_out::set_patient_opt_in;
use crate::support::error::AppError;
use domain::actor::Actor;
use domain::messages::Reply;
use domain::patient::Patient;
use domain::phone::MatchKey;

impl MessageHandler<'_> {
    /// Applies STOP or ALTA to every patient with the sender's number.
    pub(super) async fn set_opt_in(
        &mut self,
        resolved: &ResolvedAppointment,
        opt_in: bool,
    ) -> Result<MessageOutcome, AppError> {
        for before in patients_with_sender(self.uow.app, &self.message.number(), resolved).await? {
            let actor = Actor::Patient { id: before.id, name: before.profile.full_name() };
            set_patient_opt_in(&mut self.uow, &before, opt_in, actor);
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

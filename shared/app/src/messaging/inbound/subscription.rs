//! Opting out of messages and in again, by STOP and ALTA.

use super::message_handler::{MessageHandler, MessageOutcome};
use super::sender::patients_of_sender;
use crate::messaging::opt_out::{set_number_opt_out, set_patient_opt_in};
use crate::support::error::AppError;
use domain::actor::Actor;
use domain::messages::Reply;
use store::number_restrictions::{OptOut, OptOutSource};

impl MessageHandler<'_> {
    /// Applies STOP or ALTA to the sender's number, and to every patient who had it when the message arrived.
    pub(super) async fn set_opt_in(&mut self, opt_in: bool) -> Result<MessageOutcome, AppError> {
        let opt_out = (!opt_in).then_some(OptOut { since: self.uow.now, by: OptOutSource::Message });
        let app = self.uow.app;
        set_number_opt_out(app, &mut self.uow.transaction, &self.message.number(), opt_out).await?;
        for patient in patients_of_sender(self.uow.app, self.message).await? {
            let actor = Actor::Patient { id: patient.id, name: patient.profile.full_name() };
            set_patient_opt_in(&mut self.uow, &patient, opt_in, actor);
        }
        Ok(match opt_in {
            true => MessageOutcome::with_reply("opted_in", Reply::OptedIn),
            false => MessageOutcome::with_reply("opted_out", Reply::OptedOut),
        })
    }
}

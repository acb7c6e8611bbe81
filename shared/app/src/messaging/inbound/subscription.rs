//! STOP and ALTA: no more messages, and messages again.

use super::subject::Subject;
use super::turn::{Outcome, Turn};
use crate::App;
use crate::directory::patients::{get_patient, patients_with_number};
use crate::support::change::audit;
use crate::support::context::Context;
use crate::support::error::AppError;
use domain::actor::{Actor, Channel};
use domain::lifecycle::By;
use domain::messages::Reply;
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use store::Purpose;
use store::audit::AuditAction;

impl Turn<'_> {
    /// STOP and ALTA are about the number, whoever has it.
    pub(super) async fn subscribe(
        &mut self,
        number: &MatchKey,
        subject: &Subject,
        opt_in: bool,
    ) -> Result<Outcome, AppError> {
        for before in patients_of(self.app, number, subject).await? {
            if before.profile.whatsapp_opt_in == opt_in {
                continue;
            }
            let profile = PatientProfile {
                whatsapp_opt_in: opt_in,
                whatsapp_opt_in_at: Some(self.now),
                ..before.profile.clone()
            };
            let ctx = Context {
                actor: Actor::Patient { id: before.id, name: before.profile.full_name() },
                channel: Channel::Whatsapp,
                by: By::Patient,
                ..Context::of_system(self.request_id.to_owned())
            };
            let id = before.id;
            let after: Patient = Record::changed(before.clone(), profile, before.is_active, self.now);
            self.transaction.replace(Purpose::Version, &after, before.version);
            let changes = crate::support::change::differences(
                Some(&before.profile),
                Some(&after.profile),
                &["whatsapp_opt_in", "whatsapp_opt_in_at"],
            );
            audit(self.app, &ctx, self.transaction, self.now, ("patient", id), AuditAction::Update, changes);
        }
        Ok(if opt_in { Outcome::done("opted_in", Reply::OptedIn) } else { Outcome::done("opted_out", Reply::OptedOut) })
    }
}

/// Everybody whom a number reaches: those who gave it as theirs, and who hides it.
async fn patients_of(app: &App, number: &MatchKey, subject: &Subject) -> Result<Vec<Patient>, AppError> {
    match (number.is_hidden(), subject.known_by()) {
        (true, Some(appointment)) => Ok(vec![get_patient(app, appointment.patient).await?]),
        _ => patients_with_number(app, number).await,
    }
}

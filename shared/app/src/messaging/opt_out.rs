//! Opts a number out of messages and in again. An opt-out belongs to the number: it holds for every patient who has it,
//! and for those who get it later, since the claim of each message reads it
//! ([`outbox`](crate::messaging::outbox)). The patients' own `whatsapp_opt_in` follows, so that users see it.

use crate::App;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::patients_with_number;
use crate::support::change::differences;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::Actor;
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use store::audit::AuditAction;
use store::number_restrictions::{NumberRestrictions, OptOut, OptOutSource};
use store::{Purpose, Transaction};

/// Opts a number out for every patient who has it or gets it later. The author is the context's.
pub async fn opt_out_number(uow: &mut UnitOfWork<'_>, number: &MatchKey, by: OptOutSource) -> Result<(), AppError> {
    let actor = uow.ctx.actor.clone();
    let opt_out = OptOut { since: uow.now, by };
    set_number_opt_out(uow.app, &mut uow.transaction, number, Some(opt_out)).await?;
    for patient in patients_with_number(uow.app, number).await? {
        set_patient_opt_in(uow, &patient, false, actor.clone());
    }
    Ok(())
}

/// Writes whether a number is opted out, if that changes.
pub(crate) async fn set_number_opt_out(
    app: &App,
    transaction: &mut Transaction,
    number: &MatchKey,
    opted_out: Option<OptOut>,
) -> Result<(), AppError> {
    let before = restrictions_of(app, number).await?;
    if before.opted_out.is_some() != opted_out.is_some() {
        let after = NumberRestrictions { opted_out, version: before.version + 1, ..before.clone() };
        transaction.replace(Purpose::Version, &after, before.version);
    }
    Ok(())
}

/// Writes the consent of one patient, if it changes.
pub(crate) fn set_patient_opt_in(uow: &mut UnitOfWork<'_>, before: &Patient, opt_in: bool, actor: Actor) {
    if before.profile.whatsapp_opt_in == opt_in {
        return;
    }
    let profile =
        PatientProfile { whatsapp_opt_in: opt_in, whatsapp_opt_in_at: Some(uow.now), ..before.profile.clone() };
    let after: Patient = Record::changed(before.clone(), profile, before.is_active, uow.now);
    uow.transaction.replace(Purpose::Version, &after, before.version);
    let plaintext = ["whatsapp_opt_in", "whatsapp_opt_in_at"];
    let changes = differences(Some(&before.profile), Some(&after.profile), &plaintext);
    uow.audit_as(actor, ("patient", before.id), AuditAction::Update, changes);
}

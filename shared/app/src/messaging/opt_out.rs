//! Opts a number out of messages, for every patient who has it.

use crate::directory::patients::{get_patient, patients_with_number};
use crate::support::change::differences;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::Actor;
use domain::notification::{Address, Notification};
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use store::Purpose;
use store::audit::AuditAction;

/// Opts out the number of a message that the provider didn't deliver because its recipient wants none. The author is the
/// context's. A hidden number is that of the message's patient.
pub(crate) async fn opt_out_recipient(uow: &mut UnitOfWork<'_>, row: &Notification) -> Result<(), AppError> {
    let Some(Address(address)) = &row.to else { return Ok(()) };
    let number = MatchKey::of(address);
    let patients = match number.is_hidden() {
        true => vec![get_patient(uow.app, row.patient).await?],
        false => patients_with_number(uow.app, &number).await?,
    };
    for patient in patients {
        set_patient_opt_in(uow, &patient, false, uow.ctx.actor.clone());
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

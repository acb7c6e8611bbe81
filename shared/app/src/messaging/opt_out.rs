//! Opts patients out of messages and in again.

use crate::support::change::differences;
use crate::support::unit_of_work::UnitOfWork;
use domain::actor::Actor;
use domain::patient::{Patient, PatientProfile};
use domain::record::Record;
use store::Purpose;
use store::audit::AuditAction;

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

//! Opts out the number of a message that the provider didn't deliver because its recipient wants none.

use crate::directory::patients::{get_patient, patients_with_number};
use crate::messaging::opt_out::set_patient_opt_in;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::notification::{Address, Notification};
use domain::phone::MatchKey;

/// Opts out every patient with the number of the message. The author is the context's. A hidden number is that of the
/// message's patient.
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

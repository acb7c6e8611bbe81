//! Opts out the number of a message that the provider didn't deliver because its recipient wants none.

use crate::messaging::opt_out::opt_out_number;
use crate::support::error::AppError;
use crate::support::unit_of_work::UnitOfWork;
use domain::notification::{Address, Notification};
use domain::phone::MatchKey;
use store::number_restrictions::OptOutSource;

/// Opts out the number that the message went to. The author is the context's.
pub(crate) async fn opt_out_recipient(uow: &mut UnitOfWork<'_>, row: &Notification) -> Result<(), AppError> {
    let Some(Address(address)) = &row.to else { return Ok(()) };
    opt_out_number(uow, &MatchKey::of(address), OptOutSource::Provider).await
}

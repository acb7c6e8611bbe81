//! Reads what restricts the messages to a number: see [`NumberRestrictions`].

use crate::App;
use crate::support::error::AppError;
use domain::patient::PatientProfile;
use domain::phone::{MatchKey, Phone};
use store::keys::Key;
use store::number_restrictions::NumberRestrictions;

pub(crate) async fn restrictions_of(app: &App, number: &MatchKey) -> Result<NumberRestrictions, AppError> {
    let found = app.table.get::<NumberRestrictions>(&Key::number_restrictions(number)).await?;
    Ok(found.unwrap_or_else(|| NumberRestrictions::none(number.clone())))
}

/// Whether the number that a patient's messages would go to is opted out.
pub(crate) async fn recipient_is_opted_out(app: &App, profile: &PatientProfile) -> Result<bool, AppError> {
    let Some(number) = profile.recipient_phone().map(Phone::match_key) else { return Ok(false) };
    Ok(restrictions_of(app, &number).await?.opted_out.is_some())
}

//! What is known of a sender by the address alone: the language and the emergency number of the country.

use crate::App;
use crate::support::error::AppError;
use domain::clinic::Clinic;
use domain::emergency_number;
use domain::language::Language;
use domain::messages::{Reply, render_reply};
use domain::notification::MessageText;
use store::keys::Directory;
use store::patterns;

/// Renders a reply in the language of the sender's country code.
pub(super) fn localized_reply(content: &Reply, from: &str) -> MessageText {
    MessageText(render_reply(content, Language::of_address(from)))
}

/// The number to call in an emergency, for a sender of whom only the address is known.
pub(super) async fn emergency_number_for(app: &App, from: &str) -> Result<String, AppError> {
    Ok(match only_clinic(app).await? {
        Some(clinic) => emergency_number::of_clinic(&clinic.profile).to_owned(),
        None => emergency_number::of_address(from).to_owned(),
    })
}

/// The clinic of a deployment that has a single one.
pub(super) async fn only_clinic(app: &App) -> Result<Option<Clinic>, AppError> {
    let page = app.table.query::<Clinic>(&patterns::directory(Directory::Clinics, true).limit(2)).await?;
    let mut clinics = page.rows.into_iter().map(|(_, clinic)| clinic);
    Ok(clinics.next().filter(|_| clinics.next().is_none()))
}

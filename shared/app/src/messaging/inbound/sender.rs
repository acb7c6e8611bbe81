//! Finds out who sent a message, when it arrives: the number, also of a WhatsApp user who hides it, and the patients whom
//! the number stands for at that moment. Both are stored with the message, so that it is judged by them whenever it is
//! processed.

use super::received_message::{ReceivedMessage, Sender};
use crate::App;
use crate::directory::number_restrictions::restrictions_of;
use crate::directory::patients::patients_with_number;
use crate::messaging::opt_out::set_number_opt_out;
use crate::support::error::AppError;
use domain::ids::PatientId;
use domain::notification::{Address, Notification};
use domain::patient::Patient;
use domain::phone::MatchKey;
use futures_util::future::try_join;
use std::collections::BTreeSet;
use store::external_user::ExternalUser;
use store::inbound::Inbound;
use store::keys::Key;
use store::notification::MessageRow;
use store::{Purpose, Transaction};

/// Identifies the sender of a message that has just arrived.
pub(super) async fn identify(app: &App, message: &ReceivedMessage) -> Result<Sender, AppError> {
    let from = MatchKey::of(&message.from.0);
    let is_hidden = from.is_hidden();
    let user = message.external_user.as_ref().map(|user| MatchKey::of(&user.0));
    let user = if is_hidden { Some(from.clone()) } else { user.filter(MatchKey::is_hidden) };
    let known = match &user {
        Some(user) => app.table.get::<ExternalUser>(&Key::external_user(user)).await?,
        None => None,
    };
    let address = match is_hidden {
        true => address_written_to(app, message).await?.or_else(|| known.as_ref().map(|user| user.address.clone())),
        false => Some(message.from.clone()),
    };
    let number = address.as_ref().map_or(from, |address| MatchKey::of(&address.0));
    let is_new = known.is_none_or(|user| user.number() != number);
    let learned = user.zip(address.clone()).filter(|_| is_new);
    let learned = learned.map(|(user, address)| ExternalUser { user, address, since: app.now() });
    let patients = patients_now(app, &number).await?.into_iter().map(|patient| patient.id).collect();
    Ok(Sender { number, address: address.filter(|_| is_hidden), patients: Some(patients), learned })
}

/// The number to which we sent the message that this one replies to. Only its recipient can quote it, whatever address
/// the provider reports.
async fn address_written_to(app: &App, message: &ReceivedMessage) -> Result<Option<Address>, AppError> {
    let Some(sid) = &message.original_sid else { return Ok(None) };
    let Some(row) = app.table.get::<MessageRow>(&Key::message(sid)).await? else { return Ok(None) };
    let quoted = app.table.get::<Notification>(&Key::notification(row.notification)).await?;
    let quoted = quoted.filter(|quoted| quoted.external_id.as_ref() == Some(sid));
    Ok(quoted.and_then(|quoted| quoted.to).filter(|to| !MatchKey::of(&to.0).is_hidden()))
}

/// Writes the number of a user. If the user opted out before the number was known, the number is opted out.
pub(super) async fn remember_user(
    app: &App,
    transaction: &mut Transaction,
    user: &ExternalUser,
) -> Result<(), AppError> {
    transaction.overwrite(Purpose::Append, user);
    match restrictions_of(app, &user.user).await?.opted_out {
        Some(opt_out) => set_number_opt_out(app, transaction, &user.number(), Some(opt_out)).await,
        None => Ok(()),
    }
}

/// The patients whom a number stands for now.
async fn patients_now(app: &App, number: &MatchKey) -> Result<Vec<Patient>, AppError> {
    let (mut patients, restrictions) =
        try_join(patients_with_number(app, number), restrictions_of(app, number)).await?;
    patients.retain(|patient| !restrictions.is_quarantined(patient.id));
    Ok(patients)
}

/// The patients whom the sender of a stored message stood for when it arrived.
pub(super) async fn patients_of_sender(app: &App, message: &Inbound) -> Result<Vec<Patient>, AppError> {
    let Some(ids) = &message.sender_patients else { return patients_now(app, &message.number()).await };
    let keys: Vec<Key> = ids.iter().copied().map(Key::patient).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        patients.extend(batch.take::<Patient>(key)?.filter(|patient| patient.profile.erased_at.is_none()));
    }
    Ok(patients)
}

/// Their ids. Reads nothing unless the message was stored without them.
pub(super) async fn sender_patients(app: &App, message: &Inbound) -> Result<BTreeSet<PatientId>, AppError> {
    match &message.sender_patients {
        Some(ids) => Ok(ids.clone()),
        None => Ok(patients_now(app, &message.number()).await?.into_iter().map(|patient| patient.id).collect()),
    }
}

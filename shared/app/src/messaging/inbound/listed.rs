//! An inbound message as users see it: with the patients whose message it may be.

use crate::App;
use crate::support::error::AppError;
use domain::ids::PatientId;
use domain::name::Name;
use domain::patient::Patient;
use std::collections::{BTreeSet, HashMap};
use store::inbound::Inbound;
use store::keys::Key;

#[derive(Debug)]
pub struct ListedInbound {
    pub message: Inbound,
    /// The patient who was identified, then the others whom the sender's number stood for when the message arrived. An
    /// erased patient isn't among them.
    pub patients: Vec<SenderPatient>,
}

#[derive(Debug, Clone)]
pub struct SenderPatient {
    pub id: PatientId,
    pub name: Name,
}

/// Adds their patients to messages, with one read for all.
pub(super) async fn add_patients(app: &App, messages: Vec<Inbound>) -> Result<Vec<ListedInbound>, AppError> {
    let wanted: BTreeSet<PatientId> = messages.iter().flat_map(patients_of).collect();
    let keys: Vec<(PatientId, Key)> = wanted.into_iter().map(|id| (id, Key::patient(id))).collect();
    let mut batch = app.table.batch_eventual(&keys.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>()).await?;
    let mut names: HashMap<PatientId, Name> = HashMap::new();
    for (id, key) in &keys {
        let patient = batch.take::<Patient>(key)?.filter(|patient| patient.profile.erased_at.is_none());
        names.extend(patient.map(|patient| (*id, patient.profile.full_name())));
    }
    let named = |id| names.get(&id).map(|name| SenderPatient { id, name: name.clone() });
    let listed = messages.into_iter().map(|message| {
        let patients = patients_of(&message).into_iter().filter_map(named).collect();
        ListedInbound { message, patients }
    });
    Ok(listed.collect())
}

/// The same for one message.
pub(super) async fn add_patients_of(app: &App, message: Inbound) -> Result<ListedInbound, AppError> {
    let listed = add_patients(app, vec![message]).await?.pop();
    listed.ok_or_else(|| AppError::Internal("a message was lost on its way into the list".to_owned()))
}

fn patients_of(message: &Inbound) -> Vec<PatientId> {
    let others = message.sender_patients.iter().flatten().copied();
    message.patient.into_iter().chain(others.filter(|id| message.patient != Some(*id))).collect()
}

//! STOP and ALTA: no more messages, and messages again.

use super::subject::Subject;
use super::turn::{Outcome, Turn};
use crate::App;
use crate::change::audit;
use crate::context::Context;
use crate::error::AppError;
use domain::actor::{Actor, Channel};
use domain::ids::PatientId;
use domain::lifecycle::By;
use domain::messages::Reply;
use domain::patient::{Patient, PatientProfile};
use domain::phone::MatchKey;
use domain::record::Record;
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::keys::Key;
use store::search::SearchEntry;
use store::{Role, patterns};

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
            self.transaction.replace(Role::Version, &after, before.version);
            let changes = crate::change::differences(
                Some(&before.profile),
                Some(&after.profile),
                &["whatsapp_opt_in", "whatsapp_opt_in_at"],
            );
            audit(self.app, &ctx, self.transaction, self.now, ("patient", id), AuditAction::Update, changes);
        }
        Ok(if opt_in { Outcome::done("opted_in", Reply::OptedIn) } else { Outcome::done("opted_out", Reply::OptedOut) })
    }
}

/// Everybody whom a number reaches: the patient of the visit, and those who gave it as theirs.
async fn patients_of(app: &App, number: &MatchKey, subject: &Subject) -> Result<Vec<Patient>, AppError> {
    let digits = number.as_str();
    // However a number is spelt, its last seven digits are the same.
    let tail: String = digits.chars().skip(digits.chars().count().saturating_sub(7)).collect();
    let mut ids: BTreeSet<PatientId> = BTreeSet::new();
    ids.extend(subject.visit.as_ref().or(subject.acquaintance.as_ref()).map(|visit| visit.patient));
    if tail.chars().all(|c| c.is_ascii_digit()) && tail.chars().count() == 7 {
        let hits: Vec<SearchEntry> = app.table.query_all(&patterns::patients_by_word(&tail)).await?;
        ids.extend(hits.into_iter().map(|entry| entry.patient));
    }
    let keys: Vec<Key> = ids.into_iter().map(Key::patient).collect();
    let mut patients = Vec::new();
    let mut batch = app.table.batch(&keys).await?;
    for key in &keys {
        patients
            .extend(batch.take::<Patient>(key)?.filter(|patient| patient.profile.phone_number.match_key() == *number));
    }
    Ok(patients)
}

//! Patients.

use crate::App;
use crate::appointments::{Named, rename};
use crate::context::{Context, Done};
use crate::error::AppError;
use crate::listing::{Slice, Window, list};
use crate::records::{self, Next, Profile};
use domain::ids::PatientId;
use domain::patient::{Patient, PatientProfile, compact};
use domain::phone::{MatchKey, Phone};
use domain::record::Record;
use std::collections::BTreeSet;
use store::keys::{Directory, Key, Resource, Unique};
use store::search::{MIN_WORD, SearchEntry};
use store::{patterns, search};

impl Profile for PatientProfile {
    type Id = PatientId;
    const MODEL: &'static str = "patient";
    const OPEN: &'static [&'static str] = &["language", "whatsapp_opt_in", "whatsapp_opt_in_at"];

    fn key(id: PatientId) -> Key {
        Key::patient(id)
    }

    fn uniques(record: &Record<PatientId, Self>) -> Vec<Unique> {
        store::patient::uniques(record)
    }

    fn resource(id: PatientId) -> Option<Resource> {
        Some(Resource::Patient(id))
    }

    fn search(record: &Record<PatientId, Self>) -> BTreeSet<SearchEntry> {
        search::entries(record)
    }
}

/// The digits by which a number is looked up.
const TAIL: usize = 7;

/// Which patients are wanted.
#[derive(Clone, Default)]
pub struct PatientFilter {
    /// Words, or parts of words, of names, document and phone.
    pub search: Option<String>,
    /// A document number, however it is written.
    pub document_number: Option<String>,
    /// A phone number.
    pub phone_number: Option<Phone>,
    /// Active ones, or deactivated ones.
    pub is_active: bool,
}

domain::opaque!(PatientFilter);

/// Lists patients by family name.
///
/// # Errors
/// What reading says.
pub async fn list_patients(app: &App, filter: &PatientFilter, window: &Window) -> Result<Slice<Patient>, AppError> {
    let mut words: Vec<String> = filter.search.as_deref().map(search::wanted).unwrap_or_default();
    words.extend(filter.document_number.as_deref().map(compact));
    words.extend(filter.phone_number.as_ref().map(|phone| phone.as_str().trim_start_matches('+').to_owned()));
    words.retain(|word| !word.is_empty());
    let keep = |patient: &Patient| {
        patient.is_active == filter.is_active
            && search::matches(patient, &words)
            && filter
                .document_number
                .as_deref()
                .is_none_or(|wanted| compact(patient.profile.document_number.as_str()) == compact(wanted))
            && filter.phone_number.as_ref().is_none_or(|wanted| patient.profile.phone_number == *wanted)
    };
    // The longest word finds the fewest; the others are compared on what it finds.
    match words.iter().max_by_key(|word| word.chars().count()) {
        Some(word) if word.chars().count() >= MIN_WORD => found_by_word(app, word, window, keep).await,
        _ => list(app, &[patterns::directory(Directory::Patients, filter.is_active)], window, keep).await,
    }
}

async fn found_by_word(
    app: &App,
    word: &str,
    window: &Window,
    keep: impl Fn(&Patient) -> bool,
) -> Result<Slice<Patient>, AppError> {
    let hits: Slice<SearchEntry> = list(app, &[patterns::patients_by_word(word)], window, |_| true).await?;
    let ids: BTreeSet<PatientId> = hits.rows.iter().map(|entry| entry.patient).collect();
    let keys: Vec<Key> = ids.iter().copied().map(Key::patient).collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        let found = batch.take::<Patient>(key)?.filter(&keep);
        // A word that stands in a name twice is two hits, perhaps on two pages: the first one counts.
        patients.extend(found.filter(|patient| hits.rows.iter().any(|hit| search::is_first_hit(patient, word, hit))));
    }
    patients.sort_by_key(|patient| patient.profile.sort_name());
    Ok(Slice { rows: patients, next: hits.next, previous: hits.previous })
}

/// Registers a patient.
///
/// # Errors
/// [`AppError::AlreadyExists`] for a document that another patient has.
pub async fn create_patient(
    app: &App,
    ctx: &Context,
    patient: impl Into<Next<PatientProfile>>,
) -> Result<Done<Patient>, AppError> {
    let Next { profile, is_active } = patient.into();
    records::create(app, ctx, Next { profile: consented(app, profile, None), is_active }).await
}

/// The patients who gave this number as theirs, however either is spelt.
///
/// # Errors
/// What reading says.
pub async fn patients_with_number(app: &App, number: &MatchKey) -> Result<Vec<Patient>, AppError> {
    let digits = number.as_str();
    // In all spellings the last seven digits are the same.
    let tail = digits.len().checked_sub(TAIL).and_then(|start| digits.get(start..)).filter(|_| !number.is_hidden());
    let Some(tail) = tail else { return Ok(Vec::new()) };
    let hits: Vec<SearchEntry> = app.table.query_all(&patterns::patients_by_word(tail)).await?;
    let keys: Vec<Key> = hits.into_iter().map(|entry| Key::patient(entry.patient)).collect();
    let keys: Vec<Key> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        let patient = batch.take::<Patient>(key)?;
        patients.extend(patient.filter(|patient| patient.profile.phone_number.match_key() == *number));
    }
    Ok(patients)
}

/// Reads a patient.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn get_patient(app: &App, id: PatientId) -> Result<Patient, AppError> {
    records::get(app, id).await
}

/// Changes a patient.
///
/// # Errors
/// Those of [`records::change`], and what `next` says.
pub async fn update_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
    next: impl Fn(&Patient) -> Result<Next<PatientProfile>, AppError> + Send + Sync,
) -> Result<Patient, AppError> {
    let seen = get_patient(app, id).await?;
    let patient = records::change(app, ctx, id, if_match, |before| {
        let Next { profile, is_active } = next(before)?;
        Ok(Next { profile: consented(app, profile, Some(&before.profile)), is_active })
    })
    .await?;
    if patient.profile.full_name() != seen.profile.full_name() {
        rename(app, Named::Patient(&patient)).await?;
    }
    Ok(patient)
}

/// Since when the answer about WhatsApp stands: from now, where it is new or another one.
fn consented(app: &App, profile: PatientProfile, before: Option<&PatientProfile>) -> PatientProfile {
    let whatsapp_opt_in_at = match before {
        Some(before) if before.whatsapp_opt_in == profile.whatsapp_opt_in => before.whatsapp_opt_in_at,
        _ => Some(app.now()),
    };
    PatientProfile { whatsapp_opt_in_at, ..profile }
}

/// Deactivates a patient.
///
/// # Errors
/// [`AppError::InUse`] with visits still to come.
pub async fn deactivate_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    records::deactivate::<PatientProfile>(app, ctx, id, if_match).await
}

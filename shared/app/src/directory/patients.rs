//! Patients.

use crate::App;
use crate::appointments::{Named, rename};
use crate::directory::records::{self, Next, Profile};
use crate::support::change::audit_reading;
use crate::support::context::{Context, Done};
use crate::support::error::AppError;
use crate::support::listing::{Slice, Window, list, list_reading};
use domain::ids::PatientId;
use domain::patient::{Patient, PatientProfile, compact};
use domain::phone::{MatchKey, Phone};
use domain::record::Record;
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::contact::AnsweredFor;
use store::keys::{Directory, InWord, Key, Resource, Unique};
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

/// Of the longest word of several so many rows are read at once: who has all of them is among them sooner.
const READ_FOR_SEVERAL_WORDS: usize = 40;

/// The digits by which a number is looked up.
const TAIL: usize = 7;

/// How many are found at once where nobody asks for a number: whoever types sees the best, and each
/// costs half a read unit.
pub const FOUND_AT_ONCE: usize = 15;

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

/// Lists patients by family name; those who are searched for by how well they fit.
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
            && (filter.phone_number.is_none() || filter.phone_number == patient.profile.phone_number)
    };
    // The longest word finds the fewest; the others are compared on what it finds.
    match words.iter().max_by_key(|word| word.chars().count()) {
        Some(word) if word.chars().count() >= MIN_WORD => found_by_word(app, word, &words, window, keep).await,
        _ => list(app, &[patterns::directory(Directory::Patients, filter.is_active)], window, keep).await,
    }
}

/// Whoever begins with the word comes before who has it further on. Two queries, whatever the number of
/// patients, and only those who have the other words as well are read.
async fn found_by_word(
    app: &App,
    word: &str,
    words: &[String],
    window: &Window,
    keep: impl Fn(&Patient) -> bool,
) -> Result<Slice<Patient>, AppError> {
    let places = [InWord::Begins, InWord::GoesOn].map(|place| patterns::patients_by_word(place, word).relaxed());
    let least = if words.len() > 1 { READ_FOR_SEVERAL_WORDS } else { 0 };
    let wanted = |hit: &SearchEntry| hit.is_first(word) && hit.has(words);
    let hits = list_reading(app, &places, least, window, wanted).await?;
    let keys: Vec<Key> = hits.rows.iter().map(|hit| Key::patient(hit.patient)).collect();
    let mut batch = app.table.batch_relaxed(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        patients.extend(batch.take::<Patient>(key)?.filter(&keep));
    }
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
    let done = records::create(app, ctx, Next { profile: consented(app, profile, None), is_active }).await?;
    if done.replayed {
        note_read(app, ctx, done.value.id).await?;
    }
    Ok(done)
}

/// The patients whose number this is, or whose contact receives their messages at it, however either
/// is spelt.
///
/// # Errors
/// What reading says.
pub async fn patients_with_number(app: &App, number: &MatchKey) -> Result<Vec<Patient>, AppError> {
    let digits = number.as_str();
    // In all spellings the last seven digits are the same.
    let tail = digits.len().checked_sub(TAIL).and_then(|start| digits.get(start..)).filter(|_| !number.is_hidden());
    let Some(tail) = tail else { return Ok(Vec::new()) };
    // A number begins with its country, so that its last digits begin only the shortest.
    let place = if digits.len() > TAIL { InWord::GoesOn } else { InWord::Begins };
    let (by_word, by_contact) = (patterns::patients_by_word(place, tail), patterns::answered_for(number));
    let (own, contacts) = futures_util::future::try_join(
        app.table.query_all::<SearchEntry>(&by_word),
        app.table.query_all::<AnsweredFor>(&by_contact),
    )
    .await?;
    let patients = own.into_iter().map(|hit| hit.patient).chain(contacts.into_iter().map(|row| row.patient));
    let keys: Vec<Key> = patients.map(Key::patient).collect::<BTreeSet<_>>().into_iter().collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        let patient = batch.take::<Patient>(key)?;
        patients.extend(patient.filter(|patient| patient.profile.answers_from(number)));
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

/// Reads a patient's record for somebody, and notes who it was: at the same time, so that it takes no
/// longer. Who asks for a patient that isn't there is noted too.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Busy`] where it can't be noted.
pub async fn read_patient(app: &App, ctx: &Context, id: PatientId) -> Result<Patient, AppError> {
    // Both to their ends: a refusal of the one doesn't take the other back.
    let (noted, patient) = futures_util::future::join(note_read(app, ctx, id), records::get_for(app, ctx, id)).await;
    noted?;
    patient
}

/// Notes that somebody reads a patient's record.
///
/// # Errors
/// [`AppError::Busy`].
pub async fn note_read(app: &App, ctx: &Context, id: PatientId) -> Result<(), AppError> {
    audit_reading(app, ctx, (PatientProfile::MODEL, id), AuditAction::Read).await
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
        expect_somebody(before)?;
        let Next { profile, is_active } = next(before)?;
        // Contacts are changed on their own.
        let profile = PatientProfile { contacts: before.profile.contacts.clone(), ..profile };
        Ok(Next { profile: consented(app, profile, Some(&before.profile)), is_active })
    })
    .await?;
    if patient.version == seen.version {
        // Nothing has changed, and it is shown all the same.
        note_read(app, ctx, id).await?;
    }
    if patient.profile.full_name() != seen.profile.full_name() {
        rename(app, Named::Patient(&patient)).await?;
    }
    Ok(patient)
}

/// Who was erased is there to be read, for the appointments that name them, and not to be changed: nobody is
/// made of them again.
///
/// # Errors
/// [`AppError::NotFound`].
pub(crate) fn expect_somebody(patient: &Patient) -> Result<(), AppError> {
    if patient.profile.erased_at.is_some() { Err(AppError::NotFound) } else { Ok(()) }
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
/// [`AppError::InUse`] with appointments still to come.
pub async fn deactivate_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    records::deactivate::<PatientProfile>(app, ctx, id, if_match).await
}

//! Manages patients and their search.

use crate::App;
use crate::directory::number_restrictions::recipient_is_opted_out;
use crate::directory::records::{self, Profile, RecordDraft};
use crate::support::change::audit_read;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list, list_with_min_read};
use domain::ids::PatientId;
use domain::name::Name;
use domain::patient::{Patient, PatientProfile, compact};
use domain::phone::{MatchKey, Phone};
use domain::record::Record;
use domain::violation::Rule;
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::contact::ContactNumber;
use store::keys::{Directory, Key, Resource, Unique, WordPosition};
use store::search::{MIN_WORD, SearchEntry};
use store::sweep::NamedRecord;
use store::{patterns, search};

impl Profile for PatientProfile {
    type Id = PatientId;
    const MODEL: &'static str = "patient";
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["language", "whatsapp_opt_in", "whatsapp_opt_in_at"];

    fn key(id: PatientId) -> Key {
        Key::patient(id)
    }

    fn unique_values(record: &Record<PatientId, Self>) -> Vec<Unique> {
        store::patient::uniques(record)
    }

    fn resource(id: PatientId) -> Option<Resource> {
        Some(Resource::Patient(id))
    }

    fn copied_name(record: &Patient) -> Option<(NamedRecord, Name)> {
        Some((NamedRecord::Patient(record.id), record.profile.full_name()))
    }

    fn search_entries(record: &Record<PatientId, Self>) -> BTreeSet<SearchEntry> {
        search::search_entries(record)
    }
}

/// Rows per query in a search for several words. Only patients with all words are kept, so a page needs more rows.
const READ_FOR_SEVERAL_WORDS: usize = 40;

/// Number of trailing digits by which a phone number is looked up.
const LOOKUP_DIGITS: usize = 7;

/// Page size of a search without an explicit one. It suits search-as-you-type; each patient costs half a read unit.
pub const DEFAULT_SEARCH_SIZE: usize = 15;

/// Filter of a list of patients.
#[derive(Clone, Default)]
pub struct PatientFilter {
    /// Words, or parts of words, of names, document and phone number.
    pub search: Option<String>,
    /// Compared without case, spaces, dots and dashes.
    pub document_number: Option<String>,
    pub phone_number: Option<Phone>,
    pub is_active: bool,
}

domain::opaque!(PatientFilter);

/// Lists patients by family name. The results of a search are sorted by relevance.
pub async fn list_patients(app: &App, filter: &PatientFilter, page: &PageRequest) -> Result<Slice<Patient>, AppError> {
    let mut words: Vec<String> = filter.search.as_deref().map(search::parse_query).unwrap_or_default();
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
    // The longest word has the fewest matches; the other words are compared on the rows that it finds.
    match words.iter().max_by_key(|word| word.chars().count()) {
        Some(word) if word.chars().count() >= MIN_WORD => found_by_word(app, word, &words, page, keep).await,
        _ => list(app, &[patterns::directory(Directory::Patients, filter.is_active)], page, keep).await,
    }
}

/// Finds patients by one word. Names that begin with the word come before names that contain it. Takes two queries,
/// whatever the number of patients, and reads only patients who match the other words too.
async fn found_by_word(
    app: &App,
    word: &str,
    words: &[String],
    page: &PageRequest,
    keep: impl Fn(&Patient) -> bool,
) -> Result<Slice<Patient>, AppError> {
    let partitions = [WordPosition::Start, WordPosition::Inside]
        .map(|position| patterns::patients_by_word(position, word).eventually_consistent());
    let min_read = if words.len() > 1 { READ_FOR_SEVERAL_WORDS } else { 0 };
    let wanted = |hit: &SearchEntry| hit.is_first(word) && hit.has_words(words);
    let hits = list_with_min_read(app, &partitions, min_read, page, wanted).await?;
    let keys: Vec<Key> = hits.rows.iter().map(|hit| Key::patient(hit.patient)).collect();
    let mut batch = app.table.batch_eventual(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        patients.extend(batch.take::<Patient>(key)?.filter(&keep));
    }
    Ok(Slice { rows: patients, next: hits.next, previous: hits.previous })
}

/// Creates a patient. One whose number has opted out is opted out too, whatever the request says: consent comes back by
/// ALTA from the number only.
///
/// # Errors
/// [`AppError::AlreadyExists`] if another patient has this document.
pub async fn create_patient(
    app: &App,
    ctx: &Context,
    patient: impl Into<RecordDraft<PatientProfile>>,
) -> Result<Outcome<Patient>, AppError> {
    let RecordDraft { profile, is_active } = patient.into();
    let opted_out = profile.whatsapp_opt_in && recipient_is_opted_out(app, &profile).await?;
    let profile = PatientProfile { whatsapp_opt_in: profile.whatsapp_opt_in && !opted_out, ..profile };
    let outcome =
        records::create(app, ctx, RecordDraft { profile: with_opt_in_time(app, profile, None), is_active }).await?;
    if outcome.replayed {
        audit_patient_read(app, ctx, outcome.value.id).await?;
    }
    Ok(outcome)
}

/// Finds the patients who have this phone number, or whose contact receives their messages at it, in any spelling of
/// the number.
pub async fn patients_with_number(app: &App, number: &MatchKey) -> Result<Vec<Patient>, AppError> {
    let digits = number.as_str();
    // The last seven digits are the same in all spellings of a number.
    let tail =
        digits.len().checked_sub(LOOKUP_DIGITS).and_then(|start| digits.get(start..)).filter(|_| !number.is_hidden());
    let Some(tail) = tail else { return Ok(Vec::new()) };
    // A stored number begins with its country code, so only the shortest numbers begin with the looked-up digits.
    let position = if digits.len() > LOOKUP_DIGITS { WordPosition::Inside } else { WordPosition::Start };
    let by_word = patterns::patients_by_word(position, tail);
    let spellings = std::iter::once(number.clone()).chain(number.former());
    let by_contact = spellings.map(|number| async move {
        app.table.query_all::<ContactNumber>(&patterns::patients_of_contact_number(&number)).await
    });
    let (own, contacts) = futures_util::future::try_join(
        app.table.query_all::<SearchEntry>(&by_word),
        futures_util::future::try_join_all(by_contact),
    )
    .await?;
    let contacts = contacts.into_iter().flatten().map(|row| row.patient);
    let patients = own.into_iter().map(|hit| hit.patient).chain(contacts);
    let keys: Vec<Key> = patients.map(Key::patient).collect::<BTreeSet<_>>().into_iter().collect();
    let mut batch = app.table.batch(&keys).await?;
    let mut patients = Vec::new();
    for key in &keys {
        let patient = batch.take::<Patient>(key)?;
        patients.extend(patient.filter(|patient| patient.profile.accepts_replies_from(number)));
    }
    Ok(patients)
}

/// Reads a patient without an audit row, for internal use.
pub async fn get_patient(app: &App, id: PatientId) -> Result<Patient, AppError> {
    records::get(app, id).await
}

/// Reads a patient for a request and writes an audit row, concurrently. A request for a patient that doesn't exist is
/// audited too.
///
/// # Errors
/// [`AppError::NotFound`]; [`AppError::Busy`] if the audit row can't be written.
pub async fn read_patient(app: &App, ctx: &Context, id: PatientId) -> Result<Patient, AppError> {
    // Both run to completion: an error of one must not cancel the other.
    let (audited, patient) =
        futures_util::future::join(audit_patient_read(app, ctx, id), records::get_or_prefetched(app, ctx, id)).await;
    audited?;
    patient
}

/// Writes the audit row for reading a patient's record.
pub async fn audit_patient_read(app: &App, ctx: &Context, id: PatientId) -> Result<(), AppError> {
    audit_read(app, ctx, (PatientProfile::MODEL, id), AuditAction::Read).await
}

/// The conditions of a change of a patient.
#[derive(Debug, Clone, Copy, Default)]
pub struct PatientChange {
    /// The version that the client has read.
    pub if_match: Option<u64>,
    /// Whether the request gives `whatsapp_opt_in: true` itself, so that it must not be ignored.
    pub asks_for_opt_in: bool,
}

/// A patient before and after a change.
#[derive(Debug, Clone)]
pub struct UpdatedPatient {
    pub before: Patient,
    pub after: Patient,
}

impl From<Option<u64>> for PatientChange {
    fn from(if_match: Option<u64>) -> Self {
        Self { if_match, asks_for_opt_in: false }
    }
}

/// Changes a patient. One whose number has opted out stays, or becomes, opted out.
///
/// # Errors
/// The errors of [`records::change`] and of `next`; [`AppError::Validation`] for `whatsapp_opt_in`, if the request asks
/// for it and the number has opted out.
pub async fn update_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    change: impl Into<PatientChange>,
    next: impl Fn(&Patient) -> Result<RecordDraft<PatientProfile>, AppError> + Send + Sync,
) -> Result<UpdatedPatient, AppError> {
    let PatientChange { if_match, asks_for_opt_in } = change.into();
    let before = get_patient(app, id).await?;
    let opted_out = match next(&before) {
        Ok(draft) => opts_in_against_number(app, &before.profile, draft.profile).await?,
        // The change below returns it, after what comes before it.
        Err(_) => false,
    };
    let after = records::change(app, ctx, id, if_match.into(), |before| {
        expect_not_erased(before)?;
        let RecordDraft { profile, is_active } = next(before)?;
        // Contacts have their own operations.
        if opted_out && asks_for_opt_in && profile.whatsapp_opt_in {
            return Err(AppError::invalid("whatsapp_opt_in", Rule::OptedOut));
        }
        let whatsapp_opt_in = profile.whatsapp_opt_in && !opted_out;
        let profile = PatientProfile { contacts: before.profile.contacts.clone(), whatsapp_opt_in, ..profile };
        Ok(RecordDraft { profile: with_opt_in_time(app, profile, Some(&before.profile)), is_active })
    })
    .await?;
    if after.version == before.version {
        // An unchanged record is returned too, which counts as reading it.
        audit_patient_read(app, ctx, id).await?;
    }
    Ok(UpdatedPatient { before, after })
}

/// Whether a change would have messages sent to a number that has opted out.
async fn opts_in_against_number(app: &App, before: &PatientProfile, next: PatientProfile) -> Result<bool, AppError> {
    let next = PatientProfile { contacts: before.contacts.clone(), ..next };
    let is_same = before.whatsapp_opt_in && before.recipient_phone() == next.recipient_phone();
    Ok(next.whatsapp_opt_in && !is_same && recipient_is_opted_out(app, &next).await?)
}

/// Refuses a change of an erased patient. The row can still be read, for the appointments that reference it, but it
/// must not receive personal data again.
pub(crate) fn expect_not_erased(patient: &Patient) -> Result<(), AppError> {
    if patient.profile.erased_at.is_some() { Err(AppError::NotFound) } else { Ok(()) }
}

/// Sets the time of the WhatsApp opt-in or opt-out to now if it is new or has changed.
fn with_opt_in_time(app: &App, profile: PatientProfile, before: Option<&PatientProfile>) -> PatientProfile {
    let whatsapp_opt_in_at = match before {
        Some(before) if before.whatsapp_opt_in == profile.whatsapp_opt_in => before.whatsapp_opt_in_at,
        _ => Some(app.now()),
    };
    PatientProfile { whatsapp_opt_in_at, ..profile }
}

/// # Errors
/// [`AppError::InUse`] if the patient has upcoming appointments.
pub async fn deactivate_patient(
    app: &App,
    ctx: &Context,
    id: PatientId,
    if_match: Option<u64>,
) -> Result<(), AppError> {
    records::deactivate::<PatientProfile>(app, ctx, id, if_match.into()).await
}

//! Manages patients and their search.

use crate::App;
use crate::directory::number_restrictions::recipient_is_opted_out;
use crate::directory::patient_search;
use crate::directory::records::{self, Profile, RecordDraft};
use crate::support::change::audit_read;
use crate::support::context::{Context, Outcome};
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, list};
use domain::clinic::Clinic;
use domain::ids::PatientId;
use domain::name::Name;
use domain::patient::{Patient, PatientProfile, compact};
use domain::phone::{MatchKey, Phone};
use domain::record::Record;
use domain::search::{Question, TAIL};
use domain::time::LocalDate;
use domain::violation::{Rule, Violations};
use std::collections::BTreeSet;
use store::audit::AuditAction;
use store::contact::ContactNumber;
use store::keys::{Directory, Key, Resource, Unique, WordPosition};
use store::search::SearchEntry;
use store::sweep::NamedRecord;
use store::{patterns, search};

impl Profile for PatientProfile {
    type Id = PatientId;
    const MODEL: &'static str = "patient";
    const ROW_RULES: u8 = search::ROW_RULES;
    const AUDIT_PLAINTEXT: &'static [&'static str] = &["language", "whatsapp_opt_in", "whatsapp_opt_in_at"];

    fn check(&self, before: Option<&Self>, today: LocalDate) -> Result<(), Violations> {
        self.check(before, today)
    }

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

/// Page size of a search without an explicit one. It suits search-as-you-type; each patient costs half a read unit.
pub const DEFAULT_SEARCH_SIZE: usize = 12;

/// Filter of a list of patients.
#[derive(Clone, Default)]
pub struct PatientFilter {
    /// Words, or parts of words, of names, document and phone number, those of contacts included.
    pub search: Option<String>,
    /// Compared without case, spaces, dots and dashes.
    pub document_number: Option<String>,
    pub phone_number: Option<Phone>,
    pub is_active: bool,
}

domain::opaque!(PatientFilter);

/// Lists patients by family name. The results of a search are sorted by relevance.
pub async fn list_patients(app: &App, filter: &PatientFilter, page: &PageRequest) -> Result<Slice<Patient>, AppError> {
    let keep = |patient: &Patient| {
        filter
            .document_number
            .as_deref()
            .is_none_or(|wanted| compact(patient.profile.document_number.as_str()) == compact(wanted))
            && (filter.phone_number.is_none() || filter.phone_number == patient.profile.phone_number)
    };
    let mut question = filter.search.as_deref().map(Question::parse).unwrap_or_default();
    let numbers = filter.document_number.as_deref().into_iter().chain(filter.phone_number.as_ref().map(Phone::as_str));
    for number in numbers {
        question = question.and_number(number);
    }
    let is_blank = |text: &Option<String>| text.as_deref().is_none_or(|text| text.trim().is_empty());
    if is_blank(&filter.search) && is_blank(&filter.document_number) && filter.phone_number.is_none() {
        return list(app, &[patterns::directory(Directory::Patients, filter.is_active)], page, |_| true).await;
    }
    patient_search::search(app, &question, filter.is_active, page, keep).await
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
    expect_born(app, &profile, None).await?;
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
    // The last digits are the same in all spellings of a number.
    let tail = digits.len().checked_sub(TAIL).and_then(|start| digits.get(start..)).filter(|_| !number.is_hidden());
    let Some(tail) = tail else { return Ok(Vec::new()) };
    // A stored number begins with its country code, so only the shortest numbers begin with the looked-up digits.
    let position = if digits.len() > TAIL { WordPosition::Inside } else { WordPosition::Start };
    let of_active = patterns::patients_by_word(position, tail);
    let of_inactive = patterns::inactive_patients_by_word(position, tail);
    let spellings = std::iter::once(number.clone()).chain(number.former());
    let by_contact = spellings.map(|number| async move {
        app.table.query_all::<ContactNumber>(&patterns::patients_of_contact_number(&number)).await
    });
    let (active, inactive, contacts) = futures_util::future::try_join3(
        app.table.query_all::<SearchEntry>(&of_active),
        app.table.query_all::<SearchEntry>(&of_inactive),
        futures_util::future::try_join_all(by_contact),
    )
    .await?;
    let contacts = contacts.into_iter().flatten().map(|row| row.patient);
    let own = active.into_iter().chain(inactive).map(|entry| entry.patient);
    let patients = own.chain(contacts);
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
        Ok(draft) => {
            expect_born(app, &draft.profile, Some(&before.profile)).await?;
            opts_in_against_number(app, &before.profile, draft.profile).await?
        }
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

/// Refuses a date of birth that is later than today wherever the deployment has a clinic. The clinics are read only for
/// a date of today or tomorrow: it may be today in one place and tomorrow in another.
///
/// # Errors
/// [`AppError::Validation`] for `birth_date`.
async fn expect_born(app: &App, profile: &PatientProfile, before: Option<&PatientProfile>) -> Result<(), AppError> {
    let now = app.now();
    let Some(date) = profile.birth_date.filter(|date| date.0 >= now.utc_day()) else { return Ok(()) };
    if before.is_some_and(|before| before.birth_date == profile.birth_date) {
        return Ok(());
    }
    let clinics = app.table.query_all::<Clinic>(&patterns::directory(Directory::Clinics, true)).await?;
    let today = clinics.iter().map(|clinic| clinic.profile.timezone.date(now)).max().unwrap_or_else(|| now.utc_day());
    date.check(today).map_err(|rule| AppError::invalid("birth_date", rule))
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

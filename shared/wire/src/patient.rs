//! Patients.

use crate::values::{DateTime, PatientExpansion, StoredPhone};
use crate::{Body, Params, View};
use app::directory::patients::PatientFilter;
use app::directory::records::RecordDraft;
use domain::contact::Contacts;
use domain::email::Email;
use domain::ids::PatientId;
use domain::language::Language;
use domain::patient::{BirthDate, Patient, PatientProfile};
use domain::phone::{Phone, PhoneType};
use domain::text::{Line, Note};

/// The data of a patient.
#[derive(Clone, Body)]
pub struct PatientBody {
    #[field(example = "Lucía")]
    first_name: Line<100>,
    #[field(example = "Fernández")]
    last_name: Line<100>,
    /// Kind of identity document.
    #[field(default = PatientProfile::default_document_type(), example = "DNI")]
    document_type: Line<20>,
    /// Unique together with `document_type`; case, spaces, dots, dashes and invisible characters are ignored. It isn't
    /// empty without them.
    #[field(example = "30.123.456")]
    document_number: Line<50>,
    /// `YYYY-MM-DD`, from 1900 to today.
    birth_date: Option<BirthDate>,
    /// International, or national in the deployment's country; stored as E.164.
    #[field(example = "+54 9 11 2345-6789")]
    phone_number: StoredPhone,
    email: Option<Email>,
    address: Option<Line<200>>,
    /// Name of the person to call in an emergency.
    emergency_contact: Option<Line<100>>,
    /// Phone number of the emergency contact.
    emergency_phone: Option<Phone>,
    /// Language of messages to the patient: `es`, `pt` or `en`.
    #[field(default = Language::default())]
    language: Language,
    /// Whether the patient consents to WhatsApp messages. A PUT without it leaves it as it is.
    #[field(default = true)]
    whatsapp_opt_in: bool,
    /// Internal notes.
    notes: Option<Note<2000>>,
    /// A PUT without it leaves it as it is.
    #[field(default = true)]
    is_active: bool,
}

impl From<PatientBody> for RecordDraft<PatientProfile> {
    fn from(body: PatientBody) -> Self {
        let profile = PatientProfile {
            first_name: body.first_name,
            last_name: body.last_name,
            document_type: body.document_type,
            document_number: body.document_number,
            birth_date: body.birth_date,
            phone_number: body.phone_number.0,
            email: body.email,
            address: body.address,
            emergency_contact: body.emergency_contact,
            emergency_phone: body.emergency_phone,
            language: body.language,
            whatsapp_opt_in: body.whatsapp_opt_in,
            whatsapp_opt_in_at: None,
            notes: body.notes,
            contacts: Contacts::default(),
            erased_at: None,
        };
        Self { profile, is_active: body.is_active }
    }
}

impl From<&Patient> for PatientBody {
    fn from(patient: &Patient) -> Self {
        let profile = patient.profile.clone();
        Self {
            first_name: profile.first_name,
            last_name: profile.last_name,
            document_type: profile.document_type,
            document_number: profile.document_number,
            birth_date: profile.birth_date,
            phone_number: StoredPhone(profile.phone_number),
            email: profile.email,
            address: profile.address,
            emergency_contact: profile.emergency_contact,
            emergency_phone: profile.emergency_phone,
            language: profile.language,
            whatsapp_opt_in: profile.whatsapp_opt_in,
            notes: profile.notes,
            is_active: patient.is_active,
        }
    }
}

/// A patient. All clinics share the patients.
#[derive(Clone, View)]
pub struct PatientView {
    id: PatientId,
    /// First and last name.
    full_name: String,
    /// How `phone_number` was read: an Argentine number without its 9 is a landline. `unknown` where mobiles and
    /// landlines look alike.
    phone_type: Option<PhoneType>,
    #[field(flatten)]
    body: PatientBody,
    /// When `whatsapp_opt_in` was last changed.
    whatsapp_opt_in_at: Option<DateTime>,
    /// When the patient's data was erased; the name is a pseudonym since then. Absent for other patients.
    #[field(omit_none)]
    erased_at: Option<DateTime>,
    created_at: DateTime,
    updated_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Patient> for PatientView {
    fn from(patient: &Patient) -> Self {
        Self {
            id: patient.id,
            full_name: patient.profile.full_name().into_string(),
            phone_type: patient.profile.phone_number.as_ref().map(Phone::phone_type),
            body: patient.into(),
            whatsapp_opt_in_at: patient.profile.whatsapp_opt_in_at.map(DateTime::utc),
            erased_at: patient.profile.erased_at.map(DateTime::utc),
            created_at: DateTime::utc(patient.created_at),
            updated_at: DateTime::utc(patient.updated_at),
            version: patient.version,
        }
    }
}

#[derive(Params)]
pub struct PatientParams {
    /// Any part of the names, the document or the phone number, of a contact too; case, accents and punctuation are
    /// ignored.
    search: Option<String>,
    /// Document number; case, spaces, dots and dashes are ignored.
    document_number: Option<String>,
    /// Phone number, international or national in the deployment's country.
    phone_number: Option<Phone>,
    /// `false` lists the deactivated patients. `true` by default.
    is_active: Option<bool>,
    /// `summary` adds `next_appointment`, `last_appointment` and `no_shows` to each patient. A page has 50 patients at
    /// most then.
    expand: Option<PatientExpansion>,
}

impl PatientParams {
    #[must_use]
    pub fn shows_summaries(&self) -> bool {
        self.expand == Some(PatientExpansion::Summary)
    }
}

#[derive(Params)]
pub struct PatientDetailParams {
    /// `summary` adds `next_appointment`, `last_appointment` and `no_shows`.
    expand: Option<PatientExpansion>,
}

impl PatientDetailParams {
    #[must_use]
    pub fn shows_summary(&self) -> bool {
        self.expand == Some(PatientExpansion::Summary)
    }
}

impl From<PatientParams> for PatientFilter {
    fn from(params: PatientParams) -> Self {
        Self {
            search: params.search,
            document_number: params.document_number,
            phone_number: params.phone_number,
            is_active: params.is_active.unwrap_or(true),
        }
    }
}

/// A request to erase a patient's data.
#[derive(Body)]
pub struct ErasureBody {
    /// The reason for the erasure. It is stored, so it must not identify the patient.
    #[field(example = "Solicitud escrita del titular")]
    pub reason: Note<500>,
}

//! Contacts of patients.

use crate::reader::{Accepted, FieldReader};
use crate::{Body, View};
use domain::contact::{Contact, ContactProfile};
use domain::email::Email;
use domain::ids::ContactId;
use domain::phone::{Phone, PhoneType};
use domain::text::Line;
use domain::violation::Rule;

/// The data of a patient's contact.
#[derive(Clone, Body)]
#[check(recipient_has_number(receives_notifications, phone_number))]
pub struct ContactBody {
    #[field(example = "Marta Fernández")]
    name: Line<100>,
    /// Relationship to the patient.
    #[field(example = "madre")]
    relationship: Option<Line<50>>,
    /// International, or national in the deployment's country; stored as E.164. Required with
    /// `receives_notifications`.
    #[field(example = "+54 9 11 2345-6789")]
    phone_number: Option<Phone>,
    email: Option<Email>,
    /// Whether it is the primary contact. At most one contact of a patient is: `true` clears the flag of the others.
    #[field(default = false)]
    is_primary: bool,
    /// Whether the contact gets reminders and notices instead of the patient, and its replies count as the
    /// patient's. If several contacts have this flag, the primary one gets them, otherwise the oldest.
    #[field(default = false)]
    receives_notifications: bool,
}

/// The domain checks this too; here it is reported together with all other violations.
fn recipient_has_number(
    receives: Accepted<'_, bool>,
    phone: Accepted<'_, Option<Phone>>,
    reader: &mut FieldReader<'_>,
) {
    if receives == Some(&true) && phone == Some(&None) {
        reader.refuse("phone_number", Rule::Required);
    }
}

impl From<ContactBody> for ContactProfile {
    fn from(body: ContactBody) -> Self {
        let ContactBody { name, relationship, phone_number, email, is_primary, receives_notifications } = body;
        Self { name, relationship, phone_number, email, is_primary, receives_notifications }
    }
}

impl From<&Contact> for ContactBody {
    fn from(contact: &Contact) -> Self {
        let ContactProfile { name, relationship, phone_number, email, is_primary, receives_notifications } =
            contact.profile.clone();
        Self { name, relationship, phone_number, email, is_primary, receives_notifications }
    }
}

/// A contact of a patient.
#[derive(Clone, View)]
pub struct ContactView {
    id: ContactId,
    /// How `phone_number` was read.
    phone_type: Option<PhoneType>,
    #[field(flatten)]
    body: ContactBody,
    /// Increases by one with each change.
    version: u64,
}

impl From<&Contact> for ContactView {
    fn from(contact: &Contact) -> Self {
        let phone_type = contact.profile.phone_number.as_ref().map(Phone::phone_type);
        Self { id: contact.id, phone_type, body: contact.into(), version: contact.version }
    }
}

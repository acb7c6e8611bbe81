//! The contacts of a patient: other people to call, and people who receive the messages in the patient's
//! place, for example the mother of a child.
//!
//! They are part of the patient: at most ten, at most one of them primary. [`Contacts`] guarantees both.

use crate::email::Email;
use crate::ids::ContactId;
use crate::phone::{MatchKey, Phone};
use crate::text::Line;
use crate::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub const MAX_CONTACTS: usize = 10;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Later contacts have higher ids.
    pub id: ContactId,
    pub profile: ContactProfile,
    /// Incremented with each change; clients send it back in `If-Match`.
    pub version: u64,
}

/// The editable fields of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactProfile {
    pub name: Line<100>,
    /// The relationship to the patient, for example `madre`.
    pub relationship: Option<Line<50>>,
    pub phone_number: Option<Phone>,
    pub email: Option<Email>,
    /// Whether the contact is to be called first.
    pub is_primary: bool,
    /// Whether messages go to the contact instead of the patient.
    pub receives_notifications: bool,
}

impl ContactProfile {
    /// The phone number, if the contact receives messages.
    fn recipient_phone(&self) -> Option<&Phone> {
        self.phone_number.as_ref().filter(|_| self.receives_notifications)
    }
}

/// A patient's contacts, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Contacts(Vec<Contact>);

impl Contacts {
    /// The contacts, oldest first.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.0.iter()
    }

    #[must_use]
    pub fn get(&self, id: ContactId) -> Option<&Contact> {
        self.0.iter().find(|contact| contact.id == id)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With a new contact added. If it is primary, the previous primary contact stops being primary.
    ///
    /// # Errors
    /// [`Rule::TooMany`] for `contacts`, and the errors of [`Self::changed`].
    pub fn added(&self, id: ContactId, profile: ContactProfile) -> Result<Self, Violations> {
        check(&profile)?;
        if self.0.len() >= MAX_CONTACTS {
            return Err(Violations::of("contacts", Rule::TooMany(MAX_CONTACTS)));
        }
        let mut contacts = self.without_primary_unless(&profile, id);
        contacts.0.push(Contact { id, profile, version: 1 });
        Ok(contacts)
    }

    /// With the profile of one contact replaced. If it is primary, the previous primary contact stops being primary.
    ///
    /// # Errors
    /// [`Rule::Required`] for `phone_number` if the contact is to receive messages and has no number.
    pub fn changed(&self, id: ContactId, profile: &ContactProfile) -> Result<Self, Violations> {
        check(profile)?;
        let mut contacts = self.without_primary_unless(profile, id);
        for contact in contacts.0.iter_mut().filter(|contact| contact.id == id) {
            *contact = Contact { id, profile: profile.clone(), version: contact.version + 1 };
        }
        Ok(contacts)
    }

    /// With one contact removed.
    #[must_use]
    pub fn removed(&self, id: ContactId) -> Self {
        Self(self.0.iter().filter(|contact| contact.id != id).cloned().collect())
    }

    /// If `profile`, the new profile of `id`, is primary, no other contact stays primary.
    fn without_primary_unless(&self, profile: &ContactProfile, id: ContactId) -> Self {
        let mut contacts = self.clone();
        let replaced = |contact: &&mut Contact| profile.is_primary && contact.profile.is_primary && contact.id != id;
        for contact in contacts.0.iter_mut().filter(replaced) {
            contact.profile.is_primary = false;
            contact.version += 1;
        }
        contacts
    }

    /// The number that receives messages instead of the patient's: that of the primary contact if it receives
    /// messages, otherwise that of the oldest contact that does.
    #[must_use]
    pub fn recipient_phone(&self) -> Option<&Phone> {
        let primary_first = |contact: &&Contact| !contact.profile.is_primary;
        let receiving = self.0.iter().filter(|contact| contact.profile.recipient_phone().is_some());
        // `min_by_key` returns the first minimum, and the list is oldest first.
        receiving.min_by_key(primary_first).and_then(|contact| contact.profile.recipient_phone())
    }

    /// The numbers whose replies count as the patient's.
    #[must_use]
    pub fn reply_numbers(&self) -> BTreeSet<MatchKey> {
        self.0.iter().filter_map(|contact| contact.profile.recipient_phone()).map(Phone::match_key).collect()
    }
}

fn check(profile: &ContactProfile) -> Result<(), Violations> {
    match (profile.receives_notifications, &profile.phone_number) {
        (true, None) => Err(Violations::of("phone_number", Rule::Required)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id as _;
    use crate::phone::Country;

    fn id(number: u128) -> ContactId {
        ContactId::from_uuid(uuid::Uuid::from_u128(number))
    }

    fn contact(phone: Option<&str>, is_primary: bool, receives_notifications: bool) -> ContactProfile {
        let country = Country::parse("AR").unwrap();
        ContactProfile {
            name: Line::parse("Marta").unwrap(),
            relationship: None,
            phone_number: phone.map(|phone| Phone::parse(phone, country).unwrap()),
            email: None,
            is_primary,
            receives_notifications,
        }
    }

    const FIRST: Option<&str> = Some("+12025550101");
    const SECOND: Option<&str> = Some("+12025550102");

    fn number(contacts: &Contacts) -> Option<&str> {
        contacts.recipient_phone().map(Phone::as_str)
    }

    #[test]
    fn at_most_one_contact_is_primary() {
        let contacts = Contacts::default().added(id(1), contact(None, true, false)).unwrap();
        let contacts = contacts.added(id(2), contact(None, true, false)).unwrap();
        let marks =
            |contacts: &Contacts| contacts.iter().map(|one| (one.profile.is_primary, one.version)).collect::<Vec<_>>();
        assert_eq!(marks(&contacts), [(false, 2), (true, 1)]);
        let contacts = contacts.changed(id(1), &contact(None, true, false)).unwrap();
        assert_eq!(marks(&contacts), [(true, 3), (false, 2)]);
        let contacts = contacts.changed(id(1), &contact(None, false, false)).unwrap();
        assert_eq!(marks(&contacts), [(false, 4), (false, 2)], "there may be none");
    }

    #[test]
    fn there_are_ten_at_most() {
        let mut contacts = Contacts::default();
        for number in 0..10 {
            contacts = contacts.added(id(number), contact(None, false, false)).unwrap();
        }
        let eleventh = contacts.added(id(10), contact(None, false, false));
        assert_eq!(eleventh, Err(Violations::of("contacts", Rule::TooMany(10))));
        assert!(contacts.removed(id(3)).added(id(10), contact(None, false, false)).is_ok());
    }

    #[test]
    fn messages_go_to_the_primary_then_to_the_oldest() {
        let contacts = Contacts::default().added(id(1), contact(FIRST, false, false)).unwrap();
        assert_eq!(number(&contacts), None, "a contact that doesn't receive messages gets none");
        let contacts = contacts.changed(id(1), &contact(FIRST, false, true)).unwrap();
        let contacts = contacts.added(id(2), contact(SECOND, false, true)).unwrap();
        assert_eq!(number(&contacts), FIRST);
        let contacts = contacts.changed(id(2), &contact(SECOND, true, true)).unwrap();
        assert_eq!(number(&contacts), SECOND);
        assert_eq!(contacts.reply_numbers().len(), 2);
        assert_eq!(number(&contacts.removed(id(2)).removed(id(1))), None);
    }

    #[test]
    fn a_contact_that_receives_messages_needs_a_number() {
        let missing = Err(Violations::of("phone_number", Rule::Required));
        assert_eq!(Contacts::default().added(id(1), contact(None, false, true)), missing);
        let contacts = Contacts::default().added(id(1), contact(FIRST, false, true)).unwrap();
        assert_eq!(contacts.changed(id(1), &contact(None, false, true)), missing);
    }
}

//! A patient's contacts: whom else to call, and who gets the messages in the patient's place, as a
//! child's mother does.
//!
//! They are part of the patient: at most ten, one of them primary. [`Contacts`] can't hold anything
//! else, so whoever has one needn't check.

use crate::email::Email;
use crate::ids::ContactId;
use crate::phone::{MatchKey, Phone};
use crate::text::Line;
use crate::violation::{Rule, Violations};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// At most so many a patient.
pub const MAX_CONTACTS: usize = 10;

/// A contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Its id. Later ones sort after earlier ones.
    pub id: ContactId,
    /// What the reception desk edits.
    pub profile: ContactProfile,
    /// One more with each change; clients send it back in `If-Match`.
    pub version: u64,
}

/// What the reception desk edits of a contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactProfile {
    /// Its name.
    pub name: Line<100>,
    /// What it is to the patient, as `madre`.
    pub relationship: Option<Line<50>>,
    /// Its number.
    pub phone_number: Option<Phone>,
    /// Its e-mail address.
    pub email: Option<Email>,
    /// Whether it is the first to be called.
    pub is_primary: bool,
    /// Whether messages go to it instead of the patient.
    pub receives_notifications: bool,
}

impl ContactProfile {
    /// The number that messages go to, where they do.
    fn notified(&self) -> Option<&Phone> {
        self.phone_number.as_ref().filter(|_| self.receives_notifications)
    }
}

/// A patient's contacts, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Contacts(Vec<Contact>);

impl Contacts {
    /// Each of them, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Contact> {
        self.0.iter()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: ContactId) -> Option<&Contact> {
        self.0.iter().find(|contact| contact.id == id)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same with a new contact. If it is primary, no other one is any more.
    ///
    /// # Errors
    /// [`Rule::TooMany`] under `contacts`, and those of [`Self::changed`].
    pub fn added(&self, id: ContactId, profile: ContactProfile) -> Result<Self, Violations> {
        check(&profile)?;
        if self.0.len() >= MAX_CONTACTS {
            return Err(Violations::of("contacts", Rule::TooMany(MAX_CONTACTS)));
        }
        let mut contacts = self.without_primary_unless(&profile, id);
        contacts.0.push(Contact { id, profile, version: 1 });
        Ok(contacts)
    }

    /// The same with another profile of one contact. If it is primary, no other one is any more.
    ///
    /// # Errors
    /// [`Rule::Required`] under `phone_number` for one who is to receive messages and has no number.
    pub fn changed(&self, id: ContactId, profile: ContactProfile) -> Result<Self, Violations> {
        check(&profile)?;
        let mut contacts = self.without_primary_unless(&profile, id);
        for contact in contacts.0.iter_mut().filter(|contact| contact.id == id) {
            *contact = Contact { id, profile: profile.clone(), version: contact.version + 1 };
        }
        Ok(contacts)
    }

    /// The same without one contact.
    #[must_use]
    pub fn removed(&self, id: ContactId) -> Self {
        Self(self.0.iter().filter(|contact| contact.id != id).cloned().collect())
    }

    /// Where `profile`, which `id` gets, is primary: the others aren't.
    fn without_primary_unless(&self, profile: &ContactProfile, id: ContactId) -> Self {
        let mut contacts = self.clone();
        let deposed = |contact: &&mut Contact| profile.is_primary && contact.profile.is_primary && contact.id != id;
        for contact in contacts.0.iter_mut().filter(deposed) {
            contact.profile.is_primary = false;
            contact.version += 1;
        }
        contacts
    }

    /// The number that messages go to instead of the patient's: the primary contact's, if it receives
    /// them, else that of the oldest one that does.
    #[must_use]
    pub fn notified(&self) -> Option<&Phone> {
        let primary_first = |contact: &&Contact| !contact.profile.is_primary;
        let receiving = self.0.iter().filter(|contact| contact.profile.notified().is_some());
        // The first of those that are least: the list is oldest first.
        receiving.min_by_key(primary_first).and_then(|contact| contact.profile.notified())
    }

    /// The numbers whose answers count as the patient's.
    #[must_use]
    pub fn answering(&self) -> BTreeSet<MatchKey> {
        self.0.iter().filter_map(|contact| contact.profile.notified()).map(Phone::match_key).collect()
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
        contacts.notified().map(Phone::as_str)
    }

    #[test]
    fn one_is_primary() {
        let contacts = Contacts::default().added(id(1), contact(None, true, false)).unwrap();
        let contacts = contacts.added(id(2), contact(None, true, false)).unwrap();
        let marks =
            |contacts: &Contacts| contacts.iter().map(|one| (one.profile.is_primary, one.version)).collect::<Vec<_>>();
        assert_eq!(marks(&contacts), [(false, 2), (true, 1)]);
        let contacts = contacts.changed(id(1), contact(None, true, false)).unwrap();
        assert_eq!(marks(&contacts), [(true, 3), (false, 2)]);
        let contacts = contacts.changed(id(1), contact(None, false, false)).unwrap();
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
        assert_eq!(number(&contacts), None, "who doesn't want them gets none");
        let contacts = contacts.changed(id(1), contact(FIRST, false, true)).unwrap();
        let contacts = contacts.added(id(2), contact(SECOND, false, true)).unwrap();
        assert_eq!(number(&contacts), FIRST);
        let contacts = contacts.changed(id(2), contact(SECOND, true, true)).unwrap();
        assert_eq!(number(&contacts), SECOND);
        assert_eq!(contacts.answering().len(), 2);
        assert_eq!(number(&contacts.removed(id(2)).removed(id(1))), None);
    }

    #[test]
    fn who_receives_messages_has_a_number() {
        let missing = Err(Violations::of("phone_number", Rule::Required));
        assert_eq!(Contacts::default().added(id(1), contact(None, false, true)), missing);
        let contacts = Contacts::default().added(id(1), contact(FIRST, false, true)).unwrap();
        assert_eq!(contacts.changed(id(1), contact(None, false, true)), missing);
    }
}

//! Validation errors of a request: the name of a field and the rule that it violates.
//!
//! Rules carry numbers and choices but no texts: `web` translates them into the client's language.

use crate::phone::PhoneProblem;
use chrono::NaiveDate;

/// A validation rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The member must be present and not empty.
    Required,
    /// There is no such member or parameter.
    Unknown,
    /// The member occurs more than once.
    Duplicate,
    /// The value has the wrong JSON type.
    Type,
    /// The server sets the member; clients can't.
    ReadOnly,
    /// Longer than this many characters.
    TooLong(usize),
    /// Shorter than this many characters.
    TooShort(usize),
    /// The text contains control characters.
    Characters,
    /// A number outside these bounds, both included.
    Range(i64, i64),
    /// The value must be one of these.
    OneOf(&'static [&'static str]),
    /// Not an e-mail address.
    Email,
    /// Not a valid phone number of the deployment's country or of any other. `example`: a number of that country.
    Phone {
        problem: PhoneProblem,
        example: &'static str,
    },
    /// Not a calendar date `YYYY-MM-DD`.
    Date,
    /// A date of birth before 1900 or after today.
    BirthDate,
    /// Not a time of day `HH:MM[:SS]`.
    Time,
    /// Not an RFC 3339 instant or local time, in whole seconds.
    DateTime,
    /// A local time that a clock change skips.
    SkippedLocalTime,
    /// A local time that a clock change repeats.
    RepeatedLocalTime,
    /// Not an IANA time zone.
    TimeZone,
    Id,
    /// There is no entity with this id.
    NoSuchThing,
    /// The entity with this id is deactivated.
    Inactive,
    /// The clinic of the entity with this id is deactivated.
    ClinicInactive,
    /// No slot of this length fits between start and end.
    NoSlot,
    /// None of these weekdays lies between the first and the last day.
    NeverApplies,
    /// The instant has passed.
    Past,
    /// Later than this day.
    NotAfter(NaiveDate),
    /// A date outside these bounds, both included.
    DateRange(NaiveDate, NaiveDate),
    /// The doctor is available at this local time in several time zones: the room tells which.
    SeveralZones,
    /// The time isn't in the slot that is running now.
    NotRunning,
    /// The end must be after the start.
    EndNotAfterStart,
    /// A duration in minutes outside these bounds, both included.
    Minutes(i64, i64),
    /// The two dates are further apart than this many days.
    TooManyDays(i64),
    /// What these dates select doesn't fit into one response.
    TooLargeResponse,
    /// The password is in the list of common passwords.
    CommonPassword,
    /// The password is wrong.
    WrongPassword,
    /// The one-time code is wrong or no longer valid.
    WrongCode,
    /// At least one of these is required.
    OneNeeded(&'static [&'static str]),
    /// Exactly one of these is required.
    ExactlyOne(&'static [&'static str]),
    /// A local time in a request that names no clinic, so that its time zone is unknown.
    NoZone,
    TooMany(usize),
    /// An entry occurs twice.
    Repeated,
    /// The value can't be combined with this other field.
    NotTogetherWith(&'static str),
    /// The text identifies the patient, but is kept after the erasure.
    NamesThePatient,
    /// The patient, or the number for the patient's messages, has opted out of messages.
    OptedOut,
    /// Whoever has the number said that it isn't the patient's.
    WrongNumber,
    /// Braces in a text may only hold one of these variables.
    Variables(&'static [&'static str]),
    /// The sender of a message has no appointment, hides the number, or isn't the patient any more.
    NotReachableByChat,
}

/// A field and the rule that it violates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the member as the client sent it.
    pub field: String,
    pub rule: Rule,
}

/// All violations of one request, collected so that a form can show every error at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    #[must_use]
    pub fn of(field: &str, rule: Rule) -> Self {
        let mut violations = Self::default();
        violations.add(field, rule);
        violations
    }

    pub fn add(&mut self, field: &str, rule: Rule) {
        self.0.push(Violation { field: field.to_owned(), rule });
    }

    /// Returns the value, or adds its violation for `field`.
    pub fn take<T>(&mut self, field: &str, parsed: Result<T, Rule>) -> Option<T> {
        parsed.map_err(|rule| self.add(field, rule)).ok()
    }

    /// Like [`Self::take`], for an optional value.
    pub fn take_optional<T>(&mut self, field: &str, parsed: Result<Option<T>, Rule>) -> Option<T> {
        self.take(field, parsed).flatten()
    }

    /// Adds a violation for `field` if the referenced entity doesn't exist (`None`) or is deactivated.
    pub fn expect_active(&mut self, field: &str, active: Option<bool>) {
        match active {
            None => self.add(field, Rule::NoSuchThing),
            Some(false) => self.add(field, Rule::Inactive),
            Some(true) => {}
        }
    }

    /// `value`, if there are no violations and it could be built.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// `Ok` if there are no violations.
    pub fn check(self) -> Result<(), Self> {
        self.finish(Some(()))
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The violations in the order in which they were found.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }
}

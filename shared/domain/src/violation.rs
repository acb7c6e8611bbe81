//! What can be wrong with one input: a field's name and the rule that it breaks.
//!
//! Rules carry numbers and choices but no words: `web` says them in the reader's language.

/// A rule that an input can break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// The member has to be there and not be empty.
    Required,
    /// No such member or parameter.
    Unknown,
    /// The member stands there more than once.
    Duplicate,
    /// The value is of another JSON type.
    Type,
    /// The member is the server's to set.
    ReadOnly,
    /// Longer than this many characters.
    TooLong(usize),
    /// Shorter than this many characters.
    TooShort(usize),
    /// Control characters.
    Characters,
    /// A number outside these bounds, both included.
    Range(i64, i64),
    /// None of these.
    OneOf(&'static [&'static str]),
    /// Not an e-mail address.
    Email,
    /// Not a valid phone number of the deployment's country or of any other.
    Phone,
    /// Not a calendar date `YYYY-MM-DD`.
    Date,
    /// Not a time of day `HH:MM[:SS]`.
    Time,
    /// Not an RFC 3339 instant or local time, in whole seconds.
    DateTime,
    /// A local time that the clock change skips.
    SkippedLocalTime,
    /// A local time that the clock change repeats.
    RepeatedLocalTime,
    /// Not an IANA time zone.
    TimeZone,
    /// Not an id.
    Id,
    /// Nothing has this id.
    NoSuchThing,
    /// What has this id is deactivated.
    Inactive,
    /// The instant has passed.
    Past,
    /// The end has to be after the start.
    EndNotAfterStart,
    /// A length outside these bounds in minutes, both included.
    Minutes(i64, i64),
    /// More days than this between the two dates.
    TooManyDays(i64),
    /// The password is among the ones tried first.
    CommonPassword,
    /// It isn't the password.
    WrongPassword,
    /// It isn't the code of now.
    WrongCode,
    /// One of these is needed.
    OneNeeded(&'static [&'static str]),
    /// Exactly one of these is needed.
    ExactlyOne(&'static [&'static str]),
    /// A local time, where no clinic tells its zone.
    NoZone,
    /// At most this many entries.
    TooMany(usize),
    /// The same entry twice.
    Repeated,
    /// The value can't stand together with another one.
    NotTogetherWith(&'static str),
    /// It says who the patient is, and is kept when nothing else says so any more.
    NamesThePatient,
}

/// A field and the rule it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The member's name as the client wrote it.
    pub field: String,
    /// The rule.
    pub rule: Rule,
}

/// All that is wrong with an input. Collected, so that a form shows every error at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// A collection of one.
    #[must_use]
    pub fn of(field: &str, rule: Rule) -> Self {
        let mut violations = Self::default();
        violations.add(field, rule);
        violations
    }

    /// Adds one.
    pub fn add(&mut self, field: &str, rule: Rule) {
        self.0.push(Violation { field: field.to_owned(), rule });
    }

    /// The value, or its broken rule noted under `field`.
    pub fn take<T>(&mut self, field: &str, parsed: Result<T, Rule>) -> Option<T> {
        parsed.map_err(|rule| self.add(field, rule)).ok()
    }

    /// Like [`Self::take`] for a value that may be left out.
    pub fn take_optional<T>(&mut self, field: &str, parsed: Result<Option<T>, Rule>) -> Option<T> {
        self.take(field, parsed).flatten()
    }

    /// Notes under `field` what names nothing (`None`), or something that was deactivated.
    pub fn expect_active(&mut self, field: &str, active: Option<bool>) {
        match active {
            None => self.add(field, Rule::NoSuchThing),
            Some(false) => self.add(field, Rule::Inactive),
            Some(true) => {}
        }
    }

    /// `value` where nothing is wrong and every part of it was readable.
    ///
    /// # Errors
    /// The violations themselves.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }

    /// `Ok` where nothing is wrong.
    ///
    /// # Errors
    /// The violations themselves.
    pub fn check(self) -> Result<(), Self> {
        self.finish(Some(()))
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each of them, in the order of discovery.
    pub fn iter(&self) -> impl Iterator<Item = &Violation> {
        self.0.iter()
    }
}

//! What can be the body of a request.

use crate::members::Members;
use crate::patch::Patch;
use crate::reader::{Fields, ReadContext, ReadError, read_body};
use app::directory::records::RecordDraft;
use domain::record::Record;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub trait RequestBody: Sized {
    /// Whether a request may have no body at all.
    const OPTIONAL: bool = false;

    /// # Errors
    /// All errors, by member.
    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError>;
}

impl<T: Fields> RequestBody for T {
    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError> {
        read_body(&members, context)
    }
}

/// A body that may be left out, which counts as `{}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionalBody<T>(pub T);

impl<T: Fields> RequestBody for OptionalBody<T> {
    const OPTIONAL: bool = true;

    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError> {
        read_body(&members, context).map(Self)
    }
}

/// The body of a PUT. It has all members, but some keep their value where they are left out: it says which are given.
#[derive(Clone)]
pub struct Replacement<T> {
    pub body: T,
    given: BTreeSet<String>,
}

impl<T> Replacement<T> {
    /// Whether the body has a value for a member.
    #[must_use]
    pub fn gives(&self, name: &str) -> bool {
        self.given.contains(name)
    }

    /// The new state of a record. A body without `is_active` leaves it: nothing is deactivated, and nothing comes back,
    /// by omission.
    pub fn draft<I, P>(&self, before: &Record<I, P>) -> RecordDraft<P>
    where
        T: Clone + Into<RecordDraft<P>>,
    {
        let draft: RecordDraft<P> = self.body.clone().into();
        let is_active = if self.gives("is_active") { draft.is_active } else { before.is_active };
        RecordDraft { is_active, ..draft }
    }
}

impl<T: Fields> RequestBody for Replacement<T> {
    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError> {
        let body = read_body(&members, context)?;
        let given = members.into_iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name).collect();
        Ok(Self { body, given })
    }
}

impl<T: Members + Fields> RequestBody for Patch<T> {
    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError> {
        Self::read(members, context).map_err(ReadError::Shape)
    }
}

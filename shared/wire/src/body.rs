//! What can be the body of a request.

use crate::members::Members;
use crate::patch::Patch;
use crate::reader::{Fields, ReadContext, ReadError, read_body};
use serde_json::{Map, Value};

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

impl<T: Members + Fields> RequestBody for Patch<T> {
    fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, ReadError> {
        Self::read(members, context).map_err(ReadError::Shape)
    }
}

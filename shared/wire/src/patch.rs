//! The body of a PATCH.

use crate::members::Members;
use crate::reader::{Fields, ReadContext, check_shape, read_body};
use domain::violation::Violations;
use serde_json::{Map, Value};
use std::marker::PhantomData;

/// Those members of a `T` that a PATCH changes.
#[derive(Clone)]
pub struct Patch<T> {
    members: Map<String, Value>,
    context: ReadContext,
    whole: PhantomData<fn() -> T>,
}

impl<T: Members + Fields> Patch<T> {
    /// # Errors
    /// Unknown members, and those of another JSON type.
    pub fn read(members: Map<String, Value>, context: ReadContext) -> Result<Self, Violations> {
        check_shape::<T>(&members, context)?;
        Ok(Self { members, context, whole: PhantomData })
    }

    /// `current` with the given members replaced. `null` is a value like any other: it clears an optional member.
    ///
    /// # Errors
    /// All errors of the changed body, by member.
    pub fn apply_to(&self, current: &T) -> Result<T, Violations> {
        // Texts, numbers and lists always serialise, and a body is an object.
        let mut whole = match crate::members::serialize(current, serde_json::value::Serializer) {
            Ok(Value::Object(members)) => members,
            Ok(_) | Err(_) => Map::new(),
        };
        whole.extend(self.members.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(read_body(&whole, self.context)?)
    }

    /// A given member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }
}

//! What the type of a field defines: its JSON, its schema, and how it is read from a request.

use crate::reader::{ReadContext, ReadError};
use crate::source::FieldSource;
use domain::violation::Rule;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{OneOfBuilder, SchemaType, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// Schemas by name.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// The type of a field of a response, or of a request.
pub trait FieldValue: Sized {
    /// Whether the field is always present.
    const REQUIRED: bool = true;

    /// # Errors
    /// Those of the serializer.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    fn schema() -> RefOr<Schema>;

    /// The schema where a blank text counts as left out.
    #[must_use]
    fn optional_schema() -> RefOr<Schema> {
        Self::schema()
    }

    /// The schema of a query parameter, which is never `null`.
    #[must_use]
    fn parameter_schema() -> RefOr<Schema> {
        Self::schema()
    }

    /// Collects the schemas that [`Self::schema`] refers to by name.
    fn referenced_schemas(_found: &mut Schemas) {}
}

/// The type of a field of a request.
pub trait FieldInput: FieldValue {
    /// # Errors
    /// [`FieldError::Shape`] for another JSON type, [`FieldError::Value`] for a value that breaks a rule.
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError>;

    /// Whether an optional field of this type counts as left out.
    #[must_use]
    fn is_blank(_source: FieldSource<'_>) -> bool {
        false
    }

    /// The value of a field that is left out; `None` if it is required.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// Why a field is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldError {
    /// The value is missing or of another JSON type.
    Shape(Rule),
    /// The value breaks a rule.
    Value(Rule),
    /// The errors of the entries of a list. Their fields are paths below the name of the list, such as `2.name`.
    Entries(ReadError),
}

impl From<Rule> for FieldError {
    fn from(rule: Rule) -> Self {
        Self::Value(rule)
    }
}

impl<T: FieldValue> FieldValue for Option<T> {
    const REQUIRED: bool = false;

    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn schema() -> RefOr<Schema> {
        nullable(T::optional_schema())
    }

    fn parameter_schema() -> RefOr<Schema> {
        T::parameter_schema()
    }

    fn referenced_schemas(found: &mut Schemas) {
        T::referenced_schemas(found);
    }
}

impl<T: FieldInput> FieldInput for Option<T> {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        if T::is_blank(source) { Ok(None) } else { T::read(source, context).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// A field's value, for serde.
pub(crate) struct Json<'a, T>(pub(crate) &'a T);

impl<T: FieldValue> Serialize for Json<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The schema of a value that may be `null`.
pub(crate) fn nullable(schema: RefOr<Schema>) -> RefOr<Schema> {
    let with_null = |schema_type: SchemaType| match schema_type {
        SchemaType::Type(only) => SchemaType::Array(vec![only, Type::Null]),
        other => other,
    };
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            object.schema_type = with_null(object.schema_type);
            if let Some(choices) = &mut object.enum_values {
                choices.push(serde_json::Value::Null);
            }
            object.into()
        }
        RefOr::T(Schema::Array(mut array)) => {
            array.schema_type = with_null(array.schema_type);
            array.into()
        }
        // One that may be `null` already: where a member is left out or `null`.
        nullable @ RefOr::T(Schema::OneOf(_)) => nullable,
        other => OneOfBuilder::new().item(ObjectBuilder::new().schema_type(Type::Null)).item(other).into(),
    }
}

//! API types as JSON objects: how they are written, and the schemas of them in the OpenAPI document.

use crate::field::{FieldValue, Json, Schemas, nullable};
use serde::Serializer;
pub use serde::ser::SerializeMap;
use serde_json::Value;
use utoipa::openapi::schema::{SchemaFormat, Type};
use utoipa::openapi::{Object, ObjectBuilder, Ref, RefOr, Schema};

/// A body of a request or response, as the derives `Body` and `View` implement it.
pub trait Members {
    /// The name of its schema.
    const NAME: &'static str;
    const DESCRIPTION: &'static str;

    /// # Errors
    /// Those of the serializer.
    fn serialize_members<M: SerializeMap>(&self, members: &mut M) -> Result<(), M::Error>;

    fn describe(schema: &mut ObjectSchema);

    /// Collects the schemas that fields refer to by name.
    fn referenced_schemas(found: &mut Schemas);
}

impl<T: Members> FieldValue for T {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self, serializer)
    }

    fn schema() -> RefOr<Schema> {
        Ref::from_schema_name(T::NAME).into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        found.push((T::NAME.to_owned(), schema::<T>()));
        <T as Members>::referenced_schemas(found);
    }
}

/// # Errors
/// Those of the serializer.
pub fn serialize<T: Members, S: Serializer>(object: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut members = serializer.serialize_map(None)?;
    object.serialize_members(&mut members)?;
    members.end()
}

/// # Errors
/// Those of the serializer.
pub fn serialize_one<M: SerializeMap>(members: &mut M, name: &str, value: &impl FieldValue) -> Result<(), M::Error> {
    members.serialize_entry(name, &Json(value))
}

/// Leaves the member out where it is `None`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize_some<M: SerializeMap, T: FieldValue>(
    members: &mut M,
    name: &str,
    value: &Option<T>,
) -> Result<(), M::Error> {
    value.iter().try_for_each(|value| serialize_one(members, name, value))
}

/// A field's value as it is in a JSON object.
#[must_use]
pub fn to_json(value: &impl FieldValue) -> Value {
    // Texts, numbers and lists always serialise.
    value.serialize(serde_json::value::Serializer).unwrap_or_default()
}

/// The schema of an API type.
#[must_use]
pub fn schema<T: Members>() -> RefOr<Schema> {
    let mut schema = ObjectSchema(ObjectBuilder::new().schema_type(Type::Object).build());
    if !T::DESCRIPTION.is_empty() {
        schema.0.description = Some(T::DESCRIPTION.to_owned());
    }
    T::describe(&mut schema);
    schema.0.into()
}

/// The schema of a JSON object, field by field.
#[derive(Clone)]
pub struct ObjectSchema(Object);

/// What the attributes of a field add to the schema of its type.
#[derive(Clone)]
pub struct FieldDetails {
    pub description: &'static str,
    pub default: Option<Value>,
    pub example: Option<Value>,
    pub format: Option<&'static str>,
    pub write_only: bool,
}

impl ObjectSchema {
    pub fn member<T: FieldValue>(&mut self, name: &str, details: FieldDetails) {
        let schema = if details.default.is_some() { nullable(T::schema()) } else { T::schema() };
        if T::REQUIRED && details.default.is_none() {
            self.0.required.push(name.to_owned());
        }
        self.0.properties.insert(name.to_owned(), details.added_to(schema));
    }
}

impl FieldDetails {
    fn added_to(self, schema: RefOr<Schema>) -> RefOr<Schema> {
        let description = (!self.description.is_empty()).then(|| self.description.to_owned());
        match schema {
            RefOr::T(Schema::Object(mut object)) => {
                object.description = description.or(object.description);
                object.default = self.default;
                object.example = self.example;
                object.format = self.format.map(|name| SchemaFormat::Custom(name.to_owned())).or(object.format);
                object.write_only = self.write_only.then_some(true);
                object.into()
            }
            RefOr::T(Schema::Array(mut array)) => {
                array.description = description.or(array.description);
                array.default = self.default;
                array.example = self.example;
                array.into()
            }
            RefOr::Ref(mut reference) => {
                reference.description = description.unwrap_or_default();
                reference.into()
            }
            RefOr::T(other) => other.into(),
        }
    }
}

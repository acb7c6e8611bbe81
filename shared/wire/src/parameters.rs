//! Query parameters in the OpenAPI document.

use crate::field::FieldValue;
use crate::members::FieldDetails;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{RefOr, Required, Schema};

/// The parameter of a field.
#[must_use]
pub fn parameter<T: FieldValue>(name: &str, details: FieldDetails) -> Parameter {
    let mut schema = T::parameter_schema();
    if let RefOr::T(Schema::Object(object)) = &mut schema {
        object.default = details.default;
    }
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description((!details.description.is_empty()).then_some(details.description))
        .example(details.example)
        .schema(Some(schema))
        .build()
}

//! An id as a type of its own, for schemas of lists of ids: `#[schema(value_type = Vec<web::Id>)]`.

use std::borrow::Cow;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// An id; only the document knows it, code has one type for the ids of each kind.
#[derive(Debug, Clone, Copy)]
pub struct Id;

impl PartialSchema for Id {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom("uuid".to_owned())))
            .description(Some("An id. Opaque: nothing is to be read from it."))
            .into()
    }
}

impl ToSchema for Id {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Id")
    }
}

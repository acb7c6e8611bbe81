//! The types of fields.

mod choice;
mod date_time;
mod history_action;
mod id;
mod lists;
mod number;
mod phone;
mod secret;
mod text;
mod time;

pub use choice::{
    ActorType, AvailabilitySource, Choice, ChoiceInput, CommaSeparated, Direction, Expansion, ListFormat,
    MessageChannel, PatientExpansion, TokenType,
};
pub use date_time::DateTime;
pub use history_action::HistoryAction;
pub use id::IdSchema;
pub use lists::{DistinctIds, Entries};
pub use number::Bounded;
pub use phone::StoredPhone;

use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};

/// The schema of a text.
pub(crate) fn text_schema() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

/// The schema of a text in a format, as `uuid`.
pub(crate) fn format_schema(format: &str) -> ObjectBuilder {
    text_schema().format(Some(SchemaFormat::Custom(format.to_owned())))
}

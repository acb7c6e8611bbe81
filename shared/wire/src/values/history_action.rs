//! The actions of an appointment's history.

use super::text_schema;
use crate::field::FieldValue;
use domain::lifecycle::Action;
use serde::Serializer;
use utoipa::openapi::{RefOr, Schema};

/// An action that a client can request, or one that only citas does.
#[derive(Debug, Clone, Copy)]
pub struct HistoryAction(pub Action);

impl FieldValue for HistoryAction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }

    fn schema() -> RefOr<Schema> {
        let internal = [Action::Create, Action::HoldExpired].map(Action::name);
        text_schema().enum_values(Some(internal.into_iter().chain(Action::NAMES.iter().copied()))).into()
    }
}

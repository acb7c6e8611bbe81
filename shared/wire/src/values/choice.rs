//! Words of a closed list.

use super::text_schema;
use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use app::availability::schedules::NotApplying;
use domain::actor::Channel;
use domain::appointment::{ConfirmationChannel, Status};
use domain::availability::UnavailableReason;
use domain::language::Language;
use domain::lifecycle::Action;
use domain::notification::{NotificationKind, NotificationStatus, Told};
use domain::phone::PhoneType;
use domain::user::Role;
use domain::violation::Rule;
use serde::Serializer;
use std::collections::BTreeSet;
use store::inbound::InboundIntent;
use utoipa::openapi::{RefOr, Schema};

/// A closed list of words.
pub trait Choice: Copy + 'static {
    /// The words, in the order of the OpenAPI document.
    const NAMES: &'static [&'static str];

    fn name(self) -> &'static str;
}

/// A choice that clients make.
pub trait ChoiceInput: Choice {
    fn parse(name: &str) -> Option<Self>;
}

macro_rules! choices {
    // Names that the domain defines.
    ($($type:ty: $names:expr, $name:expr;)+) => {$(
        impl Choice for $type {
            const NAMES: &'static [&'static str] = $names;

            fn name(self) -> &'static str {
                $name(self)
            }
        }

        choices!(@value $type);
    )+};
    // Names that only clients see.
    ($($type:ident { $($variant:ident = $name:literal),+ $(,)? })+) => {$(
        impl Choice for $type {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        choices!(@value $type);
    )+};
    (@value $type:ty) => {
        impl FieldValue for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(Choice::name(*self))
            }

            fn schema() -> RefOr<Schema> {
                text_schema().enum_values(Some(<Self as Choice>::NAMES.iter().copied())).into()
            }
        }
    };
}

macro_rules! inputs {
    ($($type:ident)+) => {$(
        impl ChoiceInput for $type {
            fn parse(name: &str) -> Option<Self> {
                $type::parse(name)
            }
        }

        impl FieldInput for $type {
            fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
                Ok($type::parse(source.text()?).ok_or(Rule::OneOf(<Self as Choice>::NAMES))?)
            }
        }
    )+};
}

choices! {
    Status: Status::NAMES, Status::name;
    Action: Action::NAMES, Action::name;
    NotificationKind: NotificationKind::NAMES, NotificationKind::name;
    NotificationStatus: NotificationStatus::NAMES, NotificationStatus::name;
    Role: Role::NAMES, Role::name;
    Told: Told::NAMES, Told::name;
    Language: Language::CODES, Language::code;
    InboundIntent: InboundIntent::NAMES, InboundIntent::name;
}

inputs! {
    Action Expansion Language ListFormat NotificationKind NotificationStatus PatientExpansion Role Status Told
}

choices! {
    Channel { Api = "api", Whatsapp = "whatsapp", System = "system" }
    ConfirmationChannel { Whatsapp = "whatsapp", Operator = "operator" }
    UnavailableReason { Booked = "booked", Blocked = "blocked", Past = "past", RoomBusy = "room_busy" }
    ActorType { User = "user", Patient = "patient", System = "system" }
    AvailabilitySource { Window = "window", Rule = "rule" }
    NotApplying {
        DoctorInactive = "doctor_inactive",
        ClinicClosed = "clinic_closed",
        RoomClosed = "room_closed",
        Holiday = "holiday",
        Block = "block",
    }
    Direction { In = "in", Out = "out" }
    Expansion { Patient = "patient" }
    ListFormat { Json = "json", Csv = "csv" }
    MessageChannel { Whatsapp = "whatsapp" }
    PatientExpansion { Summary = "summary" }
    PhoneType { Mobile = "mobile", Landline = "landline", Unknown = "unknown" }
    TokenType { Bearer = "Bearer" }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorType {
    User,
    Patient,
    System,
}

/// What a period of availability comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AvailabilitySource {
    Window,
    Rule,
}

/// Whether a message of a conversation is from or to the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

/// What a list of appointments shows besides its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    Patient,
}

impl Expansion {
    fn parse(name: &str) -> Option<Self> {
        (name == "patient").then_some(Self::Patient)
    }
}

/// What a patient is shown with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatientExpansion {
    Summary,
}

impl PatientExpansion {
    fn parse(name: &str) -> Option<Self> {
        (name == "summary").then_some(Self::Summary)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    Json,
    Csv,
}

impl ListFormat {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// How messages reach patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageChannel {
    Whatsapp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    Bearer,
}

/// Any number of choices, separated by commas: a query parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommaSeparated<T>(pub BTreeSet<T>);

impl<T: Choice> FieldValue for CommaSeparated<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.iter().map(|choice| choice.name()).collect::<Vec<_>>().join(","))
    }

    fn schema() -> RefOr<Schema> {
        let names = T::NAMES.join("|");
        text_schema().pattern(Some(format!("^({names})(,({names}))*$"))).into()
    }
}

impl<T: ChoiceInput + Ord> FieldInput for CommaSeparated<T> {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        let names = source.text()?.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self(names.map(T::parse).collect::<Option<_>>().ok_or(Rule::OneOf(T::NAMES))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_as_its_choice() {
        fn check<T: ChoiceInput>() {
            for name in T::NAMES {
                assert_eq!(T::parse(name).map(Choice::name), Some(*name));
            }
            assert!(T::parse("other").is_none());
        }
        check::<Action>();
        check::<Expansion>();
        check::<Language>();
        check::<ListFormat>();
        check::<NotificationKind>();
        check::<NotificationStatus>();
        check::<PatientExpansion>();
        check::<Role>();
        check::<Status>();
        check::<Told>();
    }
}

//! Numbers and booleans.

use crate::field::{FieldError, FieldInput, FieldValue};
use crate::reader::ReadContext;
use crate::source::FieldSource;
use domain::violation::Rule;
use serde::Serializer;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema};

impl FieldValue for bool {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*self)
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

impl FieldInput for bool {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        source.boolean()
    }
}

/// An integer between two bounds, both included, which fit into `T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounded<T, const MIN: i64, const MAX: i64>(T);

impl<T: Copy, const MIN: i64, const MAX: i64> Bounded<T, MIN, MAX> {
    /// A number that the domain has accepted.
    pub fn of(number: T) -> Self {
        Self(number)
    }

    pub fn get(self) -> T {
        self.0
    }
}

impl<T: Copy + Into<i64>, const MIN: i64, const MAX: i64> FieldValue for Bounded<T, MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.into())
    }

    fn schema() -> RefOr<Schema> {
        integer(Some(KnownFormat::Int64)).minimum(Some(MIN)).maximum(Some(MAX)).into()
    }
}

impl<T: Copy + Into<i64> + TryFrom<i64>, const MIN: i64, const MAX: i64> FieldInput for Bounded<T, MIN, MAX> {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        let number = Some(source.integer()?).filter(|number| (MIN..=MAX).contains(number));
        let number = number.and_then(|number| T::try_from(number).ok());
        Ok(Self(number.ok_or(Rule::Range(MIN, MAX))?))
    }
}

fn integer(format: Option<KnownFormat>) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer).format(format.map(SchemaFormat::KnownFormat))
}

/// Implements numbers of responses, which are never negative.
macro_rules! counts {
    ($($number:ty: $format:expr, $serialize:ident as $wide:ty;)+) => {$(
        impl FieldValue for $number {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.$serialize(*self as $wide)
            }

            fn schema() -> RefOr<Schema> {
                integer($format).minimum(Some(0_i64)).into()
            }
        }
    )+};
}

counts! {
    u8: Some(KnownFormat::Int32), serialize_u64 as u64;
    u32: Some(KnownFormat::Int32), serialize_u64 as u64;
    u64: Some(KnownFormat::Int64), serialize_u64 as u64;
    usize: None, serialize_u64 as u64;
}

impl FieldValue for i64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*self)
    }

    fn schema() -> RefOr<Schema> {
        integer(Some(KnownFormat::Int64)).into()
    }
}

//! Lists.

use super::IdSchema;
use crate::field::{FieldError, FieldInput, FieldValue, Json, Schemas};
use crate::reader::{Fields, ReadContext, ReadError, read_body};
use crate::source::FieldSource;
use domain::violation::{Rule, Violations};
use domain::weekly_rule::{DAYS_OF_WEEK, Weekdays};
use serde::Serializer;
use serde::ser::SerializeSeq as _;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, Ref, RefOr, Schema};
use utoipa::{PartialSchema as _, ToSchema as _};

impl<T: FieldValue> FieldValue for Vec<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(self.iter(), serializer)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        T::referenced_schemas(found);
    }
}

impl<T: FieldValue> FieldValue for BTreeMap<String, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter().map(|(name, value)| (name, Json(value))))
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .property_names(Some(Schema::from(ObjectBuilder::new().schema_type(Type::String))))
            .additional_properties(Some(AdditionalProperties::from(T::schema())))
            .into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        T::referenced_schemas(found);
    }
}

fn sequence<'a, T: FieldValue + 'a, S: Serializer>(
    items: impl ExactSizeIterator<Item = &'a T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(items.len()))?;
    for item in items {
        sequence.serialize_element(&Json(item))?;
    }
    sequence.end()
}

/// The items of a list of texts.
fn text_items(source: FieldSource<'_>) -> Result<Vec<FieldSource<'_>>, FieldError> {
    let items = source.items()?;
    items.iter().try_for_each(|item| item.text().map(drop))?;
    Ok(items)
}

fn ids_schema() -> ArrayBuilder {
    ArrayBuilder::new().items(Ref::from_schema_name(IdSchema::name()))
}

/// Any number of ids, in any order.
impl<I: FieldValue + Ord> FieldValue for BTreeSet<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(self.iter(), serializer)
    }

    fn schema() -> RefOr<Schema> {
        ids_schema().into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        found.push((IdSchema::name().into_owned(), IdSchema::schema()));
    }
}

impl<I: FieldInput + Ord> FieldInput for BTreeSet<I> {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        text_items(source)?.into_iter().map(|item| I::read(item, context)).collect()
    }
}

/// At most `MAX` ids, none of them twice, in an order that means something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinctIds<I, const MAX: usize>(pub Vec<I>);

impl<I: FieldValue, const MAX: usize> FieldValue for DistinctIds<I, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(self.0.iter(), serializer)
    }

    fn schema() -> RefOr<Schema> {
        ids_schema().max_items(Some(MAX)).into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        found.push((IdSchema::name().into_owned(), IdSchema::schema()));
    }
}

impl<I: FieldInput + Ord, const MAX: usize> FieldInput for DistinctIds<I, MAX> {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        let items = text_items(source)?;
        if items.len() > MAX {
            return Err(Rule::TooMany(MAX).into());
        }
        let ids: Vec<I> = items.into_iter().map(|item| I::read(item, context)).collect::<Result<_, _>>()?;
        let repeated = ids.iter().collect::<BTreeSet<_>>().len() < ids.len();
        if repeated { Err(Rule::Repeated.into()) } else { Ok(Self(ids)) }
    }
}

/// At most `MAX` objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<T, const MAX: usize>(pub Vec<T>);

impl<T: FieldValue, const MAX: usize> FieldValue for Entries<T, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        sequence(self.0.iter(), serializer)
    }

    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new().items(T::schema()).max_items(Some(MAX)).into()
    }

    fn referenced_schemas(found: &mut Schemas) {
        T::referenced_schemas(found);
    }
}

impl<T: FieldValue + Fields, const MAX: usize> FieldInput for Entries<T, MAX> {
    fn read(source: FieldSource<'_>, context: ReadContext) -> Result<Self, FieldError> {
        let items = source.items()?;
        if items.len() > MAX {
            return Err(Rule::TooMany(MAX).into());
        }
        let (mut shape, mut values) = (Violations::default(), Violations::default());
        let mut entries = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let (target, found) = match read_body::<T>(item.object()?, context) {
                Ok(entry) => {
                    entries.push(entry);
                    continue;
                }
                Err(ReadError::Shape(found)) => (&mut shape, found),
                Err(ReadError::Values(found)) => (&mut values, found),
            };
            for violation in found.iter() {
                target.add(&format!("{index}.{}", violation.field), violation.rule.clone());
            }
        }
        shape.check().map_err(|found| FieldError::Entries(ReadError::Shape(found)))?;
        values.finish(Some(Self(entries))).map_err(|found| FieldError::Entries(ReadError::Values(found)))
    }
}

impl FieldValue for Weekdays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.numbers())
    }

    fn schema() -> RefOr<Schema> {
        let (_, most) = DAYS_OF_WEEK;
        let int64 = SchemaFormat::KnownFormat(KnownFormat::Int64);
        let number = ObjectBuilder::new().schema_type(Type::Integer).format(Some(int64));
        ArrayBuilder::new().items(number).min_items(Some(1)).max_items(Some(usize::from(most))).into()
    }
}

impl FieldInput for Weekdays {
    fn read(source: FieldSource<'_>, _: ReadContext) -> Result<Self, FieldError> {
        let numbers = source.items()?.into_iter().map(FieldSource::integer).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::parse(&numbers)?)
    }
}

//! The value of one field: of a JSON body, of a query parameter, or a placeholder.

use super::error::FieldError;
use domain::violation::Rule;
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, Error as _, IntoDeserializer, Visitor};
use serde_json::Value;

#[derive(Clone, Copy)]
pub(crate) enum FieldSource<'a> {
    /// A member of a JSON object.
    Json(&'a Value),
    /// A query parameter: text, read as the type of the field. Empty counts as absent.
    Text(&'a str),
    /// A value that most types accept: 0, the empty text, the first variant.
    Placeholder,
}

impl FieldSource<'_> {
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }
}

impl<'a> IntoDeserializer<'_, FieldError> for FieldSource<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Whether a number is an integer that a float holds exactly.
fn is_whole(number: f64) -> bool {
    number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0
}

fn number<'de, V: Visitor<'de>>(source: FieldSource<'_>, visitor: V) -> Result<V::Value, FieldError> {
    match source {
        FieldSource::Json(value) => match value.as_f64().filter(|number| value.is_f64() && is_whole(*number)) {
            // JSON Schema counts `5.0` as an integer, and some languages write 5 so.
            Some(whole) => match format!("{whole:.0}").parse() {
                Ok(whole) => visitor.visit_i64(whole),
                Err(_) => Err(FieldError::of(Rule::Type)),
            },
            None => de::Deserializer::deserialize_any(source, visitor),
        },
        FieldSource::Text(text) => match (text.parse::<u64>(), text.parse::<i64>()) {
            (Ok(number), _) => visitor.visit_u64(number),
            (_, Ok(number)) => visitor.visit_i64(number),
            _ => Err(FieldError::of(Rule::Type)),
        },
        FieldSource::Placeholder => visitor.visit_u64(0),
    }
}

macro_rules! numbers {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
            number(self, visitor)
        })+
    };
}

impl<'de> de::Deserializer<'de> for FieldSource<'_> {
    type Error = FieldError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Json(Value::Null) => visitor.visit_unit(),
            Self::Json(Value::Bool(value)) => visitor.visit_bool(*value),
            Self::Json(Value::Number(number)) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), _, _) => visitor.visit_u64(number),
                (_, Some(number), _) => visitor.visit_i64(number),
                (_, _, Some(number)) => visitor.visit_f64(number),
                (None, None, None) => Err(FieldError::of(Rule::Type)),
            },
            Self::Json(Value::String(text)) => visitor.visit_str(text),
            Self::Json(Value::Array(items)) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(Self::Json))),
            Self::Json(Value::Object(members)) => visitor.visit_map(MapDeserializer::new(
                members.iter().map(|(name, value)| (name.as_str(), Self::Json(value))),
            )),
            Self::Text(text) => visitor.visit_str(text),
            Self::Placeholder => visitor.visit_str(""),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Json(_) => self.deserialize_any(visitor),
            Self::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => visitor.visit_bool(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => visitor.visit_bool(false),
            Self::Text(_) => Err(FieldError::of(Rule::OneOf(&["true", "false"]))),
            Self::Placeholder => visitor.visit_bool(false),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Json(Value::Null) | Self::Text("") | Self::Placeholder => visitor.visit_none(),
            Self::Json(_) | Self::Text(_) => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Json(_) => self.deserialize_any(visitor),
            Self::Text(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Self::Text);
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            Self::Placeholder => visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Self>())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        match self {
            Self::Json(Value::Object(members)) => match members.keys().find(|name| !fields.contains(&name.as_str())) {
                Some(unknown) => Err(FieldError::unknown_field(unknown, fields)),
                None => self.deserialize_any(visitor),
            },
            Self::Placeholder => {
                visitor.visit_map(MapDeserializer::new(fields.iter().map(|name| (*name, Self::Placeholder))))
            }
            Self::Json(_) | Self::Text(_) => Err(FieldError::of(Rule::Type)),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Placeholder => visitor.visit_map(MapDeserializer::new(std::iter::empty::<(&str, Self)>())),
            Self::Json(_) | Self::Text(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, FieldError> {
        let name = match self {
            Self::Json(Value::String(text)) => text.as_str(),
            Self::Text(text) => text,
            Self::Placeholder => variants.first().copied().unwrap_or_default(),
            Self::Json(_) => return Err(FieldError::of(Rule::Type)),
        };
        visitor.visit_enum(StrDeserializer::new(name))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, FieldError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, FieldError> {
        match self {
            Self::Placeholder => visitor.visit_unit(),
            Self::Json(_) | Self::Text(_) => self.deserialize_any(visitor),
        }
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit_struct tuple tuple_struct identifier ignored_any
    }
}

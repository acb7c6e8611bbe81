//! The value of one field as a client sent it: a member of a JSON body, or a query parameter.

use crate::field::FieldError;
use domain::violation::Rule;
use serde_json::{Map, Value};

#[derive(Clone, Copy)]
pub enum FieldSource<'a> {
    /// A member of a JSON object.
    Json(&'a Value),
    /// A query parameter: text, read as the type of the field.
    Text(&'a str),
}

/// The value has another JSON type.
const WRONG_TYPE: FieldError = FieldError::Shape(Rule::Type);

impl<'a> FieldSource<'a> {
    /// # Errors
    /// [`Rule::Type`].
    pub fn text(self) -> Result<&'a str, FieldError> {
        match self {
            Self::Json(Value::String(text)) => Ok(text),
            Self::Text(text) => Ok(text),
            Self::Json(_) => Err(WRONG_TYPE),
        }
    }

    /// # Errors
    /// [`Rule::Type`]; for a query parameter [`Rule::OneOf`].
    pub fn boolean(self) -> Result<bool, FieldError> {
        match self {
            Self::Json(Value::Bool(value)) => Ok(*value),
            Self::Json(_) => Err(WRONG_TYPE),
            Self::Text(text) if text.eq_ignore_ascii_case("true") || text == "1" => Ok(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") || text == "0" => Ok(false),
            Self::Text(_) => Err(FieldError::Shape(Rule::OneOf(&["true", "false"]))),
        }
    }

    /// # Errors
    /// [`Rule::Type`].
    pub fn integer(self) -> Result<i64, FieldError> {
        let number = match self {
            Self::Json(Value::Number(number)) => {
                number.as_i64().or_else(|| number.as_f64().filter(|_| number.is_f64()).and_then(whole))
            }
            Self::Json(_) => None,
            Self::Text(text) => text.parse().ok(),
        };
        number.ok_or(WRONG_TYPE)
    }

    /// The items of a list; of a query parameter those between the commas.
    ///
    /// # Errors
    /// [`Rule::Type`].
    pub fn items(self) -> Result<Vec<Self>, FieldError> {
        match self {
            Self::Json(Value::Array(items)) => Ok(items.iter().map(Self::Json).collect()),
            Self::Json(_) => Err(WRONG_TYPE),
            Self::Text(text) => {
                Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Self::Text).collect())
            }
        }
    }

    /// The members of an object.
    ///
    /// # Errors
    /// [`Rule::Type`].
    pub fn object(self) -> Result<&'a Map<String, Value>, FieldError> {
        match self {
            Self::Json(Value::Object(members)) => Ok(members),
            Self::Json(_) | Self::Text(_) => Err(WRONG_TYPE),
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json(Value::Null))
    }
}

/// An integer that is written with a decimal point: JSON Schema counts `5.0` as one, and some languages write 5 so.
fn whole(number: f64) -> Option<i64> {
    let exact = number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0;
    if exact { format!("{number:.0}").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// JSON Schema, JavaScript and Python take 5.0 for an integer.
    #[test]
    fn an_integer_may_be_written_with_a_decimal_point() {
        for (given, expected) in [(json!(5.0), Some(5)), (json!(-2.0), Some(-2)), (json!(3), Some(3))] {
            assert_eq!(FieldSource::Json(&given).integer().ok(), expected, "{given}");
        }
        for other in [json!(5.5), json!(1e300), json!("5"), json!(u64::MAX), json!(null)] {
            assert_eq!(FieldSource::Json(&other).integer(), Err(WRONG_TYPE), "{other}");
        }
    }

    #[test]
    fn a_query_parameter_is_read_as_the_type_of_the_field() {
        assert_eq!(FieldSource::Text("7").integer(), Ok(7));
        assert_eq!(FieldSource::Text("seven").integer(), Err(WRONG_TYPE));
        for (text, expected) in [("true", true), ("True", true), ("1", true), ("FALSE", false), ("0", false)] {
            assert_eq!(FieldSource::Text(text).boolean(), Ok(expected), "{text}");
        }
        assert_eq!(FieldSource::Text("yes").boolean(), Err(FieldError::Shape(Rule::OneOf(&["true", "false"]))));
        let items = FieldSource::Text("a, b,,").items().unwrap();
        assert_eq!(items.iter().map(|item| item.text().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
    }
}

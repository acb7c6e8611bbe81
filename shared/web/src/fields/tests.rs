use super::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Colour {
    Red,
    Green,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Inner {
    x: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
struct SampleFields {
    name: String,
    size: u8,
    colour: Colour,
    note: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    inner: Option<Inner>,
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, Violations> {
    let members: Map<String, Value> = serde_json::from_value(value).unwrap();
    let given: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), FieldSource::Json(value))).collect();
    read(&given)
}

fn from_text<T: DeserializeOwned>(pairs: &[(&str, &'static str)]) -> Result<T, Violations> {
    let given: Vec<_> = pairs.iter().map(|(name, text)| (*name, FieldSource::Text(text))).collect();
    read(&given)
}

fn named(violations: &Violations) -> Vec<(&str, Rule)> {
    let mut named: Vec<_> =
        violations.iter().map(|violation| (violation.field.as_str(), violation.rule.clone())).collect();
    named.sort_by_key(|(name, _)| *name);
    named
}

#[test]
fn a_value_that_fits_is_read() {
    let thing: SampleFields =
        from_json(json!({"name": "n", "size": 3, "colour": "GREEN", "note": null, "inner": {"x": 1}})).unwrap();
    let expected = SampleFields {
        name: "n".into(),
        size: 3,
        colour: Colour::Green,
        note: None,
        tags: Vec::new(),
        inner: Some(Inner { x: 1 }),
    };
    assert_eq!(thing, expected);
}

#[test]
fn all_errors_are_reported_at_once() {
    let wrong = json!({"name": null, "size": 300, "colour": "BLUE", "tags": ["a", 1], "surprise": 1,
        "inner": {"x": 1, "y": 2}});
    assert_eq!(
        named(&from_json::<SampleFields>(wrong).unwrap_err()),
        [
            ("colour", Rule::OneOf(&["RED", "GREEN"])),
            ("inner.y", Rule::Unknown),
            ("name", Rule::Required),
            ("size", Rule::Type),
            ("surprise", Rule::Unknown),
            ("tags", Rule::Type),
        ]
    );
    assert_eq!(
        named(&from_json::<SampleFields>(json!({})).unwrap_err()),
        [("colour", Rule::Required), ("name", Rule::Required), ("size", Rule::Required)]
    );
}

#[test]
fn some_fields_are_checked_without_the_others() {
    let check = |value: Value| {
        let members: Map<String, Value> = serde_json::from_value(value).unwrap();
        let given: Vec<_> = members.iter().map(|(name, value)| (name.as_str(), FieldSource::Json(value))).collect();
        check::<SampleFields>(&given)
    };
    assert!(check(json!({"size": 1})).is_ok());
    assert!(check(json!({})).is_ok());
    assert_eq!(
        named(&check(json!({"size": "1", "other": 1})).unwrap_err()),
        [("other", Rule::Unknown), ("size", Rule::Type)]
    );
}

#[derive(Debug, PartialEq, Deserialize)]
struct Filter {
    search: Option<String>,
    is_active: Option<bool>,
    limit: Option<u8>,
    #[serde(default)]
    colour: Vec<Colour>,
}

#[test]
fn query_text_is_read_as_the_type_of_the_field() {
    let filter: Filter =
        from_text(&[("search", "12"), ("is_active", "True"), ("limit", "7"), ("colour", "RED, GREEN,")]).unwrap();
    let expected = Filter {
        search: Some("12".into()),
        is_active: Some(true),
        limit: Some(7),
        colour: vec![Colour::Red, Colour::Green],
    };
    assert_eq!(filter, expected);
    let nothing: Filter = from_text(&[("search", ""), ("limit", "")]).unwrap();
    assert_eq!(nothing, Filter { search: None, is_active: None, limit: None, colour: Vec::new() });
    assert_eq!(
        named(&from_text::<Filter>(&[("is_active", "yes"), ("limit", "-1"), ("colour", "BLUE")]).unwrap_err()),
        [
            ("colour", Rule::OneOf(&["RED", "GREEN"])),
            ("is_active", Rule::OneOf(&["true", "false"])),
            ("limit", Rule::Type),
        ]
    );
}

/// JSON Schema, JavaScript and Python take 5.0 for an integer.
#[test]
fn an_integer_may_be_written_with_a_decimal_point() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Numbers {
        one: Option<i64>,
        many: Vec<i64>,
    }
    let read: Numbers = from_json(json!({"one": 5.0, "many": [-2.0, 3]})).unwrap();
    assert_eq!(read, Numbers { one: Some(5), many: vec![-2, 3] });
    for other in [json!(5.5), json!(1e300), json!("5")] {
        assert!(from_json::<Numbers>(json!({"one": other, "many": []})).is_err(), "{other}");
    }
}

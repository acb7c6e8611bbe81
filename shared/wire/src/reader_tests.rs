use super::*;
use crate::values::{Bounded, CommaSeparated};
use crate::{Body, Params};
use domain::appointment::Status;
use domain::language::Language;
use domain::text::Line;
use serde_json::json;

#[derive(Clone, Body)]
#[check(names_differ(first, second))]
struct SampleBody {
    first: Line<9>,
    second: Line<9>,
    #[field(default = Bounded::of(3))]
    size: Bounded<u8, 1, 5>,
    language: Option<Language>,
    note: Option<Line<9>>,
    is_new: bool,
}

fn names_differ(first: Option<&Line<9>>, second: Option<&Line<9>>, reader: &mut FieldReader<'_>) {
    if first.is_some() && first == second {
        reader.refuse("second", Rule::Repeated);
    }
}

fn read_sample(body: &Value) -> Result<SampleBody, Vec<(String, Rule)>> {
    read_body(body.as_object().unwrap(), ReadContext::example()).map_err(|error| named(&error.into_violations()))
}

fn named(violations: &Violations) -> Vec<(String, Rule)> {
    violations.iter().map(|violation| (violation.field.clone(), violation.rule.clone())).collect()
}

fn refused<const N: usize>(expected: [(&str, Rule); N]) -> Vec<(String, Rule)> {
    expected.map(|(name, rule)| (name.to_owned(), rule)).to_vec()
}

#[test]
fn a_body_that_fits_is_read() {
    let body = json!({"first": " a ", "second": "b", "size": null, "language": "pt", "note": " ", "is_new": true});
    let read = read_sample(&body).unwrap();
    assert_eq!((read.first.as_str(), read.second.as_str()), ("a", "b"));
    assert_eq!((read.size.get(), read.language), (3, Some(Language::Pt)));
    assert!(read.note.is_none() && read.is_new);
}

#[test]
fn all_errors_of_shape_are_reported_at_once() {
    let body = json!({"first": null, "second": 1, "size": "3", "is_new": 0, "surprise": 1, "language": "xx"});
    assert_eq!(
        read_sample(&body).err(),
        Some(refused([
            ("surprise", Rule::Unknown),
            ("first", Rule::Required),
            ("second", Rule::Type),
            ("size", Rule::Type),
            ("is_new", Rule::Type),
        ]))
    );
    let missing = refused([("first", Rule::Required), ("second", Rule::Required), ("is_new", Rule::Required)]);
    assert_eq!(read_sample(&json!({})).err(), Some(missing));
}

#[test]
fn all_errors_of_values_are_reported_at_once() {
    let body = json!({"first": "", "second": "0123456789", "size": 6, "language": "xx", "is_new": false});
    assert_eq!(
        read_sample(&body).err(),
        Some(refused([
            ("first", Rule::Required),
            ("second", Rule::TooLong(9)),
            ("size", Rule::Range(1, 5)),
            ("language", Rule::OneOf(Language::CODES)),
        ]))
    );
    let body = json!({"first": "a", "second": "a", "size": 0, "is_new": false});
    let expected = refused([("size", Rule::Range(1, 5)), ("second", Rule::Repeated)]);
    assert_eq!(read_sample(&body).err(), Some(expected));
}

#[test]
fn some_fields_are_checked_without_the_others() {
    let check = |body: Value| {
        check_shape::<SampleBody>(body.as_object().unwrap(), ReadContext::example()).map_err(|found| named(&found))
    };
    assert_eq!(check(json!({})), Ok(()));
    assert_eq!(check(json!({"size": 9, "first": ""})), Ok(()));
    let expected = refused([("other", Rule::Unknown), ("first", Rule::Required), ("size", Rule::Type)]);
    assert_eq!(check(json!({"size": "1", "first": null, "other": 1})), Err(expected));
}

#[test]
fn a_patch_replaces_the_given_members() {
    let body = json!({"first": "a", "second": "b", "note": "n", "is_new": true});
    let current = read_sample(&body).unwrap();
    let patch =
        |change: Value| crate::Patch::read(change.as_object().unwrap().clone(), ReadContext::example()).unwrap();
    let changed: SampleBody = patch(json!({"first": "c", "note": null})).apply_to(&current).unwrap();
    assert_eq!((changed.first.as_str(), changed.second.as_str()), ("c", "b"));
    assert!(changed.note.is_none() && changed.is_new);
    assert!(patch(json!({"first": ""})).apply_to(&current).is_err());
}

#[derive(Params)]
struct SampleParams {
    search: Option<String>,
    is_active: Option<bool>,
    #[field(default = Bounded::of(20))]
    limit: Bounded<i64, 1, 100>,
    status: Option<CommaSeparated<Status>>,
}

#[test]
fn query_parameters_are_read_as_the_type_of_the_field() {
    let read = |pairs: &[(&str, &str)]| {
        read_parameters::<SampleParams>(pairs, ReadContext::example()).map_err(|error| named(&error.into_violations()))
    };
    let filter =
        read(&[("search", " ana"), ("is_active", "1"), ("limit", "7"), ("status", "PENDING, NO_SHOW,")]).unwrap();
    assert_eq!((filter.search.as_deref(), filter.is_active, filter.limit.get()), (Some("ana"), Some(true), 7));
    assert_eq!(filter.status.unwrap().0, [Status::Pending, Status::NoShow].into());
    let nothing = read(&[("search", ""), ("limit", "")]).unwrap();
    assert!(nothing.search.is_none() && nothing.is_active.is_none() && nothing.limit.get() == 20);
    assert_eq!(
        read(&[("is_active", "yes"), ("limit", "x")]).err(),
        Some(refused([("is_active", Rule::OneOf(&["true", "false"])), ("limit", Rule::Type)]))
    );
    assert_eq!(
        read(&[("limit", "101"), ("status", "X")]).err(),
        Some(refused([("limit", Rule::Range(1, 100)), ("status", Rule::OneOf(Status::NAMES))]))
    );
}

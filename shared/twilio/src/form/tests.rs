//! Decoding compared with the URL standard, and the limits.

use super::*;
use proptest::prelude::*;

fn pairs(body: &str) -> Vec<(String, String)> {
    Form::parse(body.as_bytes()).unwrap().parameters
}

fn own(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

#[test]
fn decoding_keeps_order_and_duplicates() {
    assert_eq!(
        pairs("Body=S%C3%AD%2c+va&A=&B&&A=1=2&%41=x&=y"),
        own(&[("Body", "Sí, va"), ("A", ""), ("B", ""), ("A", "1=2"), ("A", "x"), ("", "y")])
    );
    assert_eq!(pairs(""), own(&[]));
}

#[test]
fn a_percent_without_digits_stands_for_itself() {
    assert_eq!(pairs("a=100%&b=%zz&c=%4&d=%%41"), own(&[("a", "100%"), ("b", "%zz"), ("c", "%4"), ("d", "%A")]));
}

#[test]
fn a_body_that_would_have_to_be_altered_is_refused() {
    assert_eq!(Form::parse(b"Body=%FF"), Err(FormError::NotUtf8));
    assert_eq!(Form::parse(b"\xc3=1"), Err(FormError::NotUtf8));
    let many = "a=1&".repeat(MAX_PARAMETERS);
    assert_eq!(Form::parse(many.as_bytes()).unwrap().len(), MAX_PARAMETERS);
    let more = many + "a=1";
    assert_eq!(Form::parse(more.as_bytes()), Err(FormError::TooManyParameters));
}

#[test]
fn debug_shows_no_content() {
    let form = Form::parse(b"From=whatsapp%3A%2B5215512345678&Body=hola").unwrap();
    assert_eq!(format!("{form:?}"), "Form(2 parameters)");
    assert_eq!(form.get("Body"), Some("hola"));
    assert_eq!(form.get("body"), None);
}

proptest! {
    #[test]
    fn encoding_is_lossless(wanted in proptest::collection::vec((any::<String>(), any::<String>()), 0..20)) {
        // A pair of two empty strings is written as a bare `=`, which still counts.
        let form: Form = wanted.clone().into_iter().collect();
        prop_assert_eq!(Form::parse(form.encode().as_bytes()).unwrap().parameters, wanted);
    }

    #[test]
    fn agrees_with_the_url_standard(body in "[ -~]{0,80}") {
        let wanted: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        if let Ok(form) = Form::parse(body.as_bytes()) {
            prop_assert_eq!(form.parameters, wanted);
        }
    }
}

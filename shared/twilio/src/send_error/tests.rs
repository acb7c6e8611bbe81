//! The class of every kind of response.

use super::*;

#[test]
fn each_response_has_its_class() {
    for (status, code, kind, class) in [
        (429, None, "not_accepted", ErrorClass::Retry),
        (429, Some(20429), "not_accepted", ErrorClass::Retry),
        (429, Some(63038), "not_accepted", ErrorClass::Temporary),
        (400, Some(20429), "not_accepted", ErrorClass::Retry),
        (400, Some(21611), "not_accepted", ErrorClass::Retry),
        (400, Some(21211), "rejected", ErrorClass::Permanent),
        (400, Some(21610), "rejected", ErrorClass::OptedOut),
        (400, Some(99999), "rejected", ErrorClass::Configuration),
        (401, Some(20003), "rejected", ErrorClass::Configuration),
        (404, None, "rejected", ErrorClass::Configuration),
        (408, None, "unknown", ErrorClass::Unknown),
        (400, Some(20500), "unknown", ErrorClass::Unknown),
        (500, None, "unknown", ErrorClass::Unknown),
        (503, Some(20429), "unknown", ErrorClass::Unknown),
        (302, None, "unknown", ErrorClass::Unknown),
    ] {
        let error = SendError::from_status(status, code);
        assert_eq!(error.kind(), kind, "{status} {code:?}");
        assert_eq!(error.class(), class, "{status} {code:?}");
        assert_eq!(error.code(), code, "{status} {code:?}");
    }
}

#[test]
fn the_error_text_contains_the_meaning_of_the_code() {
    assert_eq!(
        SendError::from_status(400, Some(21610)).to_string(),
        "Twilio refused the message: HTTP 400, code 21610 (receiver opted out)"
    );
}

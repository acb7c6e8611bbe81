//! Valid and invalid callbacks.

use super::*;

const SID: &str = "MM00000000000000000000000000000007";
const ACCOUNT: &str = "AC00000000000000000000000000000000";

fn callback(more: &[(&str, &str)]) -> Result<StatusCallback, CallbackError> {
    let always = [("AccountSid", ACCOUNT), ("To", "whatsapp:+5215512345678")];
    StatusCallback::from_form(&always.iter().chain(more).copied().collect())
}

#[test]
fn a_callback_has_its_status_and_error_code() {
    let read = callback(&[("MessageSid", SID), ("MessageStatus", "read")]).unwrap();
    assert_eq!(read.status, MessageStatus::Read);
    assert_eq!(read.error_code, None);

    let failed = callback(&[("MessageSid", SID), ("MessageStatus", "undelivered"), ("ErrorCode", "63016")]).unwrap();
    assert_eq!(failed.status, MessageStatus::Undelivered);
    assert_eq!(failed.error_code, Some(63016));
    assert!(!format!("{failed:?}").contains("5215512345678"));
}

#[test]
fn the_old_name_unknown_statuses_and_malformed_codes_are_tolerated() {
    let odd = callback(&[("MessageSid", SID), ("SmsStatus", "brand_new"), ("ErrorCode", "x")]).unwrap();
    assert_eq!(odd.status, MessageStatus::Other("brand_new".to_owned()));
    assert_eq!(odd.error_code, None);
}

#[test]
fn a_callback_without_message_or_status_is_refused() {
    assert_eq!(callback(&[("MessageStatus", "sent")]), Err(CallbackError::Missing("MessageSid")));
    assert_eq!(
        callback(&[("MessageSid", "../x"), ("MessageStatus", "sent")]),
        Err(CallbackError::Malformed("MessageSid"))
    );
    assert_eq!(callback(&[("MessageSid", SID)]), Err(CallbackError::Missing("MessageStatus")));
}

//! Valid and invalid configurations.

use super::*;

const ACCOUNT: &str = "AC00000000000000000000000000000001";

fn config(api_base: &str) -> TwilioConfig {
    let credentials = TwilioCredentials {
        account_sid: ACCOUNT.to_owned(),
        user: ACCOUNT.to_owned(),
        password: Secret::new("hunter2"),
    };
    let timeouts = Timeouts { connect: Duration::from_secs(5), total: Duration::from_secs(15) };
    let mut config = TwilioConfig::new(credentials, timeouts);
    config.api_base = api_base.to_owned();
    config
}

#[test]
fn the_api_base_is_an_https_origin_or_a_loopback_address() {
    for (base, wanted) in [
        ("https://api.twilio.com", Ok("https://api.twilio.com")),
        ("https://api.twilio.com/", Ok("https://api.twilio.com")),
        ("http://127.0.0.1:8001", Ok("http://127.0.0.1:8001")),
        ("http://[::1]:8001", Ok("http://[::1]:8001")),
        ("http://localhost:8001", Ok("http://localhost:8001")),
        ("http://api.twilio.com", Err(ConfigError::PlainHttp)),
        ("http://127.0.0.1.example", Err(ConfigError::PlainHttp)),
        ("ftp://api.twilio.com", Err(ConfigError::ApiBase)),
        ("https://api.twilio.com/v1", Err(ConfigError::ApiBase)),
        ("https://api.twilio.com?x", Err(ConfigError::ApiBase)),
        ("https://me@api.twilio.com", Err(ConfigError::ApiBase)),
        ("api.twilio.com", Err(ConfigError::ApiBase)),
        ("", Err(ConfigError::ApiBase)),
    ] {
        let got = config(base).checked_base();
        assert_eq!(got.as_deref(), wanted.as_ref().copied(), "{base}");
    }
}

#[test]
fn account_and_user_sids_are_checked() {
    let mut bad = config(DEFAULT_API_BASE);
    bad.credentials.account_sid = "AC/../x".to_owned();
    assert_eq!(bad.checked_base(), Err(ConfigError::AccountSid));

    let mut key = config(DEFAULT_API_BASE);
    key.credentials.user = "SK00000000000000000000000000000001".to_owned();
    assert!(key.checked_base().is_ok());
    key.credentials.user = "AC00000000000000000000000000000002".to_owned();
    assert_eq!(key.checked_base(), Err(ConfigError::User));
}

#[test]
fn debug_redacts_the_password() {
    assert!(!format!("{:?}", config(DEFAULT_API_BASE)).contains("hunter2"));
}

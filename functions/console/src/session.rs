//! The session of a browser: two cookies, which scripts can't read, and the check that a form comes from our own pages.
//! The API never reads a cookie; the console turns the access cookie into the token of its calls.

use crate::api::{ApiClient, ScreenError, Tokens};
use http::HeaderMap;
use http::header::{COOKIE, HOST, ORIGIN};

const ACCESS: &str = "__Host-access";
const REFRESH: &str = "__Host-refresh";
const LANGUAGE: &str = "__Host-language";
const CLINIC: &str = "__Host-clinic";
const KEYS: &str = "__Host-keys";
/// A token is renewed this many seconds before it runs out.
const MARGIN: i64 = 20;
/// The seconds for which language and clinic are remembered: a year.
const REMEMBERED: i64 = 365 * 24 * 3600;

/// What the cookies of a request say.
#[derive(Clone, Default)]
pub struct Session {
    pub access: Option<String>,
    pub refresh: Option<String>,
    pub language: Option<String>,
    pub clinic: Option<String>,
    /// Whether single keys are no commands in this browser.
    pub are_keys_off: bool,
}

domain::opaque!(Session);

impl Session {
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs: Vec<(&str, &str)> =
            lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('=')).collect();
        let value = |name: &str| {
            let found = pairs.iter().find(|(known, value)| *known == name && !value.is_empty());
            found.map(|(_, value)| (*value).to_owned())
        };
        let are_keys_off = value(KEYS).as_deref() == Some("off");
        let (language, clinic) = (value(LANGUAGE), value(CLINIC));
        Self { access: value(ACCESS), refresh: value(REFRESH), language, clinic, are_keys_off }
    }
}

/// `Secure` cookies also work on `http://127.0.0.1`, which browsers trust.
fn cookie(name: &str, value: &str, max_age: Option<i64>) -> String {
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{age}")
}

/// The cookies of a new or renewed session, and of the language that the user has chosen, wherever that was. The access cookie goes with its token, so that a page that comes without it
/// renews; the refresh cookie goes with the browser.
#[must_use]
pub fn cookies_of(tokens: &Tokens) -> Vec<String> {
    let access = cookie(ACCESS, &tokens.access, Some((tokens.expires_in - MARGIN).max(1)));
    let language = tokens.user.language.as_deref().map(language_cookie);
    [access, cookie(REFRESH, &tokens.refresh, None)].into_iter().chain(language).collect()
}

/// The cookies that end a session in the browser.
#[must_use]
pub fn ended() -> Vec<String> {
    vec![cookie(ACCESS, "", Some(0)), cookie(REFRESH, "", Some(0))]
}

#[must_use]
pub fn language_cookie(code: &str) -> String {
    cookie(LANGUAGE, code, Some(REMEMBERED))
}

#[must_use]
pub fn clinic_cookie(id: &str) -> String {
    cookie(CLINIC, id, Some(REMEMBERED))
}

/// Single keys are commands in this browser, or they aren't.
#[must_use]
pub fn keys_cookie(are_on: bool) -> String {
    if are_on { cookie(KEYS, "", Some(0)) } else { cookie(KEYS, "off", Some(REMEMBERED)) }
}

/// New tokens for a session whose access token has run out.
pub async fn renew(api: &ApiClient, refresh: Option<&str>) -> Result<Tokens, ScreenError> {
    let refresh = refresh.ok_or(ScreenError::SignedOut)?;
    match api.renew(refresh).await {
        Ok(tokens) => Ok(tokens),
        // The refresh token has run out, was used before, or its user is disabled.
        Err(ScreenError::Problem(problem)) if problem.status == 401 || problem.status == 400 => {
            Err(ScreenError::SignedOut)
        }
        Err(failure) => Err(failure),
    }
}

/// Whether a form comes from a page of ours. Browsers say so in a header that scripts can't set; older ones send the
/// origin only.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let host = text(HOST.as_str()).filter(|host| !host.is_empty());
    let origin = text(ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
    host.is_some() && origin.map(|(_, origin)| origin) == host
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::SignedInUser;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn forms_of_other_sites_are_told() {
        for (given, expected) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("host", "a.example"), ("origin", "https://a.example")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("host", "a.example"), ("origin", "https://a.example")], true),
            (&[("host", "a.example"), ("origin", "https://b.example")], false),
            (&[("host", "a.example"), ("origin", "null")], false),
            (&[("host", "a.example")], false),
            (&[], false),
        ] {
            assert_eq!(is_same_origin(&headers(given)), expected, "{given:?}");
        }
    }

    #[test]
    fn cookies_are_read_and_can_not_be_read_by_scripts() {
        let session = Session::of(&headers(&[("cookie", "a=b; __Host-access=x.y; __Host-refresh=; __Host-clinic=c")]));
        assert_eq!(
            (session.access.as_deref(), session.refresh, session.clinic.as_deref()),
            (Some("x.y"), None, Some("c"))
        );
        let tokens =
            Tokens { access: "one".into(), refresh: "two".into(), expires_in: 600, user: SignedInUser::default() };
        for cookie in cookies_of(&tokens).into_iter().chain(ended()).chain([language_cookie("pt"), keys_cookie(false)])
        {
            assert!(
                cookie.starts_with("__Host-") && cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Strict"),
                "{cookie}"
            );
        }
    }
}

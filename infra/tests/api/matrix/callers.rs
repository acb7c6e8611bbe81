//! The callers of the access matrix: four kinds of users, and bad tokens.

use super::fixture::ClinicSide;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::user::Role;
use identity::access::{AccessToken, Issuer, LIFETIME, TokenSubject};
use identity::keys::SigningKey;
use identity::refresh::RefreshToken;
use ring::hmac;
use serde_json::{Value, json};

/// A kind of user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallerKind {
    /// An OPERATOR of the first clinic.
    Operator,
    /// An OPERATOR of the second.
    OtherOperator,
    /// An ADMIN of the first.
    ClinicAdmin,
    /// An ADMIN of all.
    Admin,
}

impl CallerKind {
    pub(super) const ALL: [Self; 4] = [Self::Operator, Self::OtherOperator, Self::ClinicAdmin, Self::Admin];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::OtherOperator => "other_operator",
            Self::ClinicAdmin => "clinic_admin",
            Self::Admin => "admin",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::Operator | Self::OtherOperator => Role::Operator,
            Self::ClinicAdmin | Self::Admin => Role::Admin,
        }
    }

    pub(super) fn sees(self, side: &ClinicSide) -> bool {
        match self {
            Self::Operator | Self::ClinicAdmin => side.is_first,
            Self::OtherOperator => !side.is_first,
            Self::Admin => true,
        }
    }
}

/// A token that has to be refused.
pub(super) struct BadToken {
    /// What is wrong with it.
    pub(super) what: &'static str,
    /// The token; `None` for a request without one.
    pub(super) token: Option<String>,
    /// The code of the expected refusal.
    pub(super) code: &'static str,
}

/// The data from which bad tokens are made.
pub(super) struct TokenMaterial<'a> {
    /// The API's signing key.
    pub(super) key: &'a SigningKey,
    /// The access and refresh token of an active session.
    pub(super) good: (String, String),
    /// An access token of a user who was disabled afterwards.
    pub(super) disabled: String,
    /// An access token of a session that was ended afterwards.
    pub(super) ended: String,
    /// In seconds since 1970.
    pub(super) now: i64,
}

/// All kinds of invalid tokens.
pub(super) fn bad_tokens(material: TokenMaterial<'_>) -> Vec<BadToken> {
    let TokenMaterial { key, good: (access, refresh), disabled, ended, now } = material;
    let session = RefreshToken::parse(&refresh).unwrap();
    let issue = |key: &SigningKey, issuer: &Issuer, now| {
        let subject = TokenSubject { user: session.user(), session: session.family() };
        AccessToken::issue(key, issuer, subject, now).unwrap().into_string()
    };
    let ours = app::accounts::authenticate::issuer();
    let parts: Vec<&str> = access.split('.').collect();
    let [_, claims, signature] = parts[..] else { panic!("a token has three parts") };
    let headed = |header: Value, signature: &str| format!("{}.{claims}.{signature}", encode(&header));
    let kid = key.public().kid();
    let other_key = SigningKey::from_secret(b"another signing secret that is long enough").unwrap();
    let bad = |what, token: String| BadToken { what, token: Some(token), code: "not_authenticated" };
    vec![
        BadToken { what: "no token", token: None, code: "not_authenticated" },
        bad("malformed", "not.a.token".into()),
        bad("empty parts", "..".into()),
        bad("wrong algorithm", headed(json!({ "alg": "ES256", "kid": kid }), signature)),
        bad("no algorithm, unsigned", headed(json!({ "alg": "none", "kid": kid }), "")),
        bad("no algorithm, signed", headed(json!({ "alg": "none", "kid": kid }), signature)),
        bad("public key as a shared secret, its bytes", confused(key, claims, |x| URL_SAFE_NO_PAD.decode(x).unwrap())),
        bad("public key as a shared secret, its text", confused(key, claims, |x| x.as_bytes().to_vec())),
        bad("another user under the same signature", tampered(&access)),
        BadToken { what: "expired", token: Some(issue(key, &ours, now - LIFETIME)), code: "token_expired" },
        bad("wrong audience", issue(key, &Issuer { aud: "another-api".into(), ..ours.clone() }, now)),
        bad("wrong issuer", issue(key, &Issuer { iss: "another".into(), ..ours.clone() }, now)),
        bad("unknown kid", issue(&other_key, &ours, now)),
        bad("known kid, another key", headed(json!({ "alg": "EdDSA", "kid": other_key.public().kid() }), signature)),
        bad("refresh as access", refresh),
        bad("disabled", disabled),
        bad("revoked session", ended),
    ]
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token signed with HS256, with the public key as the secret.
fn confused(key: &SigningKey, claims: &str, secret: impl Fn(&str) -> Vec<u8>) -> String {
    let header = encode(&json!({ "typ": "JWT", "alg": "HS256", "kid": key.public().kid() }));
    let message = format!("{header}.{claims}");
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret(key.public().x()));
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, message.as_bytes())))
}

/// The same token with another user's id, its signature unchanged.
fn tampered(access: &str) -> String {
    let parts: Vec<&str> = access.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["sub"] = json!("01940000-0000-7000-8000-00000000dead");
    format!("{}.{}.{}", parts[0], encode(&claims), parts[2])
}

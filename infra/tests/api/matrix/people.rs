//! Who calls: four users, and everybody who has no right to be taken for one.

use super::stage::Side;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::user::Role;
use identity::access::{AccessToken, Issuer, LIFETIME, Subject};
use identity::keys::SigningKey;
use identity::refresh::RefreshToken;
use ring::hmac;
use serde_json::{Value, json};

/// Somebody who may be somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Person {
    /// An OPERATOR of the first clinic.
    Operator,
    /// An OPERATOR of the second.
    Stranger,
    /// An ADMIN of the first.
    Chief,
    /// An ADMIN of all.
    Admin,
}

impl Person {
    pub(super) const ALL: [Self; 4] = [Self::Operator, Self::Stranger, Self::Chief, Self::Admin];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Stranger => "stranger",
            Self::Chief => "chief",
            Self::Admin => "admin",
        }
    }

    pub(super) fn role(self) -> Role {
        match self {
            Self::Operator | Self::Stranger => Role::Operator,
            Self::Chief | Self::Admin => Role::Admin,
        }
    }

    pub(super) fn sees(self, side: &Side) -> bool {
        match self {
            Self::Operator | Self::Chief => side.is_first,
            Self::Stranger => !side.is_first,
            Self::Admin => true,
        }
    }
}

/// A token that isn't good.
pub(super) struct Forgery {
    /// What is wrong.
    pub(super) what: &'static str,
    /// The token; `None` for nobody at all.
    pub(super) token: Option<String>,
    /// The code that it gets.
    pub(super) code: &'static str,
}

/// What a token is made of.
pub(super) struct Means<'a> {
    /// The key that the API trusts.
    pub(super) key: &'a SigningKey,
    /// A token of a session that is alive, and its refresh token.
    pub(super) good: (String, String),
    /// A token of a user who was disabled since.
    pub(super) disabled: String,
    /// A token of a session that was ended since.
    pub(super) ended: String,
    /// Seconds since 1970.
    pub(super) now: i64,
}

/// Everything that is no token, or not any more.
pub(super) fn forgeries(means: Means<'_>) -> Vec<Forgery> {
    let Means { key, good: (access, refresh), disabled, ended, now } = means;
    let session = RefreshToken::parse(&refresh).unwrap();
    let issue = |key: &SigningKey, issuer: &Issuer, now| {
        let subject = Subject { user: session.user(), session: session.family() };
        AccessToken::issue(key, issuer, subject, now).unwrap().into_string()
    };
    let ours = app::accounts::authenticate::issuer();
    let parts: Vec<&str> = access.split('.').collect();
    let [_, claims, signature] = parts[..] else { panic!("a token has three parts") };
    let headed = |header: Value, signature: &str| format!("{}.{claims}.{signature}", encode(&header));
    let kid = key.public().kid();
    let stranger = SigningKey::from_secret(b"a signing secret of somebody else, long enough").unwrap();
    let bad = |what, token: String| Forgery { what, token: Some(token), code: "not_authenticated" };
    vec![
        Forgery { what: "nobody", token: None, code: "not_authenticated" },
        bad("malformed", "not.a.token".into()),
        bad("empty parts", "..".into()),
        bad("wrong algorithm", headed(json!({ "alg": "ES256", "kid": kid }), signature)),
        bad("no algorithm, unsigned", headed(json!({ "alg": "none", "kid": kid }), "")),
        bad("no algorithm, signed", headed(json!({ "alg": "none", "kid": kid }), signature)),
        bad("public key as a shared secret, its bytes", confused(key, claims, |x| URL_SAFE_NO_PAD.decode(x).unwrap())),
        bad("public key as a shared secret, its text", confused(key, claims, |x| x.as_bytes().to_vec())),
        bad("another user under the same signature", tampered(&access)),
        Forgery { what: "expired", token: Some(issue(key, &ours, now - LIFETIME)), code: "token_expired" },
        bad("wrong audience", issue(key, &Issuer { aud: "another-api".into(), ..ours.clone() }, now)),
        bad("wrong issuer", issue(key, &Issuer { iss: "another".into(), ..ours.clone() }, now)),
        bad("unknown kid", issue(&stranger, &ours, now)),
        bad("known kid, another key", headed(json!({ "alg": "EdDSA", "kid": stranger.public().kid() }), signature)),
        bad("refresh as access", refresh.clone()),
        bad("disabled", disabled),
        bad("revoked session", ended),
    ]
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token signed with HS256, the public key taken for the secret.
fn confused(key: &SigningKey, claims: &str, secret: impl Fn(&str) -> Vec<u8>) -> String {
    let header = encode(&json!({ "typ": "JWT", "alg": "HS256", "kid": key.public().kid() }));
    let message = format!("{header}.{claims}");
    let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret(key.public().x()));
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&secret, message.as_bytes())))
}

/// The same token for somebody else.
fn tampered(access: &str) -> String {
    let parts: Vec<&str> = access.split('.').collect();
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    claims["sub"] = json!("01940000-0000-7000-8000-00000000dead");
    format!("{}.{}.{}", parts[0], encode(&claims), parts[2])
}

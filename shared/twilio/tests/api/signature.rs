//! Signatures: test vectors, changes that must invalidate them, and changes that must not.

use proptest::prelude::*;
use serde::Deserialize;
use twilio::signature::{sign, verify, verify_raw_body};
use twilio::{AuthToken, Form, SignatureError};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://api.clinica.example/webhooks/twilio/inbound";
const BODY: &str = "Body=ok&MessageSid=SM00000000000000000000000000000009";
const SIGNATURE: &str = "+ZTIs8ECfbELN85XlljiBH45w5o=";

const JSON_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2\
    &bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const JSON_BODY: &[u8] = br#"{"property": "value", "boolean": true}"#;
const JSON_SIGNATURE: &str = "a9nBmqA0ju/hNViExpshrM61xv4=";

/// A request that both of Twilio's own validators accept.
#[derive(Deserialize)]
struct SignatureVector {
    name: String,
    token: String,
    url: String,
    body: String,
    sig: String,
}

fn vectors() -> Vec<SignatureVector> {
    serde_json::from_str(include_str!("../vectors/twilio_signatures.json")).unwrap()
}

fn form(body: &str) -> Form {
    Form::parse(body.as_bytes()).unwrap()
}

fn check(token: &str, url: &str, body: &str, header: &str) -> Result<(), SignatureError> {
    verify(&[AuthToken::new(token)], url, &form(body), header)
}

#[test]
fn every_vector_is_signed_and_verified() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 8);
    for SignatureVector { name, token, url, body, sig } in &vectors {
        let signed = sign(&AuthToken::new(token.as_str()), url, &form(body));
        assert_eq!(&signed, sig, "{name}");
        assert_eq!(check(token, url, body, sig), Ok(()), "{name}");
    }
}

#[test]
fn every_altered_vector_is_refused() {
    for SignatureVector { name, token, url, body, sig } in &vectors() {
        let mismatch = Err(SignatureError::Mismatch);
        let extra = format!("{body}&Extra=1");
        assert_eq!(check(token, url, &extra, sig), mismatch, "{name}: extra");
        let longer = format!("{body}x");
        assert_eq!(check(token, url, &longer, sig), mismatch, "{name}: + 1");
        let fragment = format!("{url}#rc=3");
        assert_eq!(check(token, &fragment, body, sig), mismatch, "{name}: #");
        assert_eq!(check("other", url, body, sig), mismatch, "{name}: token");
        assert_eq!(check(token, url, body, ""), Err(SignatureError::Missing));
        for header in [format!(" {sig}"), format!("{sig} "), sig.replace('=', "")] {
            let outcome = check(token, url, body, &header);
            assert_eq!(outcome, Err(SignatureError::Malformed), "{name}: {header}");
        }
    }
}

#[test]
fn a_header_of_another_length_is_malformed() {
    for header in ["AAAA", "RSOYDt4T1cUTdK1PDd93/VVr8B8AAA==", "not base64!"] {
        let outcome = check(TOKEN, URL, BODY, header);
        assert_eq!(outcome, Err(SignatureError::Malformed));
    }
}

#[test]
fn the_url_must_match_except_for_its_port() {
    for url in [
        URL,
        "https://api.clinica.example:443/webhooks/twilio/inbound",
        "https://api.clinica.example:8443/webhooks/twilio/inbound",
    ] {
        assert_eq!(check(TOKEN, url, BODY, SIGNATURE), Ok(()), "{url}");
    }
    let with_port = "3Z5YWecaIZQXTcsS0wlHNbIsqmA=";
    assert_eq!(check(TOKEN, URL, BODY, with_port), Ok(()));
    for url in [
        "https://api.clinica.example/webhooks/twilio/inbound/",
        "http://api.clinica.example/webhooks/twilio/inbound",
        "https://API.clinica.example/webhooks/twilio/inbound",
        "https://api.clinica.example/prod/webhooks/twilio/inbound",
        "https://api.clinica.example/webhooks/twilio/inbound?",
    ] {
        let outcome = check(TOKEN, url, BODY, SIGNATURE);
        assert_eq!(outcome, Err(SignatureError::Mismatch), "{url}");
    }
}

#[test]
fn a_port_that_was_signed_is_not_interchangeable() {
    let signed_8443 =
        sign(&AuthToken::new(TOKEN), "https://api.clinica.example:8443/webhooks/twilio/inbound", &form(BODY));
    assert_eq!(check(TOKEN, URL, BODY, &signed_8443), Err(SignatureError::Mismatch));
}

#[test]
fn one_of_several_tokens_suffices() {
    let (old, new) = (AuthToken::new("old"), AuthToken::new(TOKEN));
    let parameters = form(BODY);
    for tokens in [[&old, &new], [&new, &old]] {
        assert_eq!(verify(&tokens, URL, &parameters, SIGNATURE), Ok(()));
    }
    let mismatch = Err(SignatureError::Mismatch);
    assert_eq!(verify(&[&old], URL, &parameters, SIGNATURE), mismatch);
    let none: [AuthToken; 0] = [];
    assert_eq!(verify(&none, URL, &parameters, SIGNATURE), mismatch);
}

#[test]
fn an_empty_token_verifies_nothing() {
    let empty = AuthToken::new("");
    let forged = sign(&empty, URL, &form(BODY));
    assert_eq!(verify(&[empty], URL, &form(BODY), &forged), Err(SignatureError::Mismatch));
}

#[test]
fn a_body_that_is_not_a_form_is_verified_by_its_digest() {
    let tokens = [AuthToken::new("12345")];
    let check = |url: &str, body: &[u8], header: &str| verify_raw_body(&tokens, url, body, header);
    assert_eq!(check(JSON_URL, JSON_BODY, JSON_SIGNATURE), Ok(()));
    let longer = [JSON_BODY, b" "].concat();
    assert_eq!(check(JSON_URL, &longer, JSON_SIGNATURE), Err(SignatureError::BodyDigest));
    let other = JSON_URL.replace("foo=1", "foo=2");
    assert_eq!(check(&other, JSON_BODY, JSON_SIGNATURE), Err(SignatureError::Mismatch));
    let undigested = "https://mycompany.com/myapp.php";
    let signed = sign(&tokens[0], undigested, &Form::default());
    assert_eq!(check(undigested, JSON_BODY, &signed), Err(SignatureError::BodyDigest));
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::vec(("[A-C]{0,2}", "[a-bé🙂 ]{0,3}"), 0..8)
}

proptest! {
    #[test]
    fn order_and_repetition_do_not_matter(
        (pairs, shuffled) in parameters().prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle()))
    ) {
        let token = AuthToken::new(TOKEN);
        let signature = sign(&token, URL, &pairs.iter().cloned().collect());
        let doubled: Form = shuffled.iter().chain(&pairs).cloned().collect();
        prop_assert_eq!(verify(&[token], URL, &doubled, &signature), Ok(()));
    }

    #[test]
    fn a_changed_byte_is_refused(
        which in 0_usize..8,
        part in 0_u8..3,
        at in any::<prop::sample::Index>(),
        flip in 1_u8..=127,
    ) {
        let SignatureVector { token, url, body, sig, .. } = vectors().swap_remove(which);
        let mut url = url.into_bytes();
        let mut form_pairs: Vec<u8> = body.into_bytes();
        let mut header = sig.into_bytes();
        let target = match part {
            0 => &mut url,
            1 => &mut form_pairs,
            _ => &mut header,
        };
        prop_assume!(!target.is_empty());
        let index = at.index(target.len());
        target[index] ^= flip;
        let url = String::from_utf8(url).unwrap();
        let header = String::from_utf8(header).unwrap();
        if let Ok(changed) = Form::parse(&form_pairs) {
            // `%2b` and `%2B` are the same parameter: a changed byte counts once it is decoded.
            let original = vectors().swap_remove(which);
            prop_assume!(part != 1 || changed != form(&original.body));
            prop_assert!(verify(&[AuthToken::new(token)], &url, &changed, &header).is_err());
        }
    }
}

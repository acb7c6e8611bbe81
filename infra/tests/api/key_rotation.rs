//! Tests of rotating the signing and cursor keys: tokens and cursors stay valid during a rotation, and an old key is
//! rejected later.

pub(crate) mod fake_secrets_manager;
mod schedule;

use crate::auth::{me, refresh, sign_in};
use crate::clinic_setup::ClinicSetup;
use crate::dev_server::DevServer;
use crate::programs::citas;
use app::support::ports::SecretName;
use domain::time::TimeDelta;
use local::database::Database;
use local::memory_secrets::MemorySecrets;
use local::system::SystemConfig;
use platform::https;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use testkit::test_app::{PASSWORD, TestApp, TestError};

const OLD: &str = "0123456789abcdef0123456789abcdef-old";
const NEW: &str = "0123456789abcdef0123456789abcdef-new";
const NEWER: &str = "0123456789abcdef0123456789abcdef-newer";

#[tokio::test]
async fn tokens_stay_valid_during_a_rotation() {
    let setup = ClinicSetup::new().await;
    let secrets = &setup.app.system.secrets;
    secrets.set(SecretName::Signing, OLD);
    let before = sign_in(&setup, "operator@example.com", PASSWORD).await;
    // A client that lost the answer repeats the request after the rotation and gets the same token.
    let lost = refresh(&setup, &before.text("refresh")).await.expect_status(200).unwrap();
    secrets.set(SecretName::Signing, format!("{NEW} {OLD}"));
    let found = refresh(&setup, &before.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(found.text("refresh"), lost.text("refresh"));
    for access in [before.text("access"), lost.text("access"), found.text("access")] {
        assert_eq!(me(&setup, &access).await.status, 200);
    }
    setup.app.advance(TimeDelta::minutes(9));
    assert_eq!(me(&setup, &before.text("access")).await.status, 200, "as long as it lives");
    let after = sign_in(&setup, "operator@example.com", PASSWORD).await;
    let key = |token: &str| identity::access::unverified_claims(token).unwrap().kid;
    assert_ne!(key(&before.text("access")), key(&after.text("access")));
    let renewed = refresh(&setup, &found.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(key(&renewed.text("access")), key(&after.text("access")));
}

/// Tokens signed with the old secret, for example from a backup, are rejected.
#[tokio::test]
async fn an_old_key_is_rejected_later() {
    let setup = ClinicSetup::new().await;
    let secrets = &setup.app.system.secrets;
    secrets.set(SecretName::Signing, OLD);
    let tokens = sign_in(&setup, "operator@example.com", PASSWORD).await;
    let claims = |now: i64| {
        let key = identity::keys::SigningKey::from_secret(OLD.as_bytes()).unwrap();
        let session = identity::refresh::RefreshToken::parse(&tokens.text("refresh")).unwrap();
        let subject = identity::access::TokenSubject { user: session.user(), session: session.family() };
        let issuer = app::accounts::authenticate::issuer();
        identity::access::AccessToken::issue(&key, &issuer, subject, now).unwrap().into_string()
    };
    let now = || setup.app.system.app.now().unix();
    assert_eq!(me(&setup, &claims(now())).await.status, 200, "a token made this way is valid");
    secrets.set(SecretName::Signing, format!("{NEW} {OLD}"));
    setup.app.advance(TimeDelta::minutes(6));
    sign_in(&setup, "operator@example.com", PASSWORD).await.expect_status(200).unwrap();
    assert_eq!(me(&setup, &claims(now())).await.status, 200, "another sandbox may still use it");
    setup.app.advance(TimeDelta::minutes(26));
    assert_eq!(me(&setup, &claims(now())).await.code(), "not_authenticated");
}

/// A sandbox with cached old secrets reads them again before it refuses a request.
#[tokio::test]
async fn a_token_that_another_sandbox_signed_with_a_newer_key_is_accepted() -> Result<(), TestError> {
    let newer = MemorySecrets::default();
    let names = &[SecretName::Signing, SecretName::Cursors];
    for name in names {
        newer.set(*name, format!("{NEW} {OLD}"));
    }
    let source = Arc::new(newer.clone());
    let follow = |config: &mut SystemConfig| config.secrets = config.secrets.clone().following(source, names);
    let app = TestApp::changed(Database::memory().await?, follow).await?;
    let secrets = &app.system.secrets;
    let set_secrets = |text: &str| names.iter().for_each(|name| secrets.set(*name, text));
    let refresh =
        async |token: String| app.anonymous().post("/api/auth/token/refresh/", &json!({ "refresh": token })).await;

    set_secrets(&format!("{NEW} {OLD}"));
    let body = json!({ "email": "admin@example.com", "password": PASSWORD });
    let tokens = app.anonymous().post("/api/auth/token/", &body).await?.expect_status(200)?;
    let lost = refresh(tokens.text("refresh")).await?.expect_status(200)?;
    let admin = app.with_token(&tokens.text("access"));
    let first = admin.get("/api/auth/users/?page_size=1").await?.expect_status(200)?;
    set_secrets(OLD);
    let again = refresh(tokens.text("refresh")).await?.expect_status(200)?;
    assert_eq!(again.text("refresh"), lost.text("refresh"));
    set_secrets(OLD);
    admin.get(&first.text("next")).await?.expect_status(200)?;
    Ok(())
}

/// A client can go on with a list during a rotation.
#[tokio::test]
async fn a_cursor_outlives_one_rotation() {
    let setup = ClinicSetup::new().await;
    for number in 1..=3 {
        setup.add_patient("Ana", &number.to_string(), &format!("+1202555017{number}")).await;
    }
    let secrets = &setup.app.system.secrets;
    secrets.set(SecretName::Cursors, OLD);
    let operator = setup.operator().await;
    let first = operator.get("/api/patients/?page_size=2").await.unwrap().expect_status(200).unwrap();
    let next = first.text("next");
    secrets.set(SecretName::Cursors, format!("{NEW} {OLD}"));
    let second = operator.get(&next).await.unwrap().expect_status(200).unwrap();
    assert!(!second.results().is_empty());
    secrets.set(SecretName::Cursors, format!("{NEWER} {NEW}"));
    assert_eq!(operator.get(&next).await.unwrap().code(), "invalid_cursor", "two rotations later");
    let back = second.text("previous");
    operator.get(&back).await.unwrap().expect_status(200).unwrap();
}

/// `cargo dev citas keys rotate` beside a running server.
#[tokio::test]
async fn the_local_server_loads_new_keys() -> Result<(), TestError> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("rotate-{}", std::process::id()));
    let data = folder.display().to_string();
    let rotate = || citas(&["keys", "rotate"], &["--data", &data]).output();
    let nothing = rotate()?;
    assert!(!nothing.status.success() && String::from_utf8_lossy(&nothing.stderr).contains("--data"));

    let server = DevServer::start(&["--data", &data])?;
    let client = https::client().build()?;
    let sign_in = async || -> Result<String, TestError> {
        let body = json!({ "email": "operator@example.com", "password": "citas-demo-password" });
        let answer = client.post(format!("{}/api/auth/token/", server.url())).json(&body).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer["access"].as_str().ok_or("no token")?.to_owned())
    };
    let kid = |token: &str| identity::access::unverified_claims(token).unwrap().kid;
    let before = sign_in().await?;
    let old = std::fs::read_to_string(folder.join("secrets.json"))?;
    let done = rotate()?;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let new = std::fs::read_to_string(folder.join("secrets.json"))?;
    for file in [&old, &new] {
        let file: Value = serde_json::from_str(file)?;
        for word in ["signing", "cursors"].iter().flat_map(|name| file[name].as_str().unwrap().split(' ')) {
            assert!(!said.contains(word), "a secret is shown");
        }
    }
    let clock = json!({ "advance_seconds": 301 });
    client.post(format!("{}/_dev/clock/", server.url())).json(&clock).send().await?.error_for_status()?;
    let after = sign_in().await?;
    assert_ne!(kid(&before), kid(&after), "the running server signs with the new key");
    let me = client.get(format!("{}/api/auth/me/", server.url())).bearer_auth(&before).send().await?;
    assert_eq!(me.status(), 200, "and what it signed before is still good");
    drop(server);
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

//! While one signing key takes the other's place, nobody notices; later the old one is worth nothing.

use crate::auth::{me, refresh, sign_in};
use crate::world::World;
use app::ports::SecretName;
use domain::time::TimeDelta;
use testkit::test_app::PASSWORD;

const OLD: &str = "0123456789abcdef0123456789abcdef-old";
const NEW: &str = "0123456789abcdef0123456789abcdef-new";

#[tokio::test]
async fn a_rotation_interrupts_nobody() {
    let world = World::new().await;
    let secrets = &world.app.system.secrets;
    secrets.set(SecretName::Signing, OLD);
    let before = sign_in(&world, "operator@example.com", PASSWORD).await;
    // A client whose answer was lost asks again after the rotation, and gets the same token.
    let lost = refresh(&world, &before.text("refresh")).await.expect_status(200).unwrap();
    secrets.set(SecretName::Signing, format!("{NEW} {OLD}"));
    let found = refresh(&world, &before.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(found.text("refresh"), lost.text("refresh"));
    for access in [before.text("access"), lost.text("access"), found.text("access")] {
        assert_eq!(me(&world, &access).await.status, 200);
    }
    world.app.advance(TimeDelta::minutes(9));
    assert_eq!(me(&world, &before.text("access")).await.status, 200, "as long as it lives");
    let after = sign_in(&world, "operator@example.com", PASSWORD).await;
    let key = |token: &str| identity::access::kid(token).unwrap();
    assert_ne!(key(&before.text("access")), key(&after.text("access")));
    let renewed = refresh(&world, &found.text("refresh")).await.expect_status(200).unwrap();
    assert_eq!(key(&renewed.text("access")), key(&after.text("access")));
}

/// Whoever has the old secret, as from a backup, signs in vain.
#[tokio::test]
async fn a_key_retires() {
    let world = World::new().await;
    let secrets = &world.app.system.secrets;
    secrets.set(SecretName::Signing, OLD);
    let tokens = sign_in(&world, "operator@example.com", PASSWORD).await;
    let claims = |now: i64| {
        let key = identity::keys::SigningKey::from_secret(OLD.as_bytes()).unwrap();
        let session = identity::refresh::RefreshToken::parse(&tokens.text("refresh")).unwrap();
        let subject = identity::access::Subject { user: session.user(), session: session.family() };
        let issuer = app::authenticate::issuer();
        identity::access::AccessToken::issue(&key, &issuer, subject, now).unwrap().into_string()
    };
    let now = || world.app.system.app.now().unix();
    assert_eq!(me(&world, &claims(now())).await.status, 200, "what is made so is a token");
    secrets.set(SecretName::Signing, format!("{NEW} {OLD}"));
    world.app.advance(TimeDelta::minutes(6));
    sign_in(&world, "operator@example.com", PASSWORD).await.expect_status(200).unwrap();
    assert_eq!(me(&world, &claims(now())).await.status, 200, "another sandbox may still use it");
    world.app.advance(TimeDelta::minutes(26));
    assert_eq!(me(&world, &claims(now())).await.code(), "not_authenticated");
}

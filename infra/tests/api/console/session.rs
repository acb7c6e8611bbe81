//! Signing in and out, renewal, and forms of other sites.

use super::{Visitor, hidden, html};
use crate::clinic_setup::ClinicSetup;
use domain::time::TimeDelta;
use http::Method;
use identity::totp::Totp;
use local::database::Database;
use testkit::test_app::{PASSWORD, TestApp, TestError};

#[tokio::test]
async fn a_page_without_a_session_leads_to_the_sign_in_and_back() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::new(&app);
    for path in ["/account", "/agenda", "/patients", "/patients/new", "/worklist", "/appointments/0194"] {
        let answer = visitor.get(path).await;
        let next = format!("/sign-in?next={}", path.replace('/', "%2F"));
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, next), "{path}");
    }
    let form = visitor.get("/sign-in?next=%2Fworklist").await;
    let next = hidden(html(&form), "next");
    let answer =
        visitor.post("/sign-in", &[("email", "operator@example.com"), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/worklist"));
    assert_eq!(visitor.get("/worklist").await.status, 200);
    Ok(())
}

#[tokio::test]
async fn nobody_is_led_to_another_site() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example", "/api/auth/me/", "evil"] {
        let visitor = Visitor::new(&app);
        let form = [("email", "operator@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(visitor.post("/sign-in", &form).await.header("location"), "/agenda", "{next}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_said_and_not_repeated_in_the_page() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::new(&app);
    let answer =
        visitor.post("/sign-in", &[("email", "operator@example.com"), ("password", "equivocada-del-todo")]).await;
    assert_eq!(answer.status, 401);
    assert!(html(&answer).contains("role=\"alert\"") && html(&answer).contains("operator@example.com"), "{answer:?}");
    assert!(!html(&answer).contains("equivocada") && !visitor.has_cookie("__Host-access"));
    assert_eq!(visitor.post("/sign-in", &[]).await.status, 401);
    Ok(())
}

/// Nothing of the body is read: the credentials are right.
#[tokio::test]
async fn a_form_of_another_site_is_refused() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let form = [("email", "operator@example.com"), ("password", PASSWORD)];
    for (headers, expected) in [
        (&[("sec-fetch-site", "cross-site")][..], 403),
        (&[("sec-fetch-site", "same-site")], 403),
        (&[("origin", "https://evil.example")], 403),
        (&[], 403),
        (&[("origin", "http://127.0.0.1:8000")], 303),
        (&[("sec-fetch-site", "same-origin")], 303),
    ] {
        let answer = Visitor::new(&app).send(Method::POST, "/sign-in", &form, headers).await;
        assert_eq!(answer.status.as_u16(), expected, "{headers:?}");
    }
    Ok(())
}

/// The access cookie goes after ten minutes; the page renews the session with the refresh cookie.
#[tokio::test]
async fn a_page_renews_a_session_whose_token_has_run_out() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::signed_in(&app, "operator@example.com").await;
    app.advance(TimeDelta::minutes(11));
    visitor.forget("__Host-access");
    assert_eq!(visitor.get("/worklist").await.status, 200);
    assert!(visitor.has_cookie("__Host-access"));
    // The script renews, too, and tells when the session is over.
    assert_eq!(visitor.post("/session", &[]).await.status, 204);
    assert_eq!(Visitor::new(&app).post("/session", &[]).await.status, 401);
    Ok(())
}

/// The answer with the new tokens was cut off: for 20 seconds the old refresh token still renews.
#[tokio::test]
async fn a_renewal_whose_answer_was_lost_can_be_repeated() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::signed_in(&app, "operator@example.com").await;
    let other = visitor.as_script();
    assert_eq!(other.post("/session", &[]).await.status, 204);
    app.advance(TimeDelta::seconds(15));
    assert_eq!(visitor.post("/session", &[]).await.status, 204, "the same refresh token again");
    Ok(())
}

#[tokio::test]
async fn signing_out_ends_the_session_in_the_browser_and_in_the_api() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::signed_in(&app, "operator@example.com").await;
    let before = visitor.as_script();
    let answer = visitor.post("/sign-out", &[("next", "/worklist")]).await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/sign-in?next=%2Fworklist"));
    assert!(!visitor.has_cookie("__Host-access") && !visitor.has_cookie("__Host-refresh"));
    app.advance(TimeDelta::minutes(1));
    assert_eq!(before.post("/session", &[]).await.status, 401, "its refresh token is dead");
    Ok(())
}

#[tokio::test]
async fn a_disabled_user_is_out_at_the_next_page() -> Result<(), TestError> {
    let setup = ClinicSetup::new().await;
    let visitor = Visitor::signed_in(&setup.app, "operator@example.com").await;
    let users = setup.admin().await.get("/api/auth/users/").await?;
    let user = users.results().into_iter().find(|user| user["email"] == "operator@example.com").unwrap();
    let path = format!("/api/auth/users/{}/", user["id"].as_str().unwrap());
    setup.admin().await.delete(&path).await?.expect_status(204)?;
    let answer = visitor.get("/worklist").await;
    assert_eq!((answer.status.as_u16(), answer.header("location").as_str()), (303, "/sign-in?next=%2Fworklist"));
    assert!(!visitor.has_cookie("__Host-refresh"));
    let part = Visitor::signed_in(&setup.app, "admin@example.com").await.as_script();
    part.forget("__Host-access");
    part.forget("__Host-refresh");
    let answer = part.get("/agenda/day?clinic=x").await;
    assert_eq!((answer.status.as_u16(), answer.header("hx-retarget").as_str()), (401, "#notices"), "{answer:?}");
    Ok(())
}

/// In a deployment an ADMIN without a second factor may do nothing else; the pages lead to setting it up.
#[tokio::test]
async fn an_admin_sets_up_the_second_factor_that_is_required() -> Result<(), TestError> {
    let app = TestApp::changed(Database::memory().await?, |config| {
        config.settings.insert("REQUIRE_SECOND_FACTOR".into(), "true".into());
    })
    .await?;
    let visitor = Visitor::signed_in(&app, "admin@example.com").await;
    for path in ["/agenda", "/patients", "/worklist"] {
        let answer = visitor.get(path).await;
        assert!(answer.status == 403 && html(&answer).contains("href=\"/account\""), "{path}: {answer:?}");
    }
    let account = visitor.get("/account").await;
    assert!(account.status == 200 && html(&account).contains("action=\"/account/second-factor\""), "{account:?}");
    assert!(
        html(&account).contains("Para administrar") && !html(&account).contains("second-factor/drop"),
        "{account:?}"
    );
    let begun = visitor.post("/account/second-factor", &[]).await;
    assert!(begun.status == 200 && html(&begun).contains("<svg viewBox="), "{begun:?}");
    let (secret, uri) = (hidden(html(&begun), "secret"), hidden(html(&begun), "uri"));
    let wrong = [("otp", "000000"), ("secret", &secret), ("uri", &uri)];
    let refused = visitor.post("/account/second-factor", &wrong).await;
    assert!(
        refused.status == 400 && hidden(html(&refused), "secret") == secret,
        "the app has read this one: {refused:?}"
    );
    let totp: Totp = serde_json::from_value(serde_json::json!(secret))?;
    let code = totp.code(app.system.app.now().unix())?;
    let done = visitor.post("/account/second-factor", &[("otp", &code), ("secret", &secret), ("uri", &uri)]).await;
    assert!(done.status == 200 && html(&done).matches("<code>").count() > 5, "recovery codes: {done:?}");
    assert_eq!(visitor.get("/agenda").await.status, 200);
    let account = visitor.get("/account").await;
    assert!(html(&account).contains("second-factor/drop") && html(&account).contains("Activa"), "{account:?}");
    assert!(!html(&account).contains("action=\"/account/second-factor\""), "it can't be set up twice: {account:?}");
    // From now on the form needs the code, too.
    app.advance(TimeDelta::seconds(30));
    let other = Visitor::new(&app);
    let refused = other.post("/sign-in", &[("email", "admin@example.com"), ("password", PASSWORD)]).await;
    assert!(refused.status == 401 && html(&refused).contains("<details open>"), "{refused:?}");
    let code = totp.code(app.system.app.now().unix())?;
    let answer =
        other.post("/sign-in", &[("email", "admin@example.com"), ("password", PASSWORD), ("otp", &code)]).await;
    assert_eq!(answer.status, 303);
    Ok(())
}

/// The language is the user's: it goes along to another browser, and a browser without a session has its own.
#[tokio::test]
async fn the_language_that_was_chosen_comes_with_the_sign_in() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::signed_in(&app, "operator@example.com").await;
    assert!(html(&visitor.get("/account").await).contains("<html lang=\"es\">"));
    assert_eq!(visitor.post("/account/language", &[("language", "pt")]).await.status, 303);
    assert!(html(&visitor.get("/account").await).contains("<html lang=\"pt\">"));
    let elsewhere = Visitor::signed_in(&app, "operator@example.com").await;
    assert!(html(&elsewhere.get("/account").await).contains("<html lang=\"pt\">"));
    let other = Visitor::signed_in(&app, "admin@example.com").await;
    assert!(html(&other.get("/account").await).contains("<html lang=\"es\">"));
    assert_eq!(Visitor::new(&app).post("/account/language", &[("language", "en")]).await.status, 303);
    Ok(())
}

/// In this browser only, and also after the next sign-in.
#[tokio::test]
async fn single_keys_are_switched_off_in_a_browser() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    let visitor = Visitor::signed_in(&app, "operator@example.com").await;
    assert!(!html(&visitor.get("/account").await).contains("data-keys-off"));
    assert_eq!(visitor.post("/account/keys", &[("keys", "off")]).await.status, 303);
    visitor.post("/sign-out", &[]).await;
    visitor.post("/sign-in", &[("email", "operator@example.com"), ("password", PASSWORD)]).await;
    for path in ["/account", "/worklist"] {
        assert!(html(&visitor.get(path).await).contains(" data-keys-off>"), "{path}");
    }
    let elsewhere = Visitor::signed_in(&app, "operator@example.com").await;
    assert!(!html(&elsewhere.get("/account").await).contains("data-keys-off"));
    let account = visitor.get("/account").await;
    assert_eq!(hidden(html(&account), "keys"), "on");
    visitor.post("/account/keys", &[("keys", "on")]).await;
    assert!(!html(&visitor.get("/account").await).contains("data-keys-off"));
    Ok(())
}

//! The demo data with a day of appointments, `cargo dev --seed day`, at different times of the day.

use crate::dev_server::DevServer;
use platform::https;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::test_app::TestError;

async fn get(server: &DevServer, token: &str, path: &str) -> Result<Value, TestError> {
    let request = https::client().build()?.get(format!("{}{path}", server.url())).bearer_auth(token);
    Ok(request.send().await?.error_for_status()?.json().await?)
}

#[tokio::test]
async fn the_day_has_appointments_in_all_states_and_a_worklist() -> Result<(), TestError> {
    // In the middle of the clinic's morning, and at night, when its day is over and that of UTC has begun.
    for (now, day, expected) in [
        (
            "2027-01-18T15:30:00Z",
            "2027-01-18",
            &["CANCELLED", "COMPLETED", "CONFIRMED", "NO_SHOW", "PENDING", "RESCHEDULED"][..],
        ),
        ("2027-01-19T03:00:00Z", "2027-01-18", &["CANCELLED", "COMPLETED", "NO_SHOW", "RESCHEDULED"]),
    ] {
        let server = DevServer::start(&["--memory", "--seed", "day", "--now", now])?;
        let body = json!({ "email": "operator@example.com", "password": "citas-demo-password" });
        let url = format!("{}/api/auth/token/", server.url());
        let tokens: Value =
            https::client().build()?.post(url).json(&body).send().await?.error_for_status()?.json().await?;
        let token = tokens["access"].as_str().ok_or("no token")?;
        let clinics = get(&server, token, "/api/clinics/clinics/").await?;
        let clinic = clinics["results"][0]["id"].as_str().ok_or("no clinic")?;
        let path = format!("/api/appointments/?clinic={clinic}&date={day}&page_size=200");
        let listed = get(&server, token, &path).await?;
        let appointments = listed["results"].as_array().ok_or("no list")?;
        assert!(appointments.len() >= 40, "{now}: {}", appointments.len());
        let states: BTreeSet<&str> = appointments.iter().filter_map(|one| one["status"].as_str()).collect();
        assert_eq!(states.into_iter().collect::<Vec<_>>(), expected, "{now}");
        let by_patient = appointments.iter().filter(|one| one["confirmed_via"] == "whatsapp").count();
        assert!(by_patient >= 3, "{now}: {by_patient} answered the reminder");
        let counts = get(&server, token, "/api/worklist/counts/").await?;
        assert!(counts["total"].as_u64().is_some_and(|total| total >= 3), "{now}: {counts}");
    }
    Ok(())
}

//! Runs the script `infra/staging-check`, which checks a deployment, against the local server.

use crate::dev_server::DevServer;
use std::process::Command;
use testkit::test_app::TestError;

#[test]
fn a_healthy_system_passes_the_check_and_a_failed_sign_in_does_not() -> Result<(), TestError> {
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: infra/staging-check needs Python");
        return Ok(());
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../staging-check");
    let check = |url: &str, password: &str| {
        let mut python = Command::new("python3");
        python.args([script, url, "--no-load"]).env_remove("TWILIO_AUTH_TOKEN");
        python.env("CITAS_EMAIL", "admin@example.com").env("CITAS_PASSWORD", password).output()
    };
    let server = DevServer::start(&["--memory"])?;
    let healthy = check(server.url(), "citas-demo-password")?;
    let said = String::from_utf8_lossy(&healthy.stdout).into_owned();
    assert!(healthy.status.success() && said.contains("one stands"), "{said}");
    // It prints the error and stops.
    let locked_out = check(server.url(), "another")?;
    let said = String::from_utf8_lossy(&locked_out.stdout).into_owned();
    assert!(!locked_out.status.success() && said.contains("FAILED signing in"), "{said}");
    Ok(())
}

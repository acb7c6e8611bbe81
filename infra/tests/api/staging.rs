//! Does the script that is to show a deployment's health show that of the local server?

use crate::server::Server;
use std::process::Command;
use testkit::test_app::Trouble;

#[test]
fn a_healthy_system_passes_the_check_and_another_one_does_not() -> Result<(), Trouble> {
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
    let server = Server::start(&["--memory"])?;
    let healthy = check(server.url(), "citas-demo-password")?;
    let said = String::from_utf8_lossy(&healthy.stdout).into_owned();
    assert!(healthy.status.success() && said.contains("one stands"), "{said}");
    // It says what is wrong, and does not go on.
    let locked_out = check(server.url(), "another")?;
    let said = String::from_utf8_lossy(&locked_out.stdout).into_owned();
    assert!(!locked_out.status.success() && said.contains("FAILED signing in"), "{said}");
    Ok(())
}

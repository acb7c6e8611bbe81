//! Starts the local server (`cargo dev`) as a process.

use crate::programs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use testkit::test_app::TestError;

/// A running `cargo dev`. It is killed, not stopped, when it is dropped.
pub(crate) struct DevServer {
    process: Child,
    url: String,
}

impl DevServer {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, TestError> {
        Self::start_in(arguments, &[])
    }

    /// Starts a server with environment variables.
    pub(crate) fn start_in(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self, TestError> {
        let mut process = programs::dev()
            .args(["--port", "0"])
            .args(arguments)
            .env_remove("TWILIO_ACCOUNT_SID")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let mut errors = BufReader::new(process.stderr.take().ok_or("no errors")?);
        let Some(first) = lines.next() else {
            let mut error = String::new();
            errors.read_to_string(&mut error)?;
            return Err(error.into());
        };
        let first = first?;
        let url = first.strip_prefix("citas listens on ").and_then(|rest| rest.split(' ').next());
        let url = url.ok_or_else(|| format!("the server said: {first}"))?.to_owned();
        // Keep reading its output, so that the pipes don't fill up.
        std::thread::spawn(move || lines.for_each(drop));
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::stderr()));
        Ok(Self { process, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Kills the process as `kill -9` does, without a clean shutdown.
    pub(crate) fn kill(mut self) -> Result<(), TestError> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Stops the process as Ctrl-C does. Returns whether it exited successfully.
    pub(crate) fn interrupt(mut self) -> Result<bool, TestError> {
        Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        Ok(self.process.wait()?.success())
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

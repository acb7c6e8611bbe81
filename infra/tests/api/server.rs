//! The local server as a process of its own, as a person starts it.

use crate::programs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use testkit::test_app::Trouble;

/// A running `cargo dev`. It is killed, not stopped, when it is dropped.
pub(crate) struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Starts one on a free port.
    pub(crate) fn start(arguments: &[&str]) -> Result<Self, Trouble> {
        let mut process = programs::dev()
            .args(["--port", "0"])
            .args(arguments)
            .env_remove("TWILIO_ACCOUNT_SID")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
        let first = lines.next().ok_or("the server said nothing")??;
        let url = first.strip_prefix("citas listens on ").and_then(|rest| rest.split(' ').next());
        let url = url.ok_or_else(|| format!("the server said: {first}"))?.to_owned();
        // What else it says is of no interest, but somebody has to listen.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { process, url })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// `kill -9`: no goodbye, nothing flushed.
    pub(crate) fn kill(mut self) -> Result<(), Trouble> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Ctrl-C. Answers whether it ended well.
    pub(crate) fn interrupt(mut self) -> Result<bool, Trouble> {
        Command::new("kill").args(["-INT", &self.process.id().to_string()]).status()?;
        Ok(self.process.wait()?.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

//! `cargo dev phone`: a chat in a terminal, which plays a patient against a local server that is running. It shows what
//! the fake Twilio got for a number, with buttons, and writes as that number.

mod command;
mod screen;
mod server;

use crate::options::PhoneOptions;
use command::{HELP, PhoneCommand};
use screen::Screen;
use server::{DevServer, Written};
use std::io::{BufRead as _, Write as _};
use std::time::Duration;
use tokio::sync::mpsc;

/// How often new messages are looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    #[error("no local server answers at {url}: start it with `cargo dev` in another terminal")]
    NoServer { url: String },
    #[error("the local server answered {path} with {status}: {detail}")]
    Refused { path: &'static str, status: u16, detail: String },
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Terminal(#[from] std::io::Error),
}

/// A chat until `/quit` or the end of the input.
pub async fn chat(options: PhoneOptions) -> Result<(), PhoneError> {
    let server = DevServer::at(options.port)?;
    let messages = server.messages().await?;
    let newest = messages.last().map(|message| message.number().to_owned());
    let from = options.from.or(newest).unwrap_or_else(|| crate::demo::DEMO_PHONE.to_owned());
    let mut chat = Chat { server, from: from.clone(), screen: Screen::of(&from), last: None };
    show(&format!("{HELP}\n"))?;
    show(&chat.screen.update(&messages))?;
    let mut lines = read_lines();
    let mut polls = tokio::time::interval(POLL_INTERVAL);
    loop {
        tokio::select! {
            line = lines.recv() => match line.as_deref().map(PhoneCommand::parse) {
                None | Some(Ok(PhoneCommand::Quit)) => return Ok(()),
                Some(Ok(command)) => match chat.perform(command).await {
                    // A webhook that refuses a message doesn't end the chat.
                    Err(error @ PhoneError::Refused { .. }) => show(&format!("{error}\n"))?,
                    performed => performed?,
                },
                Some(Err(hint)) => show(&format!("{hint}\n"))?,
            },
            _ = polls.tick() => {}
        }
        show(&chat.screen.update(&chat.server.messages().await?))?;
    }
}

/// The lines of the terminal. They are read by a thread of their own, which doesn't hold up the end of the process.
fn read_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                break;
            }
        }
    });
    lines
}

fn show(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

struct Chat {
    server: DevServer,
    /// The patient's number.
    from: String,
    screen: Screen,
    /// What was written last.
    last: Option<Written>,
}

impl Chat {
    async fn perform(&mut self, command: PhoneCommand) -> Result<(), PhoneError> {
        match command {
            PhoneCommand::Nothing | PhoneCommand::Quit => Ok(()),
            PhoneCommand::Help => Ok(show(&format!("{HELP}\n"))?),
            PhoneCommand::Write(text) => self.write(Written::text(&text)).await,
            PhoneCommand::Voice => self.write(Written::voice_note()).await,
            PhoneCommand::Again => match self.last.clone() {
                Some(last) => self.write(last).await,
                None => Ok(show("nothing was written yet\n")?),
            },
            PhoneCommand::Press { button, message } => match self.screen.button(button, message) {
                Some((button, sid)) => self.write(Written::button(button, sid)).await,
                None => Ok(show("there is no such button\n")?),
            },
            PhoneCommand::Quote { message, text } => match self.screen.sid(message) {
                Some(sid) => self.write(Written::quote(&text, sid)).await,
                None => Ok(show("there is no such message\n")?),
            },
            PhoneCommand::From(number) => {
                self.screen = Screen::of(&number);
                self.from = number;
                Ok(())
            }
            PhoneCommand::Wait(time) => {
                let now = self.server.wait(time).await?;
                Ok(show(&format!("it is {now}\n"))?)
            }
        }
    }

    async fn write(&mut self, written: Written) -> Result<(), PhoneError> {
        self.server.write(&self.from, &written).await?;
        self.last = Some(written);
        Ok(())
    }
}

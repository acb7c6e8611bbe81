//! What can be typed into the chat.

use std::time::Duration;

pub(super) const HELP: &str = "\
Type what the patient writes. Commands:
  /1 … /9        press a button of the newest message with buttons; `/1 4` of message 4
  /quote 4 text  answer message 4
  /voice         send a voice note
  /again         send the last one again, as somebody who taps twice
  /from NUMBER   write as another number
  /wait 2h       set the clock forward (10s, 30m, 2h, 3d), then run the scheduled job
  /help, /quit";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PhoneCommand {
    Nothing,
    Write(String),
    /// Both are counted from 1.
    Press {
        button: usize,
        message: Option<usize>,
    },
    Quote {
        message: usize,
        text: String,
    },
    Voice,
    Again,
    From(String),
    Wait(Duration),
    Help,
    Quit,
}

impl PhoneCommand {
    /// # Errors
    /// A hint for the terminal.
    pub(super) fn parse(line: &str) -> Result<Self, &'static str> {
        let line = line.trim();
        let Some(command) = line.strip_prefix('/') else {
            return Ok(if line.is_empty() { Self::Nothing } else { Self::Write(line.to_owned()) });
        };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        match name {
            "voice" => Ok(Self::Voice),
            "again" => Ok(Self::Again),
            "help" => Ok(Self::Help),
            "quit" => Ok(Self::Quit),
            "from" if !rest.is_empty() => Ok(Self::From(rest.to_owned())),
            "from" => Err("as /from +12025550141"),
            "wait" => duration(rest).map(Self::Wait).ok_or("as /wait 10s, 30m, 2h or 3d"),
            "quote" => {
                let quote = rest.split_once(char::is_whitespace);
                let quote = quote.and_then(|(message, text)| Some((message.parse().ok()?, text.trim().to_owned())));
                quote.map(|(message, text)| Self::Quote { message, text }).ok_or("as /quote 4 no puedo ir")
            }
            _ => match (name.parse(), rest) {
                (Ok(button), "") => Ok(Self::Press { button, message: None }),
                (Ok(button), message) => {
                    let message = message.parse().map_err(|_| "as /1, or /1 4 for message 4")?;
                    Ok(Self::Press { button, message: Some(message) })
                }
                (Err(_), _) => Err("there is no such command; /help lists them"),
            },
        }
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().next_back()?;
    let number: u64 = text.strip_suffix(unit)?.trim().parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_command_is_written() {
        for (line, wanted) in [
            ("  Sí, voy ", PhoneCommand::Write("Sí, voy".into())),
            ("1", PhoneCommand::Write("1".into())),
            ("", PhoneCommand::Nothing),
            ("/1", PhoneCommand::Press { button: 1, message: None }),
            ("/2 4", PhoneCommand::Press { button: 2, message: Some(4) }),
            ("/quote 3 no puedo", PhoneCommand::Quote { message: 3, text: "no puedo".into() }),
            ("/voice", PhoneCommand::Voice),
            ("/again", PhoneCommand::Again),
            ("/from +5491155550123", PhoneCommand::From("+5491155550123".into())),
            ("/wait 90m", PhoneCommand::Wait(Duration::from_secs(5_400))),
            ("/wait 2 d", PhoneCommand::Wait(Duration::from_secs(172_800))),
            ("/quit", PhoneCommand::Quit),
        ] {
            assert_eq!(PhoneCommand::parse(line), Ok(wanted), "{line}");
        }
    }

    #[test]
    fn a_command_that_is_not_understood_gets_a_hint() {
        for line in ["/wait", "/wait 3w", "/wait h", "/from", "/quote 3", "/quote x y", "/1 x", "/voz"] {
            assert!(PhoneCommand::parse(line).is_err(), "{line}");
        }
    }
}

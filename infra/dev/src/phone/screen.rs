//! What a phone shows: the messages to its number, numbered, with their buttons.

use super::server::ReceivedMessage;
use local::fake_twilio::TemplateButton;
use std::fmt::Write as _;

pub(super) struct Screen {
    number: String,
    shown: Vec<ReceivedMessage>,
}

impl Screen {
    /// An empty screen of the phone with a number.
    pub(super) fn of(number: &str) -> Self {
        Self { number: number.to_owned(), shown: Vec::new() }
    }

    /// Takes up new messages among all of the server, and returns how they look.
    pub(super) fn update(&mut self, all: &[ReceivedMessage]) -> String {
        let new = all.iter().filter(|message| message.number() == self.number).skip(self.shown.len());
        let mut text = String::new();
        for message in new.cloned().collect::<Vec<_>>() {
            self.shown.push(message.clone());
            draw(&mut text, self.shown.len(), &message);
        }
        text
    }

    /// A button, counted from 1, and the id of its message: that one, or the newest with buttons.
    pub(super) fn button(&self, button: usize, message: Option<usize>) -> Option<(&TemplateButton, &str)> {
        let message = match message {
            Some(number) => self.shown.get(number.checked_sub(1)?)?,
            None => self.shown.iter().rfind(|message| !message.buttons.is_empty())?,
        };
        Some((message.buttons.get(button.checked_sub(1)?)?, &message.sid))
    }

    /// The id of a message, counted from 1.
    pub(super) fn sid(&self, message: usize) -> Option<&str> {
        self.shown.get(message.checked_sub(1)?).map(|message| message.sid.as_str())
    }
}

/// Writing to a String can't fail.
fn draw(text: &mut String, number: usize, message: &ReceivedMessage) {
    let body = message.body.as_deref().unwrap_or("(a template whose words the fake Twilio doesn't know)");
    let _ = writeln!(text, "\n({number}) {}", message.date_created);
    for line in body.lines() {
        let _ = writeln!(text, "  {line}");
    }
    if !message.buttons.is_empty() {
        let buttons: Vec<String> =
            (1..).zip(&message.buttons).map(|(at, button): (usize, _)| format!("[/{at} {}]", button.title)).collect();
        let _ = writeln!(text, "  {}", buttons.join("  "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn message(sid: &str, to: &str, titles: &[&str]) -> ReceivedMessage {
        let buttons: Vec<_> = titles.iter().map(|title| json!({ "title": title, "payload": title })).collect();
        let message = json!({ "sid": sid, "to": format!("whatsapp:{to}"), "body": "Hola\nAna", "buttons": buttons,
            "date_created": "2026-03-05T12:00:00Z" });
        serde_json::from_value(message).unwrap()
    }

    #[test]
    fn a_message_is_shown_once_with_its_buttons_and_only_to_its_number() {
        let mut screen = Screen::of("+1");
        let mut all = vec![message("a", "+1", &["Sí", "No"]), message("b", "+2", &["Otro"])];
        assert_eq!(screen.update(&all), "\n(1) 2026-03-05T12:00:00Z\n  Hola\n  Ana\n  [/1 Sí]  [/2 No]\n");
        assert_eq!(screen.update(&all), "");
        all.push(message("c", "+1", &[]));
        assert_eq!(screen.update(&all), "\n(2) 2026-03-05T12:00:00Z\n  Hola\n  Ana\n");
    }

    #[test]
    fn a_button_is_the_newest_messages_with_buttons_or_that_of_a_named_one() {
        let mut screen = Screen::of("+1");
        screen.update(&[message("a", "+1", &["A"]), message("b", "+1", &["B", "C"]), message("c", "+1", &[])]);
        let pressed =
            |button, message| screen.button(button, message).map(|(button, sid)| (button.title.as_str(), sid));
        assert_eq!(pressed(2, None), Some(("C", "b")));
        assert_eq!(pressed(1, Some(1)), Some(("A", "a")));
        for (button, message) in [(3, None), (0, None), (1, Some(3)), (1, Some(0)), (1, Some(9))] {
            assert_eq!(pressed(button, message), None);
        }
        assert_eq!((screen.sid(3), screen.sid(4)), (Some("c"), None));
    }
}

//! Builds the TwiML response to a webhook: empty, or with one message to the sender.

#[must_use]
pub fn response(text: Option<&str>) -> String {
    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    match text {
        None => format!("{HEAD}<Response/>"),
        Some(text) => format!("{HEAD}<Response><Message>{}</Message></Response>", escaped(text)),
    }
}

/// The text of the message in a response.
#[must_use]
pub fn message(response: &str) -> Option<String> {
    let (_, rest) = response.split_once("<Message>")?;
    let (text, _) = rest.split_once("</Message>")?;
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip_through_a_response() {
        for text in ["", "Llame a la clínica.", "a < b && c > d", "&lt;", "</Message><Redirect>x</Redirect>"] {
            let response = response(Some(text));
            assert_eq!(message(&response).as_deref(), Some(text));
            assert_eq!(response.matches("</").count(), 2, "{response}");
        }
        assert_eq!(message(&response(None)), None);
    }
}

//! The answer to a webhook. TwiML can do much; we use it to say nothing, or one sentence to whoever
//! wrote.

/// A response that sends these words to the sender of the message, or none.
#[must_use]
pub fn response(words: Option<&str>) -> String {
    const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;
    match words {
        None => format!("{HEAD}<Response/>"),
        Some(words) => format!("{HEAD}<Response><Message>{}</Message></Response>", escaped(words)),
    }
}

/// The words of the message that a response sends.
#[must_use]
pub fn message(response: &str) -> Option<String> {
    let (_, rest) = response.split_once("<Message>")?;
    let (words, _) = rest.split_once("</Message>")?;
    Some(words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

/// Text as it stands between tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_as_they_went_in() {
        for words in ["", "Llame a la clínica.", "a < b && c > d", "&lt;", "</Message><Redirect>x</Redirect>"] {
            let response = response(Some(words));
            assert_eq!(message(&response).as_deref(), Some(words));
            assert_eq!(response.matches("</").count(), 2, "{response}");
        }
        assert_eq!(message(&response(None)), None);
    }
}

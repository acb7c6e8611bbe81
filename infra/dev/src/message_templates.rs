//! Generates the table of message templates in `infra/docs/messaging.md`, which are submitted to Twilio for approval.

use domain::language::Language;
use domain::messages::Template;
use std::fmt::Write as _;

/// The text of each template, with numbers for its variables.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from("| Name | Words |\n|---|---|\n");
    for template in Template::ALL {
        for language in Language::ALL {
            let (name, code, words) = (template.name(), language.code(), template.numbered_text(language));
            // Writing to a String can't fail.
            let _ = writeln!(page, "| `{name}_{code}` | {words} |");
        }
    }
    page
}

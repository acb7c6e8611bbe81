//! The message templates that are handed in to Twilio for approval, as `infra/docs/messaging.md` shows them.

use domain::language::Language;
use domain::messages::Template;
use std::fmt::Write as _;

/// The words of each template with numbers for its variables.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from("| Name | Words |\n|---|---|\n");
    for template in Template::ALL {
        for language in Language::ALL {
            let (name, code, words) = (template.name(), language.code(), template.approved(language));
            // Writing to a text can't fail.
            let _ = writeln!(page, "| `{name}_{code}` | {words} |");
        }
    }
    page
}

//! The approved templates: their table in `infra/docs/messaging.md`, by which they are submitted to Twilio, and their
//! copies in the fake Twilio.

use domain::language::Language;
use domain::messages::Template;
use local::fake_twilio::{ApprovedTemplate, FakeTwilio, TemplateButton};
use std::fmt::Write as _;

/// Each template in each language, with its name in settings.
fn all() -> impl Iterator<Item = (String, ApprovedTemplate)> {
    let languages = |template: Template| Language::ALL.into_iter().map(move |language| (template, language));
    Template::ALL.into_iter().flat_map(languages).map(|(template, language)| {
        let button = |button: domain::messages::TemplateButton| TemplateButton {
            title: button.title.to_owned(),
            payload: button.payload,
        };
        let buttons = template.buttons(language).into_iter().map(button).collect();
        let name = format!("{}_{}", template.name(), language.code());
        (name, ApprovedTemplate { text: template.numbered_text(language), buttons })
    })
}

/// The table of message templates.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from("| Name | Words | Buttons |\n|---|---|---|\n");
    for (name, ApprovedTemplate { text, buttons }) in all() {
        let buttons: Vec<String> = buttons.iter().map(|it| format!("{} (`{}`)", it.title, it.payload)).collect();
        // Writing to a String can't fail.
        let _ = writeln!(page, "| `{name}` | {text} | {} |", buttons.join(", "));
    }
    page
}

/// A setting `CONTENT_TEMPLATES` with an id for each template.
#[must_use]
pub fn content_templates() -> String {
    let pairs: Vec<String> =
        (1..).zip(all()).map(|(number, (name, _))| format!("{name}={}", content_sid(number))).collect();
    pairs.join(",")
}

/// Adds the templates to a fake Twilio under the ids of [`content_templates`].
pub fn approve_all(fake: &FakeTwilio) {
    for (number, (_, template)) in (1..).zip(all()) {
        fake.approve_template(&content_sid(number), template);
    }
}

fn content_sid(number: u32) -> String {
    format!("HX{number:032x}")
}

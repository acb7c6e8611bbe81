//! The approved templates. `{{1}}` is a variable, in the text and in the payloads of buttons.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A template as it was approved.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovedTemplate {
    pub text: String,
    pub buttons: Vec<TemplateButton>,
}

/// A quick-reply button.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateButton {
    pub title: String,
    /// What the webhook gets when the button is pressed.
    pub payload: String,
}

domain::opaque!(ApprovedTemplate, TemplateButton);

impl ApprovedTemplate {
    /// The template with its variables filled in. Those without a value stay unchanged.
    pub(super) fn filled(&self, variables: Option<&Value>) -> Self {
        let fill = |text: &str| {
            let variables = variables.and_then(Value::as_object).into_iter().flatten();
            variables.fold(text.to_owned(), |text, (name, value)| {
                text.replace(&format!("{{{{{name}}}}}"), value.as_str().unwrap_or_default())
            })
        };
        let button = |it: &TemplateButton| TemplateButton { title: it.title.clone(), payload: fill(&it.payload) };
        Self { text: fill(&self.text), buttons: self.buttons.iter().map(button).collect() }
    }
}

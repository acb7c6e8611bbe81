//! The list of all environment variables: [`VARIABLES`]. The parser reads by these constants, [`markdown`] writes the
//! documentation from them, and a contract test compares the deployment template with them.
//!
//! The SDK reads some more by itself, as AWS documents them: the region and credentials that Lambda sets, and
//! `AWS_ENDPOINT_URL_DYNAMODB`, which selects another DynamoDB, such as the embedded one.

use super::SettingsError;
use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnvironmentVariable {
    pub name: &'static str,
    /// Whether a deployment has to set it.
    pub required: bool,
    pub meaning: &'static str,
    /// The value when it isn't set.
    pub default: Option<&'static str>,
}

impl EnvironmentVariable {
    const fn required(name: &'static str, meaning: &'static str) -> Self {
        Self { name, required: true, meaning, default: None }
    }

    const fn optional(name: &'static str, meaning: &'static str) -> Self {
        Self { name, required: false, meaning, default: None }
    }

    const fn with_default(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    pub(super) fn must_be(&self, expected: &'static str) -> SettingsError {
        SettingsError::Invalid { name: self.name, expected }
    }
}

macro_rules! variables {
    ($($name:ident: $kind:ident $(($default:literal))?, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: EnvironmentVariable =
                EnvironmentVariable::$kind(stringify!($name), $meaning)$(.with_default($default))?;
        )*

        /// In the order of the documentation.
        pub const VARIABLES: &[EnvironmentVariable] = &[$($name),*];
    };
}

variables! {
    TABLE_NAME: required,
        "The DynamoDB table.";
    SECRETS_PREFIX: required,
        "The prefix of the names of secrets in AWS Secrets Manager, before the slash. Not needed with SECRETS_FILE.";
    SECRETS_FILE: optional,
        "A JSON file with the secrets, instead of AWS Secrets Manager: for a laptop.";
    DEFAULT_COUNTRY: optional("CO"),
        "The two-letter code of the country of phone numbers without a country code.";
    EVENT_BUS_NAME: optional,
        "The EventBridge bus for domain events. Without it events are dropped.";
    ARCHIVE_BUCKET: optional,
        "The S3 bucket with Object Lock for copies of audit seals and of the ledger of erasures. Without it only the table has them.";
    TWILIO_ACCOUNT_SID: optional,
        "The Twilio account (AC…). Without it every message is rejected with this reason.";
    TWILIO_WHATSAPP_SENDER: optional,
        "The WhatsApp number of the sender, as +573001234567. Without it every message is rejected with this reason.";
    TWILIO_API_BASE: optional("https://api.twilio.com"),
        "The base URL of Twilio's API: a regional host, or a fake on loopback.";
    PUBLIC_BASE_URL: optional,
        "The public address of the API, without /api. Without it the secret public-url has it.";
    CONTENT_TEMPLATES: optional,
        "The approved templates, as reminder_es=HX…,cancelled_pt=HX…. A message without one is free text, which WhatsApp delivers in open conversations only.";
    MESSAGES_PER_SECOND: optional("20"),
        "The rate of reminders and notices, from 0.1 to 1000.";
    LOOK_UP_INBOUND: optional("false"),
        "Whether inbound messages whose webhook was lost are looked up at Twilio every hour: true or false. The template sets true.";
    REQUIRE_SECOND_FACTOR: optional("false"),
        "Whether an ADMIN who signed in without a second factor can only set one up: true or false. The template sets true.";
    LOG_LEVEL: optional("info"),
        "The lowest level that is logged: error, warn, info, debug or trace.";
}

/// The Markdown table of the documentation.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| Variable | Default | Meaning |\n|---|---|---|\n");
    for EnvironmentVariable { name, required, meaning, default } in VARIABLES {
        let default = match default {
            Some(default) => format!("`{default}`"),
            None if *required => "required".to_owned(),
            None => "–".to_owned(),
        };
        // Writing to a string can't fail.
        let _ = writeln!(text, "| `{name}` | {default} | {meaning} |");
    }
    text
}

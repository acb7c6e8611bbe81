//! Which environment variables are there? [`VARIABLES`] has all of them. The parser reads by these
//! constants, [`markdown`] writes the documentation from them, and a contract test holds the
//! deployment template against them.
//!
//! The SDK reads some more by itself, and they mean what AWS says: the region and credentials that
//! Lambda sets, and `AWS_ENDPOINT_URL_DYNAMODB`, which leads to an embedded DynamoDB instead.

use super::SettingsError;
use std::fmt::Write as _;

/// One environment variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Whether a deployment has to set it.
    pub required: bool,
    /// What it means.
    pub meaning: &'static str,
    /// What counts where it isn't set.
    pub default: Option<&'static str>,
}

impl Variable {
    const fn required(name: &'static str, meaning: &'static str) -> Self {
        Self { name, required: true, meaning, default: None }
    }

    const fn optional(name: &'static str, meaning: &'static str) -> Self {
        Self { name, required: false, meaning, default: None }
    }

    const fn or(mut self, default: &'static str) -> Self {
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
            pub const $name: Variable = Variable::$kind(stringify!($name), $meaning)$(.or($default))?;
        )*

        /// All of them, in the order of the documentation.
        pub const VARIABLES: &[Variable] = &[$($name),*];
    };
}

variables! {
    TABLE_NAME: required,
        "The DynamoDB table.";
    SECRETS_PREFIX: required,
        "What the names of the secrets in AWS Secrets Manager begin with, before the slash. Not asked for where SECRETS_FILE is set.";
    SECRETS_FILE: optional,
        "A JSON file that has the secrets instead of AWS Secrets Manager: for a laptop.";
    DEFAULT_COUNTRY: optional("CO"),
        "The country, by its two-letter code, whose national phone numbers are read.";
    EVENT_BUS_NAME: optional,
        "The EventBridge bus that events go to. Without it they go nowhere.";
    ARCHIVE_BUCKET: optional,
        "The S3 bucket with Object Lock in which seals of the audit trail and the ledger of erasures are kept, too. Without it only the table has them.";
    TWILIO_ACCOUNT_SID: optional,
        "The Twilio account (AC…). Without it no message is sent, and each says that this is why.";
    TWILIO_WHATSAPP_SENDER: optional,
        "The WhatsApp number that messages come from, as +573001234567. Without it no message is sent either.";
    TWILIO_API_BASE: optional("https://api.twilio.com"),
        "Where Twilio's API is: a regional host, or a fake on loopback.";
    PUBLIC_BASE_URL: optional,
        "The address of the API as the outside knows it, without /api. Otherwise the secret public-url has it.";
    CONTENT_TEMPLATES: optional,
        "The approved templates, as reminder_es=HX…,cancelled_pt=HX…. A message without one is free text, which WhatsApp delivers in open conversations only.";
    MESSAGES_PER_SECOND: optional("20"),
        "How fast reminders and notices go out, from 0.1 to 1000.";
    LOOK_UP_INBOUND: optional("false"),
        "Whether messages from patients that never arrived are looked up at Twilio every hour: true or false. The template sets true.";
    REQUIRE_SECOND_FACTOR: optional("false"),
        "Whether an ADMIN who signed in without a second factor can do no more than set one up: true or false. The template sets true.";
    LOG_LEVEL: optional("info"),
        "The least important line that is logged: error, warn, info, debug or trace.";
}

/// The table as the documentation shows it.
#[must_use]
pub fn markdown() -> String {
    let mut text = String::from("| Variable | Default | Meaning |\n|---|---|---|\n");
    for Variable { name, required, meaning, default } in VARIABLES {
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

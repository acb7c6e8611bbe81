//! Reads the settings from environment variables, the only source. [`variables`] lists all of them; [`Settings`] holds
//! their values, checked once at start, so that a typing error shows before the first request and not at the first
//! reminder.
//!
//! Secrets are not settings: [`crate::secrets`] reads them, and only their location is set here.

mod content_templates;
pub mod variables;

pub use content_templates::ContentTemplates;

use domain::phone::Country;
use std::path::PathBuf;
use tracing::Level;
use variables::EnvironmentVariable;

/// [`variables::VARIABLES`] has the meaning of each variable.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `TABLE_NAME`.
    pub table_name: String,
    /// `SECRETS_PREFIX` or `SECRETS_FILE`.
    pub secrets: SecretsSource,
    /// `DEFAULT_COUNTRY`: the country of phone numbers without a country code.
    pub country: Country,
    /// `EVENT_BUS_NAME`: without it, events are dropped.
    pub event_bus: Option<String>,
    /// `ARCHIVE_BUCKET`: without it, only the table has seals and the ledger of erasures.
    pub archive_bucket: Option<String>,
    /// `TWILIO_ACCOUNT_SID`.
    pub twilio_account: Option<String>,
    /// `TWILIO_WHATSAPP_SENDER`: the number that messages are sent from.
    pub whatsapp_sender: Option<String>,
    /// `TWILIO_API_BASE`.
    pub twilio_api_base: String,
    /// `PUBLIC_BASE_URL`: the public address of the API; without it, a secret has it.
    pub public_base_url: Option<String>,
    /// `CONTENT_TEMPLATES`: the approved templates.
    pub content_templates: ContentTemplates,
    /// `MESSAGES_PER_SECOND`: the rate of due messages.
    pub messages_per_second: f64,
    /// `LOOK_UP_INBOUND`: whether inbound messages whose webhook was lost are looked up.
    pub look_up_inbound: bool,
    /// `REQUIRE_SECOND_FACTOR`: whether an ADMIN needs one.
    pub second_factor_required: bool,
    /// `LOG_LEVEL`.
    pub log_level: Level,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsSource {
    /// AWS Secrets Manager, under the names `<prefix>/<name>`.
    Manager {
        prefix: String,
    },
    File(PathBuf),
}

/// Names the variable and never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the environment variable {name} is missing")]
    Missing { name: &'static str },
    #[error("the environment variable {name} must be {expected}")]
    Invalid { name: &'static str, expected: &'static str },
}

impl Settings {
    pub fn from_env() -> Result<Self, SettingsError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// A blank variable counts as not set.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let optional = |variable: &EnvironmentVariable| {
            let set = lookup(variable.name).map(|value| value.trim().to_owned());
            set.filter(|value| !value.is_empty()).or_else(|| variable.default.map(str::to_owned))
        };
        let required =
            |variable: &EnvironmentVariable| optional(variable).ok_or(SettingsError::Missing { name: variable.name });
        Ok(Self {
            table_name: required(&variables::TABLE_NAME)?,
            secrets: match optional(&variables::SECRETS_FILE) {
                Some(path) => SecretsSource::File(path.into()),
                None => SecretsSource::Manager { prefix: required(&variables::SECRETS_PREFIX)? },
            },
            country: Country::parse(&required(&variables::DEFAULT_COUNTRY)?.to_ascii_uppercase())
                .ok_or_else(|| variables::DEFAULT_COUNTRY.must_be("a two-letter country code of ISO 3166"))?,
            event_bus: optional(&variables::EVENT_BUS_NAME),
            archive_bucket: optional(&variables::ARCHIVE_BUCKET),
            twilio_account: optional(&variables::TWILIO_ACCOUNT_SID),
            whatsapp_sender: optional(&variables::TWILIO_WHATSAPP_SENDER),
            twilio_api_base: required(&variables::TWILIO_API_BASE)?,
            public_base_url: match optional(&variables::PUBLIC_BASE_URL) {
                Some(url) if !is_base_url(&url) => {
                    return Err(variables::PUBLIC_BASE_URL.must_be("an http or https URL without a query"));
                }
                url => url,
            },
            content_templates: ContentTemplates::parse(&optional(&variables::CONTENT_TEMPLATES).unwrap_or_default())
                .ok_or_else(|| variables::CONTENT_TEMPLATES.must_be("pairs as reminder_es=HX…, with commas"))?,
            messages_per_second: required(&variables::MESSAGES_PER_SECOND)?
                .parse()
                .ok()
                .filter(|rate| (0.1..=1000.0).contains(rate))
                .ok_or_else(|| variables::MESSAGES_PER_SECOND.must_be("a number from 0.1 to 1000"))?,
            look_up_inbound: required(&variables::LOOK_UP_INBOUND)?
                .parse()
                .map_err(|_| variables::LOOK_UP_INBOUND.must_be("true or false"))?,
            second_factor_required: required(&variables::REQUIRE_SECOND_FACTOR)?
                .parse()
                .map_err(|_| variables::REQUIRE_SECOND_FACTOR.must_be("true or false"))?,
            log_level: required(&variables::LOG_LEVEL)?
                .parse()
                .map_err(|_| variables::LOG_LEVEL.must_be("error, warn, info, debug or trace"))?,
        })
    }
}

/// Whether a path can be appended to it.
fn is_base_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        !rest.is_empty()
            && !rest.starts_with('/')
            && !rest.contains(['?', '#', '@'])
            && !rest.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests;

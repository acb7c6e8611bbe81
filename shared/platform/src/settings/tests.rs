use super::variables::{VARIABLES, markdown};
use super::*;
use domain::language::Language;
use domain::messages::Template;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let set: BTreeMap<&str, &str> = variables.iter().copied().collect();
    Settings::from_lookup(|name| set.get(name).map(|value| (*value).to_owned()))
}

const LEAST: [(&str, &str); 2] = [("TABLE_NAME", "citas"), ("SECRETS_PREFIX", "citas/prod")];

#[test]
fn the_required_variables_suffice() {
    let settings = read(&LEAST).unwrap();
    assert_eq!(settings.table_name, "citas");
    assert_eq!(settings.secrets, SecretsSource::Manager { prefix: "citas/prod".into() });
    assert_eq!(settings.country, Country::parse("CO").unwrap());
    assert_eq!(settings.twilio_api_base, "https://api.twilio.com");
    assert_eq!(settings.log_level, Level::INFO);
    assert_eq!(settings.event_bus, None);
    assert_eq!(settings.content_templates, ContentTemplates::default());
    assert_eq!(settings.messages_per_second, 20.0);
}

#[test]
fn a_missing_required_variable_is_named() {
    for variable in VARIABLES.iter().filter(|variable| variable.required) {
        let others: Vec<_> = LEAST.into_iter().filter(|(name, _)| *name != variable.name).collect();
        assert_eq!(read(&others), Err(SettingsError::Missing { name: variable.name }));
        for nothing in ["", "  "] {
            let mut blank = others.clone();
            blank.push((variable.name, nothing));
            assert_eq!(read(&blank), Err(SettingsError::Missing { name: variable.name }));
        }
    }
}

#[test]
fn a_file_of_secrets_needs_no_prefix() {
    let settings = read(&[("TABLE_NAME", "citas"), ("SECRETS_FILE", "secrets.json")]).unwrap();
    assert_eq!(settings.secrets, SecretsSource::File("secrets.json".into()));
}

#[test]
fn invalid_values_are_refused_without_repeating_them() {
    for (name, value) in [
        ("DEFAULT_COUNTRY", "Colombia"),
        ("LOG_LEVEL", "loud"),
        ("CONTENT_TEMPLATES", "recordatorio"),
        ("MESSAGES_PER_SECOND", "fast"),
        ("MESSAGES_PER_SECOND", "NaN"),
        ("MESSAGES_PER_SECOND", "-5"),
        ("LOOK_UP_INBOUND", "perhaps"),
        ("REQUIRE_SECOND_FACTOR", "yes"),
        ("PUBLIC_BASE_URL", "example.com"),
        ("PUBLIC_BASE_URL", "https://example.com/?a=1"),
    ] {
        let error = read(&[LEAST[0], LEAST[1], (name, value)]).unwrap_err();
        assert!(matches!(error, SettingsError::Invalid { name: named, .. } if named == name), "{error}");
        assert!(!error.to_string().contains(value));
    }
}

#[test]
fn optional_variables_are_read() {
    let sid = "HX00000000000000000000000000000001";
    let templates = format!("reminder_pt={sid}");
    let given = [("CONTENT_TEMPLATES", templates.as_str()), ("MESSAGES_PER_SECOND", "2.5"), ("DEFAULT_COUNTRY", "br")];
    let settings = read(&[LEAST.as_slice(), &given].concat()).unwrap();
    assert_eq!(settings.content_templates.get(Template::Reminder, Language::Pt), Some(sid));
    assert_eq!(settings.content_templates.get(Template::Reminder, Language::En), None);
    assert_eq!(settings.messages_per_second, 2.5);
    assert_eq!(settings.country, Country::parse("BR").unwrap());
}

#[test]
fn exactly_the_listed_variables_are_read() {
    let requested = std::cell::RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        requested.borrow_mut().insert(name.to_owned());
        LEAST.into_iter().find(|(least, _)| *least == name).map(|(_, value)| value.to_owned())
    };
    Settings::from_lookup(lookup).unwrap();
    let known: BTreeSet<String> = VARIABLES.iter().map(|variable| variable.name.to_owned()).collect();
    assert_eq!(requested.into_inner(), known);
    assert_eq!(known.len(), VARIABLES.len());
    assert!(known.iter().all(|name| markdown().contains(&format!("| `{name}` |"))));
}

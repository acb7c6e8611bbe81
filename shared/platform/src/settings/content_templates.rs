//! The templates that WhatsApp has approved, by kind and language: `reminder_es=HX…,cancelled_pt=HX…`.

use domain::language::Language;
use domain::messages::Template;
use std::collections::BTreeMap;

/// The content SIDs of approved templates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentTemplates(BTreeMap<(Template, &'static str), String>);

impl ContentTemplates {
    /// `None` for an unknown name, a malformed content SID, or a duplicate name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut all = BTreeMap::new();
        for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, sid) = pair.split_once('=')?;
            let (template, language) = name.trim().rsplit_once('_')?;
            let key = (Template::parse(template)?, Language::parse(language)?.code());
            let sid = sid.trim();
            let digits = sid.strip_prefix("HX")?;
            if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            if all.insert(key, sid.to_owned()).is_some() {
                return None;
            }
        }
        Some(Self(all))
    }

    #[must_use]
    pub fn get(&self, template: Template, language: Language) -> Option<&str> {
        self.0.get(&(template, language.code())).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SID: &str = "HX00000000000000000000000000000001";

    #[test]
    fn each_template_is_found_by_its_name() {
        for template in Template::ALL {
            for language in Language::ALL {
                let text = format!(" {}_{} = {SID} , ", template.name(), language.code());
                let read = ContentTemplates::parse(&text).unwrap();
                assert_eq!(read.get(template, language), Some(SID));
                assert_eq!(read.0.len(), 1);
            }
        }
        assert_eq!(ContentTemplates::parse(""), Some(ContentTemplates::default()));
    }

    #[test]
    fn malformed_pairs_are_refused() {
        let twice = format!("reminder_es={SID},reminder_es={SID}");
        for text in
            ["reminder_es", "reminder=HX1", "reminder_es=HX1", "letter_es=", &twice, &format!("letter_es={SID}")]
        {
            assert_eq!(ContentTemplates::parse(text), None, "{text}");
        }
    }
}

use super::*;
use crate::ids::Id as _;
use crate::messages::variable::MAX_CHARS;

fn context(first_name: &str, language: Language) -> TemplateContext<'_> {
    TemplateContext {
        language,
        first_name,
        clinic: "Clínica Norte",
        address: Some("Av. Siempreviva 742"),
        phone: Some("+541145550100"),
        start: Instant::parse("2025-12-12T13:00:00Z").unwrap(),
        zone: Zone::parse("America/Argentina/Buenos_Aires").unwrap(),
    }
}

fn all() -> impl Iterator<Item = (Template, Language)> {
    Template::ALL.into_iter().flat_map(|template| Language::ALL.map(|language| (template, language)))
}

/// The fixed parts of a template between its variables.
fn fixed_parts(template: Template, language: Language) -> Vec<String> {
    render(template.text(language), |_| "\0".to_owned()).split('\0').map(str::to_owned).collect()
}

/// Meta's rules for templates. The module docs of `twilio` link the sources.
#[test]
fn every_template_meets_the_rules_of_approval() {
    for (template, language) in all() {
        let parts = fixed_parts(template, language);
        let variables = parts.len() - 1;
        let letters = |part: &String| part.chars().any(char::is_alphabetic);
        assert!(parts.iter().all(letters), "{template:?} {language:?}: begins or ends with a variable, or two touch");
        let words = parts.iter().flat_map(|part| part.split_whitespace()).filter(|word| word.len() > 1).count();
        assert!(words > 2 * variables, "{template:?} {language:?}: {words} words for {variables} variables");
        let longest = parts.concat().chars().count() + variables * MAX_CHARS;
        assert!(longest <= 1024, "{template:?} {language:?}: {longest}");
        for number in 1..=variables {
            assert_eq!(template.numbered_text(language).matches(&format!("{{{{{number}}}}}")).count(), 1);
        }
    }
}

/// Only a first name, the clinic, its address and number, the date and the time are allowed.
#[test]
fn every_template_has_only_allowed_variables() {
    for (template, language) in all() {
        render(template.text(language), |name| {
            assert!(["name", "clinic", "address", "phone", "date", "time"].contains(&name), "{template:?}: {name}");
            String::new()
        });
    }
}

#[test]
fn free_text_and_template_give_the_same_text() {
    for (template, language) in all() {
        for name in ["Lucía", "{date}", "{{1}}", "", "a\nb", &"x".repeat(200)] {
            let context = context(name, language);
            let variables = context.variables(template, NotificationId::nil());
            let mut number = 0;
            let filled = render(template.text(language), |_| {
                number += 1;
                variables[&number.to_string()].clone()
            });
            assert_eq!(context.body(template), filled);
            let buttons = usize::from(template == Template::Reminder);
            assert_eq!(variables.len(), number + buttons, "{template:?}");
        }
    }
}

#[test]
fn the_words_of_each_template() {
    let said: Vec<String> = all().map(|(template, language)| context("Lucía", language).body(template)).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn without_an_address_the_text_refers_to_the_clinic() {
    let body = TemplateContext { address: None, ..context("Lucía", Language::Es) }.body(Template::Reminder);
    assert!(body.contains("Dirección: consulte con la clínica."), "{body}");
}

#[test]
fn without_a_number_the_text_refers_to_the_clinic() {
    for (language, words) in [
        (Language::Es, "llame al teléfono de la clínica"),
        (Language::Pt, "ligue para a clínica"),
        (Language::En, "call the clinic"),
    ] {
        let body = TemplateContext { phone: None, ..context("Lucía", language) }.body(Template::DeskAnswer);
        assert!(body.contains(words), "{body}");
    }
}

//! Chooses the language of a response by `Accept-Language`: Spanish (the default), English or Portuguese.

use domain::language::Language;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

#[must_use]
pub fn preferred_language(headers: &HeaderMap) -> Language {
    let ranges = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(u16, Language)> = None;
    for range in ranges.flat_map(|value| value.split(',')) {
        let Some((language, weight)) = parse(range) else { continue };
        // Of equal weights, the first wins.
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, language));
        }
    }
    best.map_or_else(Language::default, |(_, language)| language)
}

/// Reads one range, as `pt-BR;q=0.8`; the weight is in thousandths.
fn parse(range: &str) -> Option<(Language, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let language = if tag == "*" { Language::default() } else { Language::parse(&tag)? };
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        None => 1.0,
        Some(text) => text.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?,
    };
    // Between 0 and 1000, as filtered above.
    Some((language, (weight * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_supported_language_with_the_highest_weight() {
        for (header, expected) in [
            ("", "es"),
            ("en", "en"),
            ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
            ("fr, en;q=0.5, es;q=0.7", "es"),
            ("es;q=0.2, EN-us;q=0.9", "en"),
            ("de", "es"),
            ("*", "es"),
            ("es;q=0, pt;q=0.1", "pt"),
            ("en;q=nonsense, pt;q=0.1", "pt"),
            ("en;q=2", "es"),
            ("pt, en", "pt"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_str(header).unwrap());
            assert_eq!(preferred_language(&headers).code(), expected, "{header}");
        }
        assert_eq!(preferred_language(&HeaderMap::new()).code(), "es");
    }
}

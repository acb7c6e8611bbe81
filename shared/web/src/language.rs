//! In which language an answer's words are: what `Accept-Language` prefers among Spanish, English
//! and Portuguese, and Spanish where it says nothing that we have.

use domain::language::Language;
use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

/// The language to answer in.
#[must_use]
pub fn of(headers: &HeaderMap) -> Language {
    let ranges = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut best: Option<(u16, Language)> = None;
    for range in ranges.flat_map(|value| value.split(',')) {
        let Some((language, weight)) = parse(range) else { continue };
        // Of equals, the first.
        if weight > best.map_or(0, |(weight, _)| weight) {
            best = Some((weight, language));
        }
    }
    best.map_or_else(Language::default, |(_, language)| language)
}

/// One range, as `pt-BR;q=0.8`, with its weight in thousandths.
fn parse(range: &str) -> Option<(Language, u16)> {
    let mut parts = range.split(';').map(str::trim);
    let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
    let language = if tag == "*" { Language::default() } else { Language::parse(&tag)? };
    let weight = match parts.find_map(|part| part.strip_prefix("q=")) {
        None => 1.0,
        Some(text) => text.parse::<f32>().ok().filter(|weight| (0.0..=1.0).contains(weight))?,
    };
    // Within 0 and 1000, as filtered above.
    Some((language, (weight * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_heaviest_language_that_we_have() {
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
            assert_eq!(of(&headers).code(), expected, "{header}");
        }
        assert_eq!(of(&HeaderMap::new()).code(), "es");
    }
}

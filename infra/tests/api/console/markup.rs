//! What every page has to keep: one `main` and one `h1`, labels, no id twice, no inline style or handler, and links that
//! begin with the stage.

use std::collections::BTreeSet;

/// A start tag: its name and its attributes.
struct Tag<'a> {
    name: &'a str,
    text: &'a str,
}

impl<'a> Tag<'a> {
    fn attribute(&self, name: &str) -> Option<&'a str> {
        let rest = self.text.split_once(&format!(" {name}=\""))?.1;
        rest.split('"').next()
    }

    fn has(&self, name: &str) -> bool {
        self.text.split([' ', '>']).any(|part| part == name || part.split('=').next() == Some(name))
    }
}

/// The tags of a page, in order. Attribute values of ours contain no `<` and no `>`: maud escapes them.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let parts = page.split('<').skip(1).filter_map(|part| part.split_once('>').map(|(tag, _)| tag));
    parts.map(|text| Tag { name: text.split([' ', '/']).find(|name| !name.is_empty()).unwrap_or("/"), text }).collect()
}

/// Checks a whole page.
#[track_caller]
pub(super) fn check_page(page: &str, what: &str) {
    let count = |name: &str| tags(page).iter().filter(|tag| tag.name == name && !tag.text.starts_with('/')).count();
    assert!(page.starts_with("<!DOCTYPE html><html lang=\""), "{what} has no language");
    assert_eq!((count("main"), count("h1")), (1, 1), "{what} has one main and one h1");
    check_part(page, what);
}

/// Checks a page or a part of one.
#[track_caller]
pub(super) fn check_part(page: &str, what: &str) {
    let mut ids = BTreeSet::new();
    let mut labels = 0;
    for tag in tags(page) {
        match tag.text {
            "/label" => labels -= 1,
            text if text.starts_with('/') => continue,
            _ => {}
        }
        if tag.name == "label" {
            labels += i32::from(!tag.text.starts_with('/'));
        }
        if tag.text.starts_with('/') {
            continue;
        }
        assert!(!tag.has("style") && tag.name != "style", "{what}: <{}> has an inline style", tag.text);
        let handler = tag.text.split(' ').skip(1).find(|part| part.starts_with("on"));
        assert!(handler.is_none(), "{what}: <{}> has an inline handler", tag.text);
        assert!(tag.name != "script" || tag.has("src"), "{what} has an inline script");
        if let Some(id) = tag.attribute("id") {
            assert!(ids.insert(id), "{what}: the id {id} occurs twice");
        }
        let is_field = ["input", "select", "textarea"].contains(&tag.name) && tag.attribute("type") != Some("hidden");
        assert!(!is_field || labels > 0 || tag.has("aria-label"), "{what}: <{}> has no label", tag.text);
    }
}

/// Checks that every link and every action begins with a prefix.
#[track_caller]
pub(super) fn check_links(page: &str, prefix: &str, what: &str) {
    let mut seen = 0;
    for tag in tags(page) {
        for name in ["href", "src", "action", "hx-get", "hx-post", "data-renew"] {
            let Some(link) = tag.attribute(name).filter(|link| !link.starts_with(['#']) && !link.contains(':')) else {
                continue;
            };
            assert!(link.starts_with(prefix), "{what}: {name}={link}");
            seen += 1;
        }
    }
    assert!(seen > 2, "{what} has {seen} links");
}

#[test]
fn a_bad_page_is_noticed() {
    for (part, fault) in [
        ("<p style=\"color:red\">", "style"),
        ("<a onclick=\"x()\">", "handler"),
        ("<script>x()</script>", "script"),
        ("<i id=\"a\"></i><i id=\"a\"></i>", "twice"),
        ("<input name=\"a\">", "label"),
        ("<label>x</label><input name=\"a\">", "label"),
    ] {
        let caught = std::panic::catch_unwind(|| check_part(part, "it"));
        let text = caught.unwrap_err().downcast::<String>().map(|text| *text).unwrap_or_default();
        assert!(text.contains(fault), "{part}: {text}");
    }
    check_part("<label><span>x</span><input name=\"a\"></label><input type=\"hidden\" name=\"b\">", "it");
}

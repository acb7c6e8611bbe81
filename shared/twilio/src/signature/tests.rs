//! Ports and the order of parameters; `tests/api/signature.rs` tests whole signatures.

use super::*;

#[test]
fn ports_are_removed_or_added() {
    for (url, wanted) in [
        ("https://a.example/x?y", Some("https://a.example:443/x?y")),
        ("https://a.example:443/x", Some("https://a.example/x")),
        ("https://a.example:8443?q", Some("https://a.example?q")),
        ("http://a.example", Some("http://a.example:80")),
        ("https://[::1]/x", Some("https://[::1]:443/x")),
        ("https://[::1]:8443/x", Some("https://[::1]/x")),
        ("https://a.example/x:1", Some("https://a.example:443/x:1")),
        ("https://a.example:/x", None),
        ("https://me:1@a.example/", None),
        ("ftp://a.example/", None),
        ("/x", None),
    ] {
        assert_eq!(other_port(url).as_deref(), wanted, "{url}");
    }
}

#[test]
fn values_are_sorted_and_unique_under_sorted_names() {
    let form = Form::parse(b"b=2&a=9&B=&b=10&a=9&b=2").unwrap();
    assert_eq!(signed_parameters(&form), "Ba9b10b2");
}

#[test]
fn debug_redacts_the_token() {
    let shown = format!("{:?}", AuthToken::new("hunter2"));
    assert!(!shown.contains("hunter2"));
}

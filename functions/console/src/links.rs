//! Links of the console. Behind API Gateway's own address every path begins with the stage, so each link is made from
//! the prefix of the request.

/// The prefix of every path: `/prod` behind a stage, else empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Links(String);

domain::opaque!(Links);

impl Links {
    /// From the path that the client requested, and the path as the routes have it.
    #[must_use]
    pub fn of(requested: &str, routed: &str) -> Self {
        let prefix = requested.trim_end_matches('/').strip_suffix(routed.trim_end_matches('/'));
        Self(prefix.unwrap_or_default().to_owned())
    }

    /// The link to a path of the console.
    #[must_use]
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// A path of the console in a link, as in the field `next` of the sign-in form. `None` for other addresses: a
    /// stranger's link must not lead away from here.
    #[must_use]
    pub fn own<'a>(&self, link: &'a str) -> Option<&'a str> {
        let path = link.strip_prefix(self.0.as_str())?;
        let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
        (is_path && !path.starts_with("/api/")).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_the_stage() {
        for (requested, routed, link) in [
            ("/prod/agenda", "/agenda", "/prod/x"),
            ("/agenda", "/agenda", "/x"),
            ("/prod/", "/", "/prod/x"),
            ("/", "/", "/x"),
        ] {
            assert_eq!(Links::of(requested, routed).to("/x"), link, "{requested}");
        }
    }

    #[test]
    fn only_own_paths_are_followed_after_signing_in() {
        let links = Links::of("/prod/sign-in", "/sign-in");
        assert_eq!(links.own("/prod/agenda?date=2027-01-18"), Some("/agenda?date=2027-01-18"));
        for link in [
            "//evil.example",
            "/prod//evil.example",
            "https://evil.example",
            "/prod/\\evil",
            "/agenda",
            "/prod/api/x",
            "",
        ] {
            assert_eq!(links.own(link), None, "{link}");
        }
    }
}

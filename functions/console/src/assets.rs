//! The script and the style sheet. The hash of their contents is a part of their path, so that a browser may keep them
//! for good; `htmx-4.0.1.min.js` is `dist/htmx.min.js` of the npm package `htmx.org`, unchanged.

use crate::colours;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// htmx and our own script, without its comments, as one file: one request less on the first page.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let own = include_str!("../assets/console.js");
    let code = own.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    let text = [include_str!("../assets/htmx-4.0.1.min.js"), "\n", &code.collect::<Vec<_>>().join("\n")].concat();
    Asset::new("console.js", "text/javascript; charset=utf-8", text)
});

pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let own = include_str!("../assets/console.css");
    let rules = own.lines().map(str::trim).filter(|line| !line.starts_with("/*"));
    let text = [&rules.collect::<String>(), colours::rules().as_str(), grid_places().as_str()].concat();
    Asset::new("console.css", "text/css; charset=utf-8", text)
});

/// Rows of the day's grid: one for five minutes.
pub const MINUTES_PER_ROW: u32 = 5;
const ROWS: u32 = 24 * 60 / MINUTES_PER_ROW;

pub struct Asset {
    /// With the hash: `/a/<hash>/console.js`.
    pub path: String,
    pub media_type: &'static str,
    pub text: String,
}

impl Asset {
    fn new(name: &str, media_type: &'static str, text: String) -> Self {
        Self { path: format!("/a/{}/{name}", hash(text.as_bytes())), media_type, text }
    }
}

/// The asset of a path; `None` also for an older version of it.
#[must_use]
pub fn find(path: &str) -> Option<&'static Asset> {
    [&*SCRIPT, &*STYLE].into_iter().find(|asset| asset.path == path)
}

/// A hash for file names and `ETag`s: 64 bits of SHA-256.
#[must_use]
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The places of the day's grid are classes, because the content security policy forbids `style` attributes: `r12`
/// begins at row 12, `s6` is six rows high.
fn grid_places() -> String {
    let mut rules = String::new();
    // Two runs, because alike rules compress better next to each other.
    for row in 0..=ROWS {
        let _ = write!(rules, ".r{row}{{grid-row-start:{}}}", row + 1);
    }
    for rows in 1..=ROWS {
        let _ = write!(rules, ".s{rows}{{grid-row-end:span {rows}}}");
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hash of `dist/htmx.min.js` in the npm package htmx.org 4.0.1.
    #[test]
    fn htmx_is_the_published_file() {
        let hash = Sha256::digest(include_str!("../assets/htmx-4.0.1.min.js"));
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130");
    }

    #[test]
    fn the_own_script_is_short_and_evaluates_no_text() {
        let script = include_str!("../assets/console.js");
        assert!(script.lines().count() <= 400, "{} lines", script.lines().count());
        for forbidden in ["eval(", "new Function", "innerHTML", "document.write", "localStorage", "document.cookie"] {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn an_old_hash_leads_nowhere() {
        assert!(find(&SCRIPT.path).is_some() && find(&STYLE.path).is_some());
        assert!(find("/a/0000000000000000/console.js").is_none() && find("/a/console.js").is_none());
    }
}

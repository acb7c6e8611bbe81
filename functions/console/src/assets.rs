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
    let own = [include_str!("../assets/console.css"), include_str!("../assets/messages.css")];
    let rules = own.iter().flat_map(|sheet| sheet.lines()).map(str::trim).filter(|line| !line.starts_with("/*"));
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

/// Rows of an hour.
const HOUR: u32 = 60 / MINUTES_PER_ROW;

/// The class of a place in the day's grid, because the content security policy forbids `style` attributes: `h1 m3 s6`
/// begins at row 15 and is six rows high, `t2 u4` is 28 rows high. Hours and rest apart are a tenth of the rules that
/// each row and each height would need.
#[must_use]
pub fn grid_place(row: u32, rows: u32) -> String {
    let mut class = format!("h{}", row / HOUR);
    let mut add = |letter: char, number: u32| {
        let _ = write!(class, " {letter}{number}");
    };
    if !row.is_multiple_of(HOUR) {
        add('m', row % HOUR);
    }
    if rows < HOUR {
        add('s', rows);
    } else {
        add('t', rows / HOUR);
        if !rows.is_multiple_of(HOUR) {
            add('u', rows % HOUR);
        }
    }
    class
}

/// The rules for the classes of [`grid_place`].
fn grid_places() -> String {
    let mut rules =
        ".cells>li{grid-row:calc(var(--h,1) + var(--m,0))/span calc(var(--s,0) + var(--t,0) + var(--u,0))}".to_owned();
    let hours = ROWS / HOUR;
    for (letter, numbers, factor, first) in [
        ('h', 0..hours + 1, HOUR, 1),
        ('m', 1..HOUR, 1, 0),
        ('s', 1..HOUR, 1, 0),
        ('t', 1..hours + 1, HOUR, 0),
        ('u', 1..HOUR, 1, 0),
    ] {
        for number in numbers {
            let _ = write!(rules, ".{letter}{number}{{--{letter}:{}}}", number * factor + first);
        }
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
    fn a_place_is_hours_and_the_rest() {
        for (row, rows, class) in [(0, 6, "h0 s6"), (15, 1, "h1 m3 s1"), (24, 12, "h2 t1"), (287, 28, "h23 m11 t2 u4")]
        {
            assert_eq!(grid_place(row, rows), class);
        }
        let rules = grid_places();
        for class in (0..288).flat_map(|row| [grid_place(row, 1), grid_place(0, row + 1)]) {
            for part in class.split(' ') {
                assert!(rules.contains(&format!(".{part}{{")), "{part}");
            }
        }
        assert!(rules.contains(".h1{--h:13}") && rules.contains(".t2{--t:24}") && rules.contains(".m3{--m:3}"));
    }

    #[test]
    fn an_old_hash_leads_nowhere() {
        assert!(find(&SCRIPT.path).is_some() && find(&STYLE.path).is_some());
        assert!(find("/a/0000000000000000/console.js").is_none() && find("/a/console.js").is_none());
    }
}

//! The colours of states, and the contrast of each. The style sheet gets its rules from here.

use std::fmt::Write as _;

/// The colours of one state: text on a ground, and the bar at its left.
pub struct StateColours {
    /// The class.
    pub class: &'static str,
    pub text: &'static str,
    pub ground: &'static str,
    pub bar: &'static str,
    /// Whether the bar is dashed.
    pub dashed: bool,
}

const fn state(
    class: &'static str,
    text: &'static str,
    ground: &'static str,
    bar: &'static str,
    dashed: bool,
) -> StateColours {
    StateColours { class, text, ground, bar, dashed }
}

pub const STATES: [StateColours; 8] = [
    state("st-pending", "#573a00", "#fff3d1", "#a86a00", false),
    state("st-confirmed", "#14452b", "#ddf3e4", "#27774f", false),
    state("st-arrived", "#0b3a63", "#d7ecfb", "#0b5cad", false),
    state("st-completed", "#2b3644", "#e5e9ee", "#5a6b7f", false),
    state("st-no-show", "#6b1414", "#fbe1e1", "#b32d2d", false),
    state("st-to-move", "#3c2480", "#eae3fb", "#6b46c1", true),
    state("st-cancelled", "#566472", "#ffffff", "#8794a1", false),
    state("st-free", "#3d4f60", "#ffffff", "#8794a1", true),
];

/// Pairs of text and ground that the style sheet uses by name.
pub const PAIRS: [(&str, &str, &str); 9] = [
    ("text", "#1c2733", "#ffffff"),
    ("text on the page", "#1c2733", "#f4f6f8"),
    ("quiet", "#526070", "#ffffff"),
    ("quiet on the page", "#526070", "#f4f6f8"),
    ("accent", "#0b5cad", "#ffffff"),
    ("on accent", "#ffffff", "#0b5cad"),
    ("danger", "#a32020", "#ffffff"),
    ("warning", "#573a00", "#ffffff"),
    ("quiet on a message of ours", "#2f5a42", "#ddf3e4"),
];

/// The rules of the states.
#[must_use]
pub fn rules() -> String {
    let mut rules = String::new();
    for StateColours { class, text, ground, bar, dashed } in STATES {
        let style = if dashed { "dashed" } else { "solid" };
        let _ = write!(rules, ".{class}{{color:{text};background-color:{ground};border-left:4px {style} {bar}}}");
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of WCAG 2.
    fn luminance(colour: &str) -> f64 {
        let channel = |from: usize| {
            let value = f64::from(u8::from_str_radix(&colour[from..from + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn texts_and_bars_can_be_seen() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
        for StateColours { class, text, ground, bar, .. } in STATES {
            assert!(contrast(text, ground) >= 4.5, "{class}: {:.2}", contrast(text, ground));
            assert!(contrast(bar, "#ffffff") >= 3.0, "{class}: {:.2}", contrast(bar, "#ffffff"));
        }
        for (name, text, ground) in PAIRS {
            assert!(contrast(text, ground) >= 4.5, "{name}: {:.2}", contrast(text, ground));
        }
    }

    /// No other colour in the style sheet without its place in the table above.
    #[test]
    fn the_style_sheet_has_the_colours_of_the_pairs() {
        let sheet = concat!(include_str!("../assets/console.css"), include_str!("../assets/messages.css"));
        for (name, text, ground) in PAIRS {
            assert!(sheet.contains(text) && (sheet.contains(ground) || ground == "#ffffff"), "{name}");
        }
    }
}

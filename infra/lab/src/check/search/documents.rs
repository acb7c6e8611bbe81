//! Documents of ten kinds and more, as they are printed.

use std::fmt::Write as _;

/// A kind of document, and a pattern: `#` is a digit, `@` a letter.
const KINDS: &[(&str, &str)] = &[
    ("CC", "1#########"),
    ("CI", "1########-#"),
    ("CI", "#.###.###-#"),
    ("DNI", "##.###.###"),
    ("DNI", "########"),
    ("RUT", "##.###.###-#"),
    ("RUT", "##.###.###-K"),
    ("CPF", "###.###.###-##"),
    ("CURP", "@@@@######@@@@@@##"),
    ("DPI", "#### ##### ####"),
    ("CEDULA", "###-#######-#"),
    ("CEDULA", "V-##.###.###"),
    ("DUI", "########-#"),
    ("DNI", "####-####-#####"),
    ("PASAPORTE", "@@######"),
    ("RG", "##.###.###–#"),
    ("NUIP", "######/##"),
    ("NIE", "@#######@"),
];

/// A document's type and number.
pub(super) fn random(random: &mut fastrand::Rng) -> (&'static str, String) {
    let (kind, pattern) = KINDS.get(random.usize(..KINDS.len())).copied().unwrap_or(("CC", "##########"));
    let mut number = String::new();
    for c in pattern.chars() {
        match c {
            // Writing to a string can't fail.
            '#' => drop(write!(number, "{}", random.u8(..10))),
            '@' => number.push(random.uppercase()),
            other => number.push(other),
        }
    }
    (kind, number)
}

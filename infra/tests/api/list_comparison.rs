//! Compares two lists that have to be the same and names the differences.

use std::collections::BTreeSet;

/// Panics with the items that only one side has.
#[track_caller]
pub(crate) fn assert_same<L, R>(left: &str, has: L, right: &str, wants: R)
where
    L: IntoIterator<Item = String>,
    R: IntoIterator<Item = String>,
{
    let (has, wants): (BTreeSet<String>, BTreeSet<String>) = (has.into_iter().collect(), wants.into_iter().collect());
    // An empty list means that its source was read wrongly.
    assert!(!has.is_empty() && !wants.is_empty(), "nothing to compare in {left} or in {right}");
    let only = |side: &str, these: &BTreeSet<String>, those: &BTreeSet<String>| {
        these.difference(those).map(|item| format!("  only in {side}: {item}\n")).collect::<String>()
    };
    let difference = only(left, &has, &wants) + &only(right, &wants, &has);
    assert!(difference.is_empty(), "{left} and {right} differ:\n{difference}");
}

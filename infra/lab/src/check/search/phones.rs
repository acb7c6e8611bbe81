//! Numbers of twenty countries, and the ways in which they are written and dialled there. Written down by hand, not
//! derived from what is tested.

/// The numbers of a country: mobiles, and landlines of some.
struct NumberPlan {
    /// What E.164 begins with. `#` is a digit from 2 to 8, so that most numbers are valid.
    stored: &'static str,
    /// The ways to write it: `*` is the whole of what `#` stands for, a digit the so many last digits of it, in brackets.
    ways: &'static [&'static str],
}

/// A way is written with `{n}`, the last n digits of the number, and `{a-b}`, those from the a-th to the b-th last.
const PLANS: &[NumberPlan] = &[
    // Argentina: an area of two, three and four digits.
    NumberPlan {
        stored: "+54911########",
        ways: &["011 15 {8-5}-{4}", "15{8}", "(011) {8}", "+54 9 11 {8}", "54 11 15 {8}"],
    },
    NumberPlan { stored: "+549351#######", ways: &["0351 15 {7}", "15 {7-5} {4}", "351 {7}", "0054 9 351 {7}"] },
    NumberPlan { stored: "+5492954######", ways: &["02954 15 {6}", "15-{6}", "02954{6}"] },
    NumberPlan { stored: "+5917#######", ways: &["7{7}", "07{7}", "+591 7{7}", "00591 7{7}"] },
    NumberPlan {
        stored: "+55119########",
        ways: &["(011) 9{8-5}-{4}", "0 21 11 9{8}", "11 {8}", "0xx11 9{8}", "+55 11 9{8}"],
    },
    NumberPlan { stored: "+569########", ways: &["9 {8-5} {4}", "09{8}", "+56 9 {8}", "0056 9{8}"] },
    NumberPlan { stored: "+57300#######", ways: &["300 {7-5} {4}", "03300{7}", "+57 (300) {7}", "0057300{7}"] },
    NumberPlan { stored: "+5068#######", ways: &["8{7-5}-{4}", "00506 8{7}", "+506 8{7}"] },
    NumberPlan { stored: "+535#######", ways: &["5{7}", "05{7}", "+53 5 {7}"] },
    NumberPlan { stored: "+1809#######", ways: &["809-{7-5}-{4}", "1 (809) {7}", "(809){7}", "011 1 809 {7}"] },
    NumberPlan { stored: "+1787#######", ways: &["787.{7-5}.{4}", "1-787-{7}"] },
    NumberPlan {
        stored: "+59399#######",
        ways: &["099 {7-5} {4}", "99{7}", "+593 99 {7}", "00593 99 {7}", "593 099{7}"],
    },
    NumberPlan { stored: "+5037#######", ways: &["7{7-5}-{4}", "00503 7{7}"] },
    NumberPlan { stored: "+5025#######", ways: &["5{7-5} {4}", "+502 5{7}"] },
    NumberPlan { stored: "+5049#######", ways: &["9{7-5}-{4}", "00504 9{7}"] },
    NumberPlan {
        stored: "+5255########",
        ways: &["044 55 {8-5} {4}", "045 55 {8}", "01 55 {8}", "+52 1 55 {8}", "55 {8}"],
    },
    NumberPlan { stored: "+5058#######", ways: &["8{7}", "+505 8{7-5} {4}"] },
    NumberPlan { stored: "+5076#######", ways: &["6{7-5}-{4}", "00507 6{7}"] },
    NumberPlan { stored: "+595981######", ways: &["0981 {6-4} {3}", "981{6}", "+595 981 {6}"] },
    NumberPlan { stored: "+519########", ways: &["9{8-7} {6-4} {3}", "09{8}", "+51 9{8}"] },
    NumberPlan { stored: "+59899######", ways: &["099 {6-4} {3}", "99{6}", "+598 99 {6}", "00598 99{6}"] },
    NumberPlan { stored: "+58412#######", ways: &["0412-{7}", "412 {7}", "+58 412 {7}", "0058 412{7}"] },
    NumberPlan { stored: "+346########", ways: &["6{8-7} {6-4} {3}", "0034 6{8}"] },
];

/// A number and one of the ways to write it.
pub(super) struct WrittenNumber {
    pub(super) stored: String,
    pub(super) way: String,
}

pub(super) fn random(random: &mut fastrand::Rng) -> Option<WrittenNumber> {
    let plan = PLANS.get(random.usize(..PLANS.len()))?;
    let digit = |c: char, random: &mut fastrand::Rng| if c == '#' { char::from(b'0' + random.u8(2..=8)) } else { c };
    let stored: String = plan.stored.chars().map(|c| digit(c, random)).collect();
    let way = plan.ways.get(random.usize(..plan.ways.len()))?;
    Some(WrittenNumber { way: filled(way, &stored)?, stored })
}

fn filled(way: &str, stored: &str) -> Option<String> {
    let mut text = String::new();
    let mut rest = way;
    while let Some((before, after)) = rest.split_once('{') {
        let (range, after) = after.split_once('}')?;
        let (first, last) = range.split_once('-').unwrap_or((range, "1"));
        let from_end = |number: &str| number.parse::<usize>().ok().and_then(|number| stored.len().checked_sub(number));
        text.push_str(before);
        text.push_str(stored.get(from_end(first)?..=from_end(last)?)?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

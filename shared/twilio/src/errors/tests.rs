//! Compares the table with a second list of the same codes, and checks the defaults.

use super::*;

#[test]
fn the_table_is_sorted_and_its_rows_are_found() {
    assert!(TABLE.is_sorted_by(|a, b| a.code < b.code), "ascending, no code twice");
    for row in TABLE {
        assert_eq!(lookup(row.code), Some(row));
        assert_eq!(classify(row.code), row.class);
        assert_eq!(meaning(row.code), row.meaning);
        assert!((5..=60).contains(&row.meaning.len()), "{}", row.code);
    }
}

/// The same codes listed by class: a mistake in one of the two lists fails the test.
#[test]
fn every_code_has_its_class() {
    let by_class: &[(ErrorClass, &[u32])] = &[
        (Retry, &[20429, 21611, 30001, 30008, 63009, 63010, 63012, 63017, 63019, 63023, 63037]),
        (Temporary, &[63018, 63038, 63049]),
        (
            Permanent,
            &[21211, 21612, 21614, 30003, 30004, 30005, 30006, 63003, 63005, 63015, 63024, 63032, 63033, 63035, 63036],
        ),
        (OptedOut, &[21610, 63014]),
        (
            Configuration,
            &[
                20003, 20404, 21212, 21408, 21606, 21608, 21617, 21654, 21655, 21656, 21658, 21703, 21910, 30002,
                30007, 63001, 63002, 63007, 63008, 63013, 63016, 63020, 63021, 63022, 63026, 63027, 63028, 63029,
                63030, 63040, 63041, 63042, 63051, 63112, 572006,
            ],
        ),
        (Unknown, &[20500, 20503]),
    ];
    for (class, codes) in by_class {
        for code in *codes {
            assert_eq!(lookup(*code).map(|row| row.class), Some(*class), "{code}");
        }
    }
    let listed: usize = by_class.iter().map(|(_, codes)| codes.len()).sum();
    assert_eq!(listed, TABLE.len());
}

#[test]
fn codes_outside_the_table_have_a_default() {
    for (code, class) in [
        (63999, Permanent),
        (63000, Permanent),
        (20504, Unknown),
        (12345, Configuration),
        (0, Configuration),
        (u32::MAX, Configuration),
    ] {
        assert_eq!(lookup(code), None);
        assert_eq!(classify(code), class, "{code}");
    }
}

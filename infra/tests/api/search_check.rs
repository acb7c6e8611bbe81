//! A short run of `cargo lab check search`.

use lab::check::search::{WAYS, cost, search_town};

#[test]
fn every_patient_of_a_town_is_found_in_eight_ways() {
    let report = search_town(1_000, 21);
    assert_eq!((report.patients, report.searches), (1_000, 1_000 * WAYS));
    assert!(report.found.is_empty(), "{report}");
}

/// Of a town with so many patients.
async fn assert_cheap(patients: usize) {
    let costs = cost::measure(patients, 21).await.unwrap();
    for cost in &costs {
        eprintln!("{cost}");
    }
    let too_high: Vec<String> = costs.iter().filter(|cost| cost.is_too_high()).map(ToString::to_string).collect();
    assert!(too_high.is_empty(), "{too_high:?}");
    assert!(costs.iter().filter(|cost| cost.found > 0).count() > costs.len() / 2, "{costs:?}");
}

#[tokio::test]
async fn a_first_page_costs_little_in_a_town() {
    assert_cheap(1_000).await;
}

#[tokio::test]
#[ignore = "takes minutes: `cargo lab check search` measures it too"]
async fn a_first_page_costs_little_in_a_town_of_100_000() {
    assert_cheap(100_000).await;
}

#[test]
#[ignore = "takes a minute: `cargo lab check search` searches for them too"]
fn every_patient_of_a_town_of_10_000_is_found_in_eight_ways() {
    let report = search_town(10_000, 21);
    assert!(report.found.is_empty(), "{report}");
}

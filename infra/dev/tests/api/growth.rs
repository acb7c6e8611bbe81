//! Does an operation cost more where the table holds more?

use dev::bench::growth::{beside, grown};

#[tokio::test]
async fn no_operation_costs_more_beside_more_visits() {
    let (few, many) = (beside(50, 1).await.unwrap(), beside(1_000, 1).await.unwrap());
    assert!(few.costs.len() > 20, "operations are measured");
    let mut all = [few, many];
    assert_eq!(grown(&all), Vec::<String>::new());
    all[1].costs[3].queries += 1;
    assert_eq!(grown(&all).len(), 1, "it would be noticed");
}

//! Checks that each operation stays within its budget of read and write units, rounds of reads and queries.

use lab::costs::{markdown, measure};

#[tokio::test]
async fn every_operation_is_within_its_budget() {
    let costs = measure().await.unwrap();
    assert!(costs.iter().filter(|cost| cost.budget.write.is_some()).count() > 8, "budgets are there");
    let over: Vec<_> = costs.iter().filter(|cost| !cost.is_within()).map(|cost| cost.operation).collect();
    assert!(over.is_empty(), "over budget: {over:?}\n{}", markdown(&costs, true));
}

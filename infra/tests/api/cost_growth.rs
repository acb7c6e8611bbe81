//! Checks that the cost of an operation doesn't grow with the number of appointments in the table.

use lab::bench::growth::{grown_operations, measure_beside};
use local::database::Database;

#[tokio::test]
async fn no_operation_costs_more_with_more_appointments() {
    let measured =
        async |appointments| measure_beside(Database::memory().await.unwrap(), appointments, 1).await.unwrap();
    let (few, many) = (measured(50).await, measured(1_000).await);
    assert!(few.costs.len() > 20, "operations are measured");
    let mut all = [few, many];
    assert_eq!(grown_operations(&all), Vec::<String>::new());
    all[1].costs[3].queries += 1;
    assert_eq!(grown_operations(&all).len(), 1, "an increase is detected");
}

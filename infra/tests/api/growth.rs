//! Does an operation cost more where the table holds more?

use lab::bench::growth::{beside, grown};
use local::database::Database;

#[tokio::test]
async fn no_operation_costs_more_beside_more_appointments() {
    let measured = async |appointments| beside(Database::memory().await.unwrap(), appointments, 1).await.unwrap();
    let (few, many) = (measured(50).await, measured(1_000).await);
    assert!(few.costs.len() > 20, "operations are measured");
    let mut all = [few, many];
    assert_eq!(grown(&all), Vec::<String>::new());
    all[1].costs[3].queries += 1;
    assert_eq!(grown(&all).len(), 1, "it would be noticed");
}

//! Can a visit be booked, found and moved by the rules, and by no others?

use crate::world::{World, id};

#[tokio::test]
async fn a_booked_visit_can_be_read() {
    let world = World::new().await;
    let booked = world.book("10:00").await;
    assert_eq!(world.visit(&id(&booked)).await["start_datetime"], "2025-12-15T10:00:00-03:00");
}

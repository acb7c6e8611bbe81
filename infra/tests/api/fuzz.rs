//! Short runs of `cargo lab fuzz`: the properties hold, and one that doesn't is found with its input.

use lab::fuzz::{FuzzTarget, targets};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_properties_hold_near_valid_inputs() {
    for target in targets().await.unwrap() {
        target.run(1, 60, LONG).await.unwrap();
    }
}

#[tokio::test]
async fn a_violated_property_is_found() {
    let target = |property: fn(&[u8]) -> Result<(), String>| FuzzTarget {
        name: "planted",
        inputs: vec![b"name=value".to_vec()],
        property: Box::new(move |input| Box::pin(async move { property(input) })),
    };
    let rejects_zero = target(|input| if input.contains(&0) { Err("a zero".into()) } else { Ok(()) });
    let found = rejects_zero.run(1, 100_000, LONG).await.unwrap_err();
    assert!(found.input.contains(&0) && found.reason == "a zero");
    assert_eq!(rejects_zero.check_input(&found.input).await, Err(found), "it fails again");
    let panics = target(|input| input.windows(2).try_for_each(|pair| if pair == b"==" { panic!() } else { Ok(()) }));
    assert_eq!(panics.run(1, 100_000, LONG).await.unwrap_err().reason, "it panics");
}

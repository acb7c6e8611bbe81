//! A law that doesn't hold is found, with the input; those that are there hold.

use lab::fuzz::{Target, targets};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn the_laws_hold_near_good_inputs() {
    for target in targets().await.unwrap() {
        target.run(1, 60, LONG).await.unwrap();
    }
}

#[tokio::test]
async fn what_breaks_a_law_is_found() {
    let target = |law: fn(&[u8]) -> Result<(), String>| Target {
        name: "planted",
        inputs: vec![b"name=value".to_vec()],
        law: Box::new(move |input| Box::pin(async move { law(input) })),
    };
    let picky = target(|input| if input.contains(&0) { Err("a zero".into()) } else { Ok(()) });
    let found = picky.run(1, 100_000, LONG).await.unwrap_err();
    assert!(found.input.contains(&0) && found.how == "a zero");
    assert_eq!(picky.hold(&found.input).await, Err(found), "it is the same again");
    let fragile = target(|input| input.windows(2).try_for_each(|pair| if pair == b"==" { panic!() } else { Ok(()) }));
    assert_eq!(fragile.run(1, 100_000, LONG).await.unwrap_err().how, "it panics");
}

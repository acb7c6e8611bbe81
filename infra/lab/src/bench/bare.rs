//! From what was seen on the wire to calls that can be made again without the operation around them.

use baselines::calls::{Call, Calls};
use local::protocol::Kind;
use testkit::faulty_client::log::Exchange;
use testkit::test_app::Trouble;

/// The calls of an operation, in its rounds: those that were under way at the same time are of the same one.
///
/// # Errors
/// A call that no operation makes.
pub fn calls(mut seen: Vec<Exchange>) -> Result<Calls, Trouble> {
    seen.sort_by_key(|exchange| exchange.span);
    let mut calls = Calls::default();
    let mut until = 0;
    for exchange in &seen {
        let call = call(exchange)?;
        let (began, ended) = exchange.span;
        match calls.rounds.last_mut() {
            Some(round) if began < until => round.push(call),
            _ => calls.rounds.push(vec![call]),
        }
        until = until.max(ended);
    }
    Ok(calls)
}

fn call(exchange: &Exchange) -> Result<Call, Trouble> {
    let request = exchange.request.clone();
    Ok(match exchange.kind {
        Kind::Get => Call::Get(request),
        Kind::BatchGet => Call::BatchGet(request),
        Kind::Query => Call::Query(request),
        Kind::Transact | Kind::Write => {
            Call::Put(exchange.images.iter().filter_map(|image| image.after.clone().or(image.before.clone())).collect())
        }
        Kind::Scan | Kind::Other => return Err("a call that no operation makes".into()),
    })
}

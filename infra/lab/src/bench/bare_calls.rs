//! Converts the recorded calls of an operation into calls that `baseline-calls` repeats without the operation.

use baselines::calls::{CallSequence, TableCall};
use local::protocol::OperationKind;
use testkit::faulty_client::log::RecordedCall;
use testkit::test_app::TestError;

/// The calls of an operation, grouped into rounds: overlapping calls belong to the same round.
///
/// # Errors
/// A kind of call that no operation makes.
pub fn to_call_sequence(mut recorded: Vec<RecordedCall>) -> Result<CallSequence, TestError> {
    recorded.sort_by_key(|call| call.span);
    let mut calls = CallSequence::default();
    let mut until = 0;
    for recorded_call in &recorded {
        let call = to_table_call(recorded_call)?;
        let (began, ended) = recorded_call.span;
        match calls.rounds.last_mut() {
            Some(round) if began < until => round.push(call),
            _ => calls.rounds.push(vec![call]),
        }
        until = until.max(ended);
    }
    Ok(calls)
}

fn to_table_call(call: &RecordedCall) -> Result<TableCall, TestError> {
    let request = call.request.clone();
    Ok(match call.kind {
        OperationKind::Get => TableCall::Get(request),
        OperationKind::BatchGet => TableCall::BatchGet(request),
        OperationKind::Query => TableCall::Query(request),
        OperationKind::Transact | OperationKind::Write => TableCall::Put(
            call.images.iter().filter_map(|image| image.after.clone().or(image.before.clone())).collect(),
        ),
        OperationKind::Scan | OperationKind::Other => return Err("a call that no operation makes".into()),
    })
}

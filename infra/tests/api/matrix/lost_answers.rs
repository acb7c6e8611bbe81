//! Runs each operation while its first write, or the answer to it, is lost, so that the code paths for retries and
//! repeated writes run under each function's role.

use super::callers::CallerKind;
use super::calls;
use super::fixture::MatrixFixture;
use crate::clinic_setup::ClinicSetup;
use crate::openapi_document::operations;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use local::protocol::OperationKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::faulty_client::FaultyClient;
use testkit::faulty_client::call_hook::{CallHook, ExternalCall, HookDecision};

/// The fault of the first transaction. Later ones succeed.
struct FirstTransaction {
    verdict: HookDecision,
    is_next: AtomicBool,
}

impl CallHook for FirstTransaction {
    fn before(&self, call: ExternalCall, _: Option<u64>) -> BoxFuture<'_, HookDecision> {
        let is_it = call == ExternalCall::Table(OperationKind::Transact) && self.is_next.swap(false, Ordering::Relaxed);
        std::future::ready(if is_it { self.verdict } else { HookDecision::Proceed }).boxed()
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

#[tokio::test]
async fn every_operation_survives_a_lost_first_write() {
    for verdict in [HookDecision::AnswerLost, HookDecision::NoEffect] {
        let faulty_client = FaultyClient::default();
        let fixture = MatrixFixture::with_setup(ClinicSetup::with_client(&faulty_client).await).await;
        let mut failed = 0;
        for operation in operations().iter().filter(|operation| operation.method != "GET") {
            let call = calls::example_call(&fixture, operation, &fixture.first).await;
            let token = match operation.access() {
                "own" => fixture.fresh_token(CallerKind::Admin).await,
                _ => fixture.token(CallerKind::Admin),
            };
            if let Some((path, body)) = &call.before {
                fixture.setup.app.with_token(&token).post(path, body).await.unwrap();
            }
            let first = Arc::new(FirstTransaction { verdict, is_next: AtomicBool::new(true) });
            faulty_client.set_call_hook(Some(Arc::clone(&first) as Arc<_>));
            let answer = fixture.send(operation, &call, Some(&token)).await;
            faulty_client.set_call_hook(None);
            failed += usize::from(!first.is_next.load(Ordering::Relaxed));
            let label = format!("{} {} with {verdict:?}", operation.method, operation.path);
            assert!(answer.status.as_u16() < 500, "{label}: {} {}", answer.status, answer.body);
        }
        assert!(failed > 30, "{failed} first writes failed");
    }
}

//! What if the answer to an operation's first write is lost, or the write itself? Then it is looked up or made
//! anew: so each function does what it only does then.

use super::calls;
use super::people::Person;
use super::stage::Stage;
use crate::document::operations;
use crate::world::World;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use local::protocol::Kind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::faulty_client::Wire;
use testkit::faulty_client::call_hook::{Call, Director, Verdict};

/// What becomes of the first transaction. Those after it go through.
struct First {
    verdict: Verdict,
    is_next: AtomicBool,
}

impl Director for First {
    fn before(&self, call: Call, _: Option<u64>) -> BoxFuture<'_, Verdict> {
        let is_it = call == Call::Table(Kind::Transact) && self.is_next.swap(false, Ordering::Relaxed);
        std::future::ready(if is_it { self.verdict } else { Verdict::Go }).boxed()
    }

    fn crash(&self, _: Option<u64>) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

#[tokio::test]
async fn an_operation_is_done_whatever_becomes_of_its_first_write() {
    for verdict in [Verdict::AnswerLost, Verdict::NoEffect] {
        let wire = Wire::default();
        let stage = Stage::on(World::through(&wire).await).await;
        let mut failed = 0;
        for operation in operations().iter().filter(|operation| operation.method != "GET") {
            let call = calls::call(&stage, operation, &stage.first).await;
            let token = match operation.access() {
                "own" => stage.anew(Person::Admin).await,
                _ => stage.token(Person::Admin),
            };
            if let Some((path, body)) = &call.before {
                stage.world.app.with_token(&token).post(path, body).await.unwrap();
            }
            let first = Arc::new(First { verdict, is_next: AtomicBool::new(true) });
            wire.direct(Some(Arc::clone(&first) as Arc<_>));
            let answer = stage.send(operation, &call, Some(&token)).await;
            wire.direct(None);
            failed += usize::from(!first.is_next.load(Ordering::Relaxed));
            let place = format!("{} {} with {verdict:?}", operation.method, operation.path);
            assert!(answer.status.as_u16() < 500, "{place}: {} {}", answer.status, answer.body);
        }
        assert!(failed > 30, "{failed} first writes failed");
    }
}

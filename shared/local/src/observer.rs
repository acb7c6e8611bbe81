//! Tells an observer which function of the system calls which AWS service. The test kit compares the calls with the
//! function's role.

use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::Input;
use std::sync::Arc;

tokio::task_local! {
    static CALLER: (&'static str, Arc<dyn Observer>);
}

/// A call to an AWS service, before it is made.
#[derive(Debug)]
pub enum Call<'a> {
    /// An operation on the table: the SDK's own input.
    Table(&'a Input),
    /// An operation of another service.
    Service {
        /// As IAM names it: `secretsmanager:GetSecretValue`.
        action: &'a str,
        /// The resource, by its name in the template.
        resource: &'a str,
    },
}

/// Hears of every call that a function makes.
pub trait Observer: Send + Sync {
    /// A function, by its name in the template as `auth-admin`, is about to make this call.
    fn observe(&self, function: &'static str, call: &Call<'_>);
}

/// Hears nothing.
#[derive(Debug)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn observe(&self, _: &'static str, _: &Call<'_>) {}
}

/// Runs a future as a function of the template: its calls are that function's.
pub fn acting_as<F: Future>(
    observer: &Arc<dyn Observer>,
    function: &'static str,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    // A function's future is large: on the heap, or a test's stack overflows.
    CALLER.scope((function, Arc::clone(observer)), Box::pin(future))
}

/// Tells the observer of the running function. Outside of functions nobody is told.
pub fn observe(call: &Call<'_>) {
    let _ = CALLER.try_with(|(function, observer)| observer.observe(function, call));
}

/// Observes every operation of a client once, however often it is retried.
#[derive(Debug)]
pub(crate) struct ObservedClient;

impl Intercept for ObservedClient {
    fn name(&self) -> &'static str {
        "ObservedClient"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        observe(&Call::Table(context.input()));
        Ok(())
    }
}

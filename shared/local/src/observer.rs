//! Reports to an observer which function calls which AWS service. The test kit compares the calls with the function's
//! role.

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
pub enum ServiceCall<'a> {
    /// An operation on the table: the SDK's own input.
    Table(&'a Input),
    /// An operation of another service.
    Service {
        /// The IAM action, such as `secretsmanager:GetSecretValue`.
        action: &'a str,
        /// The resource's name in the template.
        resource: &'a str,
    },
}

/// Gets every call that a function makes.
pub trait Observer: Send + Sync {
    /// A function, such as `auth-admin`, is about to make this call.
    fn observe(&self, function: &'static str, call: &ServiceCall<'_>);
}

/// Ignores all calls.
#[derive(Debug)]
pub struct NoObserver;

impl Observer for NoObserver {
    fn observe(&self, _: &'static str, _: &ServiceCall<'_>) {}
}

/// Runs a future as a function of the template: its calls are reported as that function's.
pub fn run_as_function<F: Future>(
    observer: &Arc<dyn Observer>,
    function: &'static str,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    // A function's future is large: unless it is boxed, a test's stack overflows.
    CALLER.scope((function, Arc::clone(observer)), Box::pin(future))
}

/// Reports a call to the observer of the running function. Outside of functions it does nothing.
pub fn observe(call: &ServiceCall<'_>) {
    let _ = CALLER.try_with(|(function, observer)| observer.observe(function, call));
}

/// Reports every operation of a client once, however often it is retried.
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
        observe(&ServiceCall::Table(context.input()));
        Ok(())
    }
}

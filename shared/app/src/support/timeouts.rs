//! The time-outs, in order: whoever waits for another waits longer. Tests compare them with `template.yaml`.

use domain::time::TimeDelta;

/// Connecting to the provider.
pub const PROVIDER_CONNECTION: TimeDelta = TimeDelta::seconds(3);
/// A send, with everything that it needs, and each request of a look-up.
pub const PROVIDER: TimeDelta = TimeDelta::seconds(8);
/// The function for Twilio's webhooks. Twilio itself waits for 15 seconds.
pub const WEBHOOK_FUNCTION: TimeDelta = TimeDelta::seconds(14);
/// Every other function behind the API.
pub const API_FUNCTION: TimeDelta = TimeDelta::seconds(15);
/// The console, which waits for the functions of the API.
pub const CONSOLE_FUNCTION: TimeDelta = TimeDelta::seconds(25);
/// API Gateway's own limit.
pub const GATEWAY: TimeDelta = TimeDelta::seconds(29);

/// A request starts no send later than this after its begin, so that its function has time to record the outcome of
/// the slowest one.
pub const LATEST_SEND: TimeDelta = TimeDelta::seconds(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_another_waits_longer() {
        let record = TimeDelta::seconds(1);
        let ordered =
            [PROVIDER_CONNECTION, PROVIDER, LATEST_SEND + PROVIDER + record, API_FUNCTION, CONSOLE_FUNCTION, GATEWAY];
        assert!(ordered.is_sorted_by(|inner, outer| inner < outer), "{ordered:?}");
        assert!(LATEST_SEND + PROVIDER + record <= WEBHOOK_FUNCTION);
    }
}

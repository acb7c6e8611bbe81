//! Throttles sign-in attempts; `identity::throttle` has the reasons and the limits.
//!
//! An attempt is counted as failed before the password is checked, so that a hundred concurrent attempts don't count
//! as one. The count is removed again if the attempt succeeds.

use crate::App;
use crate::support::error::AppError;
use crate::support::retry::AttemptError;
use crate::support::unit_of_work::UnitOfWork;
use domain::ids::{Id as _, UserId};
use domain::time::{Instant, TimeDelta};
use identity::throttle::{FailureLimit, Failures, failure_key};
use store::keys::Key;
use store::known_address::KnownAddress;
use store::throttle::ThrottleRow;
use store::{Purpose, Transaction};

type Row = ThrottleRow<Failures>;

/// How long an address counts as known after a sign-in from it.
const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

#[derive(Clone)]
pub struct Origin {
    pub request_id: String,
    pub ip_address: Option<String>,
}

domain::opaque!(Origin);

/// A counted attempt that isn't throttled.
pub(super) struct Admission {
    /// Failures of this account from this address, before this attempt.
    before: Option<Row>,
    pair: Row,
    address: String,
    account: String,
    known: String,
}

impl Admission {
    /// Counts an attempt.
    ///
    /// # Errors
    /// [`AppError::Throttled`] after too many failures.
    pub(super) async fn request(
        app: &App,
        origin: &Origin,
        key: &[u8],
        email: &str,
        user: Option<UserId>,
    ) -> Result<Self, AppError> {
        crate::retry!(_number => Self::try_request(app, origin, key, email, user))
    }

    async fn try_request(
        app: &App,
        origin: &Origin,
        key: &[u8],
        email: &str,
        user: Option<UserId>,
    ) -> Result<Self, AttemptError> {
        let now = app.now();
        let (account, address) =
            (email.trim().to_lowercase(), subscriber_network(origin.ip_address.as_deref().unwrap_or_default()));
        let pair = failure_key(key, &["pair", &account, &address]);
        let (account, address) = (failure_key(key, &["account", &account]), failure_key(key, &["address", &address]));
        // An unknown user has no known addresses; reading anyway takes the same time.
        let known = Key::known_address(user.unwrap_or_else(UserId::nil), &address);
        let keys = [Key::throttle(&pair), Key::throttle(&address), Key::throttle(&account), known];
        let mut batch = app.table.batch(&keys).await?;
        let [pair_key, address_key, account_key, known_key] = keys;
        let before = batch.take::<Row>(&pair_key)?;
        let is_known = batch.take::<KnownAddress>(&known_key)?.is_some_and(|known| now < known.forgotten_at);
        let places = [
            (before.clone(), FailureLimit::PAIR, true),
            (batch.take::<Row>(&address_key)?, FailureLimit::ADDRESS, true),
            (batch.take::<Row>(&account_key)?, FailureLimit::ACCOUNT, !is_known),
        ];
        let waits = places.into_iter().filter(|(.., counts)| *counts);
        let waits = waits.filter_map(|(row, limit, _)| row?.failures.seconds_to_wait(limit, now.unix()));
        if let Some(retry_after) = waits.max() {
            return Err(AppError::Throttled { retry_after }.into());
        }
        let after = with_failure(before.as_ref(), &pair, now);
        let mut transaction = Transaction::default();
        write_row(&mut transaction, before.as_ref(), &after);
        app.table.transact(transaction).await?;
        Ok(Self { before, pair: after, known: address.clone(), address, account })
    }

    /// The attempt failed: counts it for the address and the account as well.
    pub(super) async fn failed(&self, uow: &mut UnitOfWork<'_>) -> Result<(), AttemptError> {
        let keys = [Key::throttle(&self.address), Key::throttle(&self.account)];
        let mut batch = uow.app.table.batch(&keys).await?;
        for (key, place) in keys.iter().zip([&self.address, &self.account]) {
            let before = batch.take::<Row>(key)?;
            write_row(&mut uow.transaction, before.as_ref(), &with_failure(before.as_ref(), place, uow.now));
        }
        Ok(())
    }

    /// The attempt succeeded: resets the failures of the account, and remembers the address.
    pub(super) fn succeeded(&self, uow: &mut UnitOfWork<'_>, user: UserId) {
        uow.transaction.delete(Purpose::Append, Key::throttle(&self.pair.scope));
        uow.transaction.delete(Purpose::Append, Key::throttle(&self.account));
        let known = KnownAddress { user, address_hash: self.known.clone(), forgotten_at: uow.now.plus(KNOWN_FOR) };
        uow.transaction.overwrite(Purpose::Append, &known);
    }

    /// Removes the count of this attempt, without treating it as a successful sign-in.
    pub(super) fn undo(&self, transaction: &mut Transaction) {
        match &self.before {
            Some(before) => {
                let again = Row { version: self.pair.version + 1, ..before.clone() };
                transaction.replace(Purpose::Version, &again, self.pair.version);
            }
            None => transaction.delete_at(Purpose::Version, Key::throttle(&self.pair.scope), self.pair.version),
        }
    }
}

fn with_failure(before: Option<&Row>, place: &str, now: Instant) -> Row {
    let failures = before.map(|row| row.failures).unwrap_or_default().incremented(now.unix());
    Row {
        scope: place.to_owned(),
        failures,
        forgotten_at: Instant::from_unix(failures.expires_at()).unwrap_or(now),
        version: before.map_or(0, |row| row.version) + 1,
    }
}

fn write_row(transaction: &mut Transaction, before: Option<&Row>, after: &Row) {
    match before {
        Some(before) => transaction.replace(Purpose::Version, after, before.version),
        None => transaction.create(Purpose::Version, after),
    }
}

/// The network of one subscriber: the first 64 bits of an IPv6 address, a whole IPv4 address.
fn subscriber_network(address: &str) -> String {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(address) => address.segments().iter().take(4).map(|segment| format!("{segment:x}:")).collect(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::subscriber_network;

    #[test]
    fn an_ipv6_subscriber_is_known_by_the_first_64_bits() {
        assert_eq!(subscriber_network("203.0.113.7"), "203.0.113.7");
        assert_eq!(subscriber_network("2001:db8:1:2::1"), subscriber_network("2001:db8:1:2:ffff::9"));
        assert_ne!(subscriber_network("2001:db8:1:2::1"), subscriber_network("2001:db8:1:3::1"));
    }
}

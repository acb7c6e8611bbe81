//! Whether somebody may try to sign in, or has to wait; see `identity::throttle` for why, and how long.
//!
//! A try is counted before the password is looked at, so that a hundred at once don't count as one, and
//! is taken back when it turns out right.

use super::Origin;
use crate::App;
use crate::support::attempts::Failure;
use crate::support::error::AppError;
use domain::ids::{Id as _, UserId};
use domain::time::{Instant, TimeDelta};
use identity::throttle::{Failures, Limit, place};
use store::keys::Key;
use store::known_address::KnownAddress;
use store::throttle::ThrottleRow;
use store::{Purpose, Transaction};

type Row = ThrottleRow<Failures>;

/// An address is known for so long after somebody signed in from it.
const KNOWN_FOR: TimeDelta = TimeDelta::days(90);

/// Somebody who may try.
pub(super) struct Admission {
    /// Failures of this account from this address, as they were before this try.
    before: Option<Row>,
    pair: Row,
    address: String,
    account: String,
    known: String,
}

impl Admission {
    /// Counts a try.
    ///
    /// # Errors
    /// [`AppError::Throttled`]; what reading says.
    pub(super) async fn ask(
        app: &App,
        origin: &Origin,
        key: &[u8],
        email: &str,
        user: Option<UserId>,
    ) -> Result<Self, AppError> {
        crate::attempt!(_number => Self::try_ask(app, origin, key, email, user))
    }

    async fn try_ask(
        app: &App,
        origin: &Origin,
        key: &[u8],
        email: &str,
        user: Option<UserId>,
    ) -> Result<Self, Failure> {
        let now = app.now();
        let (account, address) =
            (email.trim().to_lowercase(), network(origin.ip_address.as_deref().unwrap_or_default()));
        let pair = place(key, &["pair", &account, &address]);
        let (account, address) = (place(key, &["account", &account]), place(key, &["address", &address]));
        // Somebody who isn't there has no addresses either, and takes as long.
        let known = Key::known_address(user.unwrap_or_else(UserId::nobody), &address);
        let keys = [Key::throttle(&pair), Key::throttle(&address), Key::throttle(&account), known];
        let mut batch = app.table.batch(&keys).await?;
        let [pair_key, address_key, account_key, known_key] = keys;
        let before = batch.take::<Row>(&pair_key)?;
        let is_known = batch.take::<KnownAddress>(&known_key)?.is_some_and(|known| now < known.forgotten_at);
        let places = [
            (before.clone(), Limit::PAIR, true),
            (batch.take::<Row>(&address_key)?, Limit::ADDRESS, true),
            (batch.take::<Row>(&account_key)?, Limit::ACCOUNT, !is_known),
        ];
        let waits = places.into_iter().filter(|(.., counts)| *counts);
        let waits = waits.filter_map(|(row, limit, _)| row?.failures.wait(limit, now.unix()));
        if let Some(retry_after) = waits.max() {
            return Err(AppError::Throttled { retry_after }.into());
        }
        let after = and_one(before.as_ref(), &pair, now);
        let mut transaction = Transaction::default();
        put(&mut transaction, before.as_ref(), &after);
        app.table.transact(transaction).await?;
        Ok(Self { before, pair: after, known: address.clone(), address, account })
    }

    /// It was wrong: the address and the account count it as well.
    ///
    /// # Errors
    /// What reading says.
    pub(super) async fn failed(&self, app: &App, transaction: &mut Transaction, now: Instant) -> Result<(), Failure> {
        let keys = [Key::throttle(&self.address), Key::throttle(&self.account)];
        let mut batch = app.table.batch(&keys).await?;
        for (key, place) in keys.iter().zip([&self.address, &self.account]) {
            let before = batch.take::<Row>(key)?;
            put(transaction, before.as_ref(), &and_one(before.as_ref(), place, now));
        }
        Ok(())
    }

    /// It was right: the account has no failures any more, and knows the address.
    pub(super) fn succeeded(&self, transaction: &mut Transaction, user: UserId, now: Instant) {
        transaction.delete(Purpose::Append, Key::throttle(&self.pair.place));
        transaction.delete(Purpose::Append, Key::throttle(&self.account));
        let known = KnownAddress { user, place: self.known.clone(), forgotten_at: now.plus(KNOWN_FOR) };
        transaction.overwrite(Purpose::Append, &known);
    }

    /// It was neither, so far: as if nobody had tried.
    pub(super) fn take_back(&self, transaction: &mut Transaction) {
        match &self.before {
            Some(before) => {
                let again = Row { version: self.pair.version + 1, ..before.clone() };
                transaction.replace(Purpose::Version, &again, self.pair.version);
            }
            None => transaction.delete_at(Purpose::Version, Key::throttle(&self.pair.place), self.pair.version),
        }
    }
}

fn and_one(before: Option<&Row>, place: &str, now: Instant) -> Row {
    let failures = before.map(|row| row.failures).unwrap_or_default().and_one(now.unix());
    Row {
        place: place.to_owned(),
        failures,
        forgotten_at: Instant::from_unix(failures.forgotten_at()).unwrap_or(now),
        version: before.map_or(0, |row| row.version) + 1,
    }
}

fn put(transaction: &mut Transaction, before: Option<&Row>, after: &Row) {
    match before {
        Some(before) => transaction.replace(Purpose::Version, after, before.version),
        None => transaction.create(Purpose::Version, after),
    }
}

/// What one subscriber has: of IPv6 the first 64 bits, of IPv4 the whole address.
fn network(address: &str) -> String {
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(address) => address.segments().iter().take(4).map(|segment| format!("{segment:x}:")).collect(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_subscriber_has_one_network() {
        assert_eq!(network("203.0.113.7"), "203.0.113.7");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}

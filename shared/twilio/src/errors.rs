//! Classifies Twilio's error codes. [`TABLE`] lists the known ones; [`classify`] has a default for all others, because
//! Twilio adds and refines codes over time.
//!
//! The same codes occur in the response to a send and in the `ErrorCode` of a later status callback. The meanings are
//! our own, because Twilio's messages repeat the recipient's number.

use ErrorClass::{Configuration, OptedOut, Permanent, Retry, Temporary, Unknown};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// A transient error: retry a few times with growing delay.
    Retry,
    /// A limit that is reset after hours: retry much later.
    Temporary,
    /// This recipient can't be reached: don't retry, mark the number, put it on the worklist.
    Permanent,
    /// The recipient has opted out: don't retry, and store the opt-out.
    OptedOut,
    /// Our account, sender, template or request is wrong, so all messages will fail: stop sending and raise an alarm.
    Configuration,
    /// Twilio failed, and the message may have been sent. Never send it again without a look-up.
    Unknown,
}

/// One row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownError {
    pub code: u32,
    pub class: ErrorClass,
    pub meaning: &'static str,
}

const fn row(code: u32, class: ErrorClass, meaning: &'static str) -> KnownError {
    KnownError { code, class, meaning }
}

/// The codes that concern WhatsApp messages, ascending.
pub const TABLE: &[KnownError] = &[
    row(20003, Configuration, "authentication failed"),
    row(20404, Configuration, "account or resource not found"),
    row(20429, Retry, "too many requests at once"),
    row(20500, Unknown, "internal error at Twilio"),
    row(20503, Unknown, "Twilio unavailable"),
    row(21211, Permanent, "invalid receiver"),
    row(21212, Configuration, "invalid sender"),
    row(21408, Configuration, "region not enabled"),
    row(21606, Configuration, "sender not of this account"),
    row(21608, Configuration, "trial account: receiver not verified"),
    row(21610, OptedOut, "receiver opted out"),
    row(21611, Retry, "sender's queue is full"),
    row(21612, Permanent, "receiver not reachable from this sender"),
    row(21614, Permanent, "receiver is not a mobile number"),
    row(21617, Configuration, "body too long"),
    row(21654, Configuration, "template id missing"),
    row(21655, Configuration, "template id invalid"),
    row(21656, Configuration, "template variables invalid"),
    row(21658, Configuration, "content or variables too long"),
    row(21703, Configuration, "messaging service has no sender"),
    row(21910, Configuration, "sender and receiver on different channels"),
    row(30001, Retry, "queue overflow"),
    row(30002, Configuration, "account suspended"),
    row(30003, Permanent, "receiver unreachable"),
    row(30004, Permanent, "message blocked"),
    row(30005, Permanent, "receiver unknown"),
    row(30006, Permanent, "landline or unreachable carrier"),
    row(30007, Configuration, "filtered as unwanted"),
    row(30008, Retry, "delivery failed for an unknown reason"),
    row(63001, Configuration, "channel authentication failed"),
    row(63002, Configuration, "sender not found on the channel"),
    row(63003, Permanent, "receiver not found on the channel"),
    row(63005, Permanent, "content or receiver not accepted by the channel"),
    row(63007, Configuration, "no WhatsApp sender of this account"),
    row(63008, Configuration, "channel misconfigured"),
    row(63009, Retry, "channel error"),
    row(63010, Retry, "internal channel error at Twilio"),
    row(63012, Retry, "internal error of the channel"),
    row(63013, Configuration, "violates the channel's policy"),
    row(63014, OptedOut, "blocked by the receiver's choice"),
    row(63015, Permanent, "receiver has not joined the sandbox"),
    row(63016, Configuration, "free text outside the 24-hour window"),
    row(63017, Retry, "account sends too fast"),
    row(63018, Temporary, "channel's rate or messaging limit"),
    row(63019, Retry, "media download failed"),
    row(63020, Configuration, "Meta business account not set up"),
    row(63021, Configuration, "content invalid or too long"),
    row(63022, Configuration, "display name not certified"),
    row(63023, Retry, "generic channel error"),
    row(63024, Permanent, "receiver invalid"),
    row(63026, Configuration, "flagged as spam"),
    row(63027, Configuration, "template has no such language"),
    row(63028, Configuration, "wrong number of template variables"),
    row(63029, Configuration, "template could not be fetched"),
    row(63030, Configuration, "unsupported parameter"),
    row(63032, Permanent, "withheld by a WhatsApp limitation"),
    row(63033, Permanent, "receiver blocked"),
    row(63035, Permanent, "not available on RCS"),
    row(63036, Permanent, "receiver not reachable by RCS"),
    row(63037, Retry, "media upload failed"),
    row(63038, Temporary, "account's daily limit reached"),
    row(63040, Configuration, "template rejected"),
    row(63041, Configuration, "template paused"),
    row(63042, Configuration, "template disabled"),
    row(63049, Temporary, "marketing message withheld by Meta"),
    row(63051, Configuration, "WhatsApp Business account locked"),
    row(63112, Configuration, "WhatsApp Business account disabled by Meta"),
    row(572006, Configuration, "trial account limit"),
];

#[must_use]
pub fn lookup(code: u32) -> Option<&'static KnownError> {
    let index = TABLE.binary_search_by_key(&code, |row| row.code).ok()?;
    TABLE.get(index)
}

/// The class of a code, known or not. Defaults: 63xxx concerns a single message, so [`Permanent`]; 205xx is an error of
/// Twilio, so [`Unknown`]; any other code is [`Configuration`], so that an operator looks at it.
#[must_use]
pub fn classify(code: u32) -> ErrorClass {
    match (lookup(code), code) {
        (Some(row), _) => row.class,
        (None, 63_000..=63_999) => Permanent,
        (None, 20_500..=20_599) => Unknown,
        (None, _) => Configuration,
    }
}

/// In English, without personal data.
#[must_use]
pub fn meaning(code: u32) -> &'static str {
    lookup(code).map_or("not in our table", |row| row.meaning)
}

#[cfg(test)]
mod tests;

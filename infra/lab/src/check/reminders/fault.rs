//! The faults that can be injected, and the call at which each happens. The external calls of a run are numbered in
//! their order, so that its faults alone replay a run: `12/crash_after,31/freeze`.

use local::protocol::OperationKind;
use std::fmt;
use std::str::FromStr;
use testkit::faulty_client::call_hook::ExternalCall;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The process crashes before the call is sent.
    CrashBefore,
    /// The process crashes after the call took effect.
    CrashAfter,
    NoEffect,
    /// The call takes effect, and its answer is lost.
    AnswerLost,
    /// Twilio accepts the message ten minutes after the sender gave up.
    Late,
    /// Twilio answers 429.
    TooMany,
    /// The status callback arrives before the answer to the send.
    EarlyCallback,
    NoCallback,
    /// Twilio's list lacks the messages of the last two minutes.
    StaleList,
    /// Another worker makes a whole run before the call is sent.
    Overlap,
    /// The process freezes until its lease has expired, and another worker makes a whole run before the call is sent.
    Freeze,
    /// A user cancels the appointment.
    Cancel,
    /// A user moves the appointment.
    Move,
    /// A user requests the reminder to be sent now.
    Click,
}

impl FaultKind {
    const ALL: [(Self, &'static str); 14] = [
        (Self::CrashBefore, "crash_before"),
        (Self::CrashAfter, "crash_after"),
        (Self::NoEffect, "no_effect"),
        (Self::AnswerLost, "answer_lost"),
        (Self::Late, "late"),
        (Self::TooMany, "too_many"),
        (Self::EarlyCallback, "early_callback"),
        (Self::NoCallback, "no_callback"),
        (Self::StaleList, "stale_list"),
        (Self::Overlap, "overlap"),
        (Self::Freeze, "freeze"),
        (Self::Cancel, "cancel"),
        (Self::Move, "move"),
        (Self::Click, "click"),
    ];

    /// The faults that are possible at a call. `booked`: the appointment exists, so that workers and users can act on
    /// it.
    #[must_use]
    pub fn possible_at(call: ExternalCall, booked: bool) -> Vec<Self> {
        let mut kinds = vec![Self::CrashBefore, Self::CrashAfter, Self::NoEffect];
        match call {
            ExternalCall::Table(OperationKind::Transact | OperationKind::Write) => kinds.push(Self::AnswerLost),
            ExternalCall::Send => {
                kinds.extend([Self::AnswerLost, Self::Late, Self::TooMany, Self::EarlyCallback, Self::NoCallback])
            }
            ExternalCall::LookUp => kinds.push(Self::StaleList),
            // For a read, a lost answer is the same as no effect.
            ExternalCall::Table(_) => {}
        }
        if booked {
            kinds.extend([Self::Overlap, Self::Freeze, Self::Cancel, Self::Move, Self::Click]);
        }
        kinds
    }
}

/// A fault at a certain call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InjectedFault {
    /// Number of the call, from 0.
    pub at: usize,
    pub kind: FaultKind,
}

impl fmt::Display for InjectedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = FaultKind::ALL.iter().find(|(kind, _)| *kind == self.kind).map_or("", |(_, name)| name);
        write!(f, "{}/{name}", self.at)
    }
}

/// The text is not `<call>/<kind>`.
#[derive(Debug, thiserror::Error)]
#[error("a fault is written as 12/crash_after; the kinds are: {}", FaultKind::ALL.map(|(_, name)| name).join(", "))]
pub struct ParseFaultError;

impl FromStr for InjectedFault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, ParseFaultError> {
        let (at, name) = text.split_once('/').ok_or(ParseFaultError)?;
        let (kind, _) = FaultKind::ALL.into_iter().find(|(_, known)| *known == name).ok_or(ParseFaultError)?;
        Ok(Self { at: at.parse().map_err(|_| ParseFaultError)?, kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_parsed_as_it_is_displayed() {
        for (kind, _) in FaultKind::ALL {
            let fault = InjectedFault { at: 12, kind };
            assert_eq!(fault.to_string().parse::<InjectedFault>().unwrap(), fault);
        }
        for wrong in ["", "12", "x/late", "12/later"] {
            assert!(wrong.parse::<InjectedFault>().is_err(), "{wrong}");
        }
    }
}

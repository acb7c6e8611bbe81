//! What can go wrong, and at which call. Every call to the outside is numbered, in the order in which
//! they are made, so that a run can be had again by its mishaps alone: `12/crash_after,31/freeze`.

use local::protocol::Kind;
use std::fmt;
use std::str::FromStr;
use testkit::faulty_client::call_hook::Call;

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// The process is gone before the call leaves.
    CrashBefore,
    /// The process is gone when the call has had its effect.
    CrashAfter,
    /// The call fails without an effect.
    NoEffect,
    /// The call has its effect, and its answer is lost.
    AnswerLost,
    /// Twilio has the message ten minutes after the sender gave up.
    Late,
    /// Twilio refuses for now (429).
    TooMany,
    /// The status callback is faster than the answer to the send.
    EarlyCallback,
    /// No status callback comes.
    NoCallback,
    /// The list lacks what came within the last two minutes.
    StaleList,
    /// Another worker makes a whole run, then this one goes on.
    Overlap,
    /// This process is frozen until its lease is over, another worker makes a whole run, then this one
    /// goes on.
    Freeze,
    /// Staff cancel the appointment.
    Cancel,
    /// Staff move the appointment.
    Move,
    /// Staff ask for the reminder to be sent now.
    Click,
}

impl What {
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

    /// What can happen at a call. `booked`: there is an appointment already, so others can do something to it.
    #[must_use]
    pub fn at(call: Call, booked: bool) -> Vec<Self> {
        let mut all = vec![Self::CrashBefore, Self::CrashAfter, Self::NoEffect];
        match call {
            Call::Table(Kind::Transact | Kind::Write) => all.push(Self::AnswerLost),
            Call::Send => {
                all.extend([Self::AnswerLost, Self::Late, Self::TooMany, Self::EarlyCallback, Self::NoCallback])
            }
            Call::LookUp => all.push(Self::StaleList),
            // A read that has no effect loses nothing with its answer.
            Call::Table(_) => {}
        }
        if booked {
            all.extend([Self::Overlap, Self::Freeze, Self::Cancel, Self::Move, Self::Click]);
        }
        all
    }
}

/// Something that goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mishap {
    /// At which call, counted from 0.
    pub at: usize,
    /// What.
    pub what: What,
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = What::ALL.iter().find(|(what, _)| *what == self.what).map_or("", |(_, name)| name);
        write!(f, "{}/{name}", self.at)
    }
}

/// It isn't `<call>/<what>`.
#[derive(Debug, thiserror::Error)]
#[error("a mishap is written as 12/crash_after; there are: {}", What::ALL.map(|(_, name)| name).join(", "))]
pub struct NoMishap;

impl FromStr for Mishap {
    type Err = NoMishap;

    fn from_str(text: &str) -> Result<Self, NoMishap> {
        let (at, name) = text.split_once('/').ok_or(NoMishap)?;
        let (what, _) = What::ALL.into_iter().find(|(_, known)| *known == name).ok_or(NoMishap)?;
        Ok(Self { at: at.parse().map_err(|_| NoMishap)?, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mishap_is_read_as_it_is_written() {
        for (what, _) in What::ALL {
            let mishap = Mishap { at: 12, what };
            assert_eq!(mishap.to_string().parse::<Mishap>().unwrap(), mishap);
        }
        for wrong in ["", "12", "x/late", "12/later"] {
            assert!(wrong.parse::<Mishap>().is_err(), "{wrong}");
        }
    }
}

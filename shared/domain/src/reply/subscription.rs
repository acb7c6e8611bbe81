//! Recognises opt-out and opt-in (STOP and ALTA), before any other interpretation.

use super::{
    Intent, phrases,
    vocabulary::{OPT_IN, OPT_OUT},
};

/// Only as the whole message without courtesies, in one clause: "baja mi cita" is no opt-out.
pub(super) fn read(clauses: &[Vec<String>]) -> Option<Intent> {
    let mut rest = clauses.iter().map(|clause| phrases::without_courtesies(clause)).filter(|clause| !clause.is_empty());
    let (message, None) = (rest.next()?.join(" "), rest.next()) else {
        return None;
    };
    if OPT_OUT.contains(&message.as_str()) {
        Some(Intent::OptOut)
    } else if OPT_IN.contains(&message.as_str()) {
        Some(Intent::OptIn)
    } else {
        None
    }
}

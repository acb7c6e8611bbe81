//! STOP and ALTA: whether the patient wants messages at all. Comes before everything else.

use super::{
    Intent, phrases,
    vocabulary::{OPT_IN, OPT_OUT},
};

/// Only as the whole message, courtesies aside, and in one breath: "baja mi cita" is no opt-out.
pub(super) fn read(clauses: &[Vec<String>]) -> Option<Intent> {
    let mut said = clauses.iter().map(|clause| phrases::without_courtesies(clause)).filter(|clause| !clause.is_empty());
    let (message, None) = (said.next()?.join(" "), said.next()) else {
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

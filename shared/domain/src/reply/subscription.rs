//! STOP and ALTA: whether the patient wants messages at all. Comes before everything else.

use super::{
    Intent, phrases,
    vocabulary::{OPT_IN, OPT_OUT},
};

/// Only as the whole message, courtesies aside: "baja mi cita" is no opt-out.
pub(super) fn read(tokens: &[String]) -> Option<Intent> {
    let message = phrases::without_courtesies(tokens).join(" ");
    if OPT_OUT.contains(&message.as_str()) {
        Some(Intent::OptOut)
    } else if OPT_IN.contains(&message.as_str()) {
        Some(Intent::OptIn)
    } else {
        None
    }
}

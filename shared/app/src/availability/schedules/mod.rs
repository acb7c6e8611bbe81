//! When doctors see patients.
//!
//! [`windows`] and [`rules`] are what an ADMIN writes; [`offerings`] is what comes of them once
//! holidays, blocks and appointments are taken off, and [`free_slots`] the next of it that can be booked.
//!
//! Windows and rules are changed alike, and that is written once, in [`change`].

pub mod change;
pub mod free_slots;
pub mod offerings;
pub mod rules;
pub mod windows;

pub use change::Terms;
pub use free_slots::{FreeSlot, SlotFilter, list_slots};
pub use offerings::{Offering, ScheduleFilter, list_schedules};
pub use rules::{RuleDraft, RuleFilter, create_rule, delete_rule, get_rule, list_rules, update_rule};
pub use windows::{WindowDraft, bring_schedule, create_schedule, delete_schedule, get_schedule, update_schedule};

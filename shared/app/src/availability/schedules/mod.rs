//! Manages the availability of doctors: dated windows, weekly rules, and the slots that result from them.
//!
//! | To learn about | read |
//! |---|---|
//! | windows and weekly rules, which an ADMIN edits | [`windows`], [`rules`] |
//! | the code that both share | [`change`] |
//! | availability periods with their slots, free and taken | [`period_slots`] |
//! | the next free slots | [`free_slots`] |
//! | dated windows as they were made | [`window_list`] |

pub mod change;
mod closure_causes;
pub mod free_slots;
pub mod period_slots;
pub mod rules;
pub mod window_list;
pub mod windows;

pub use closure_causes::NotApplying;
pub use free_slots::{FreeSlot, SlotFilter, list_slots};
pub use period_slots::{PeriodWithSlots, ScheduleFilter, list_schedules};
pub use rules::{RuleDraft, RuleFilter, create_rule, delete_rule, get_rule, list_rules, update_rule};
pub use window_list::{ListedWindow, list_windows};
pub use windows::{WindowDraft, create_schedule, delete_schedule, get_schedule, import_schedule, update_schedule};

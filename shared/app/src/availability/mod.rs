//! Manages the availability of doctors: windows, weekly rules and closures, and the effect of changes on appointments.

pub mod calendar;
pub mod closures;
pub mod in_use;
pub(crate) mod room_timetable;
pub mod schedules;

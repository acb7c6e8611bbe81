//! When doctors can be booked: windows and weekly rules, closures, and what a change of them does to appointments.

pub mod calendar;
pub mod closures;
pub mod in_use;
pub mod schedules;

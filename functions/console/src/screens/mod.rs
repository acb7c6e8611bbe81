//! The screens: one module for each noun.

pub mod account;
pub(crate) mod action_body;
pub mod agenda;
pub mod appointment;
pub mod booking;
pub mod messages;
pub mod patients;
pub mod preview;
pub mod second_factor;
pub mod sign_in;
pub mod slip;
pub mod worklist;

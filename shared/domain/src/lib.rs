//! What citas knows about clinics, appointments and reminders: pure, without I/O, async or a clock.
//!
//! | To learn about | read |
//! |---|---|
//! | ids, instants and zones, text, phone numbers | [`ids`], [`time`], [`text`], [`phone`], [`email`] |
//! | what may be printed | [`opaque!`], [`name`] |
//! | what is wrong with an input | [`violation`] |
//! | people and places | [`user`], [`patient`] with its [`contact`]s and its [`erasure`], [`doctor`], [`clinic`], all of them a [`record`] |
//! | when a doctor can be seen | [`schedule`], [`weekly_rule`], [`closure`], [`availability`] |
//! | who takes which time | [`agenda`] |
//! | an appointment and its life | [`appointment`], [`lifecycle`], [`actor`] |
//! | messages and when they are due | [`notification`], [`messages`] |
//! | what other systems are told | [`event`] |
//! | what a patient's words mean | [`reply`] |
//!
//! Every other crate may use this one; it uses none of them.

pub mod actor;
pub mod agenda;
pub mod appointment;
pub mod availability;
pub mod clinic;
pub mod closure;
pub mod contact;
pub mod doctor;
pub mod due;
pub mod email;
pub mod erasure;
pub mod event;
pub mod ids;
pub mod language;
pub mod lifecycle;
pub mod messages;
pub mod name;
pub mod notification;
mod opaque;
pub mod patient;
pub mod phone;
pub mod record;
pub mod reply;
pub mod schedule;
pub mod text;
pub mod time;
pub mod user;
pub mod violation;
pub mod weekly_rule;

//! The domain model of clinics, appointments and reminders: pure code without I/O, async or a clock.
//!
//! | To learn about | read |
//! |---|---|
//! | ids, instants and time zones, text, phone numbers | [`ids`], [`time`], [`text`], [`phone`], [`email`] |
//! | keeping personal data out of logs | [`opaque!`], [`name`] |
//! | searching for people | [`search`] |
//! | validation errors | [`violation`] |
//! | users, patients, doctors, clinics and rooms | [`user`], [`patient`] with its [`contact`]s and its [`erasure`], [`doctor`], [`clinic`], all of them a [`record`] |
//! | the availability of a doctor | [`schedule`], [`weekly_rule`], [`closure`], [`availability`] |
//! | how far ahead is booked | [`horizon`] |
//! | occupied time and double bookings | [`agenda`] |
//! | why a person has to look at something | [`attention`] |
//! | an appointment and its state machine | [`appointment`], [`lifecycle`], [`actor`] |
//! | notifications, their texts and when they are due | [`notification`], [`messages`], [`due`] |
//! | the numbers to call in an emergency | [`emergency_number`] |
//! | the events that other systems receive | [`event`] |
//! | interpreting a patient's reply | [`reply`] |
//!
//! Every other crate of the workspace may depend on this one; it depends on none of them.

pub mod actor;
pub mod agenda;
pub mod appointment;
pub mod attention;
pub mod availability;
pub mod clinic;
pub mod closure;
pub mod contact;
pub mod doctor;
pub mod due;
pub mod email;
pub mod emergency_number;
pub mod erasure;
pub mod event;
pub mod horizon;
pub mod ids;
pub mod language;
pub mod lifecycle;
pub mod messages;
pub mod name;
pub mod notification;
mod opaque;
pub mod patient;
pub mod phone;
pub mod prompt;
pub mod record;
pub mod reply;
pub mod schedule;
pub mod search;
pub mod text;
pub mod time;
pub mod user;
pub mod violation;
pub mod weekly_rule;

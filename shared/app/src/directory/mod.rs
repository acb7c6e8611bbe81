//! Manages patients, contacts, doctors, specialties, clinics and rooms.

pub mod clinics;
pub mod contacts;
pub mod doctors;
pub(crate) mod number_restrictions;
pub mod patients;
pub mod records;

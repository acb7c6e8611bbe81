//! Manages patients, contacts, doctors, specialties, clinics and rooms.

mod clinic_in_use;
pub mod clinics;
pub mod contacts;
pub mod doctors;
pub(crate) mod number_restrictions;
pub mod patient_migration;
mod patient_search;
pub mod patients;
pub mod records;
pub(crate) mod search_index;
pub(crate) mod specialty_names;

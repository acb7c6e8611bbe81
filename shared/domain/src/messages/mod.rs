//! Every text that a patient reads, in every language: the only place with such words.
//!
//! No text says why somebody comes or whom they see: WhatsApp is not a place for clinical detail.
//! Only a first name, the clinic, its address, and the local date and time.

mod dates;
mod numbered;
mod reply;
mod template;
mod variable;

pub use dates::spelled;
pub use reply::{Reply, reply};
pub use template::{Occasion, Template};
pub use variable::Variable;

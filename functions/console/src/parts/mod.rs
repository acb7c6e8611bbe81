//! Parts that several screens have.

pub mod actions;
pub mod drawer;
pub mod failure;
pub mod field;
pub mod notice;
pub mod state;
pub mod versions;

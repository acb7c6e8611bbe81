//! The library of `cargo dev`: the local server and the generators of committed files.
//!
//! `cargo dev` runs the whole system in one process: every function behind a gateway that speaks API Gateway's
//! events, the table in an embedded DynamoDB, a fake Twilio, and the scheduled job. It needs no account, no Docker, no
//! network.
//!
//! | To learn about | read |
//! |---|---|
//! | the command line | [`options`], and [`moved_commands`] for commands of older versions |
//! | starting and stopping the server | [`serve`] |
//! | the table alone, for functions that run elsewhere | [`table`] |
//! | the routes under `/_dev/` | [`control`] |
//! | a chat as a patient, in a terminal | [`phone`] |
//! | the demo data, and a day of appointments | [`demo`], [`demo_day`] |
//! | commands of `cargo citas` on the local server's folder | [`citas`] |
//! | the generators: OpenAPI document, routes, events, message templates | [`openapi`], [`route_map`], [`domain_events`], [`message_templates`] |

pub mod citas;
pub mod control;
pub mod demo;
pub mod demo_day;
pub mod domain_events;
pub mod message_templates;
pub mod moved_commands;
pub mod openapi;
pub mod options;
pub mod phone;
pub mod route_map;
pub mod serve;
pub mod table;

//! The local server and the project's own chores: `cargo dev`.
//!
//! `cargo dev` runs the whole system in one process: every function behind a gateway that speaks
//! API Gateway's events, the table in an embedded DynamoDB, a Twilio that only pretends, the
//! scheduled job on its tick. It needs no account, no Docker, no network.
//!
//! | To learn about | read |
//! |---|---|
//! | the options | [`options`] |
//! | what is started, and stopped | [`serve`] |
//! | the table alone, for functions that run elsewhere | [`table`] |
//! | the paths under `/_dev/` | [`control`] |
//! | the demo data | [`demo`] |
//! | what operations cost in DynamoDB | [`costs`] |
//! | how patients' messages are read | [`corpus`] |
//! | whether what strangers send can break anything | [`fuzz`] |
//! | the first ADMIN, new keys | [`admin`], [`keys`] |
//! | checking a table | [`fsck`] |
//! | moving in from another service | [`import`] |
//! | whether the audit trail is as it was sealed | [`audit`] |
//! | erasing again who was erased, after a restore | [`erasures`] |
//! | finding out whether bookings can be trusted | [`check`] |
//! | the OpenAPI document, the README's route map and its events | [`openapi`], [`route_map`], [`domain_events`] |

pub mod admin;
pub mod archive;
pub mod audit;
pub mod bench;
pub mod check;
pub mod control;
pub mod corpus;
pub mod costs;
pub mod demo;
pub mod domain_events;
pub mod erasures;
pub mod fsck;
pub mod fuzz;
pub mod halt;
pub mod import;
pub mod keys;
pub mod message_templates;
pub mod openapi;
pub mod options;
pub mod quiet_app;
pub mod route_map;
pub mod runtime_api;
pub mod serve;
pub mod table;

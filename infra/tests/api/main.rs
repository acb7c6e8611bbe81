//! The one integration binary: the system as its users meet it, and whether the whole holds together.
//! It sees every function, the OpenAPI document, the deployment template and the event payloads at
//! once, so it can hold each against the others.
//!
//! | To learn about | read |
//! |---|---|
//! | what citas is for | `stories`, which read like a page |
//! | the OpenAPI document, committed and served | `openapi` |
//! | what the template, the document, the settings, the table and `events/` must agree on | `contract` |
//! | the payloads of `events/` | `events` |
//! | the functions' own binaries, as Lambda runs them | `bootstrap` |
//! | who may call what | `policy`, `matrix` |
//! | what may be printed of people, and what is | `printable`, `leaks` |
//! | what may be built in | `dependencies` |
//! | the script that looks at a deployment | `staging` |
//! | paths and methods that are none | `routing` |
//! | the real Twilio client against the fake | `messenger` |
//! | what every endpoint does alike | `every_operation`, `conventions`, `bodies`, `idempotency`, `paging` |
//! | who gets in, and who sees what | `auth`, `users`, `scope` |
//! | the first ADMIN, new keys | `first_admin`, `key_rotation` |
//! | patients, doctors, clinics | `patients`, `patient_search`, `contacts`, `doctors`, `clinics` |
//! | when there is time | `schedules`, `rules`, `free_slots`, `window_changes`, `clock_changes` |
//! | when there is none | `blocks`, `holidays`, `calendar_races` |
//! | what patients have a right to | `privacy` |
//! | appointments, and what is done to them | `appointments`, `places`, `agenda`, `actions`, `corrections`, `moving` |
//! | that the last place is given away once | `concurrency` |
//! | that bookings can be trusted, whatever fails | `history` |
//! | what operations cost in DynamoDB | `costs` |
//! | messages to patients | `reminders`, `faults`, `sending`, `reports` |
//! | messages from patients | `replies`, `questions`, `whose`, `which_appointment`, `another_time`, `missed` |
//! | that each counts once | `messages` |
//! | what people see of them | `worklist` |
//! | what the job finishes that was cut short | `cut_short`, `calendar_races` |
//! | who else writes to the public webhook | `strangers`, `hostile` |
//! | the local server as a process | `process` |
//! | who read what, and that nobody changes the trail unnoticed | `audit_trail`, `seals` |
//! | what the README and `infra/docs` say | `documentation` |
//! | the chores `cargo dev table`, `cargo citas fsck`, `cargo citas import` | `table`, `fsck`, `import` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test may stop at the first surprise, and says what it skips"
)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "a test's own machinery is for its neighbours only")]

mod actions;
mod agenda;
mod another_time;
mod appointments;
mod audit_trail;
mod auth;
mod bench;
mod blocks;
mod bodies;
mod bootstrap;
mod breaker;
mod calendar_races;
mod clinics;
mod clock_changes;
mod concurrency;
mod contacts;
mod contract;
mod conventions;
mod corrections;
mod costs;
mod cut_short;
mod dependencies;
mod difference;
mod doctors;
mod document;
mod documentation;
mod domain_events;
mod events;
mod every_operation;
mod exploration;
mod faults;
mod first_admin;
mod free_slots;
mod fsck;
mod fuzz;
mod growth;
mod guessing;
mod history;
mod holidays;
mod hostile;
mod idempotency;
mod import;
mod key_rotation;
mod leaks;
mod long_texts;
mod matrix;
mod messages;
mod messenger;
mod missed;
mod moving;
mod openapi;
mod outages;
mod own_account;
mod pacing;
mod paging;
mod path_row;
mod patient_search;
mod patients;
mod payload;
mod places;
mod policy;
mod printable;
mod privacy;
mod process;
mod programs;
mod questions;
mod reminders;
mod replies;
mod reports;
mod routing;
mod rules;
mod run_log;
mod schedules;
mod scope;
mod seals;
mod sending;
mod server;
mod staging;
mod stories;
mod strangers;
mod table;
mod unreached;
mod users;
mod which_appointment;
mod whose;
mod window_changes;
mod withdrawn;
mod worklist;
mod world;

//! The integration tests: one binary that runs the whole system through its API, and compares the functions, the
//! OpenAPI document, the deployment template and the event payloads with each other.
//!
//! | To learn about | read |
//! |---|---|
//! | the main use cases, end to end | `stories` |
//! | the setup of most tests | `clinic_setup` |
//! | the OpenAPI document, committed and served | `openapi`, `openapi_document` |
//! | what the template, the document, the settings, the table and `events/` must agree on | `contract`, `list_comparison` |
//! | the payloads of `events/` | `events`, `payload` |
//! | the functions' binaries, run as in Lambda | `bootstrap` |
//! | access control | `policy`, `matrix`, `clinic_scope` |
//! | personal data in logs and in `Debug` output | `debug_redaction`, `leaks` |
//! | the names of keys and attributes in the table | `stored_rows` |
//! | permitted dependencies, of other crates, between ours, and between the modules of `app` | `dependencies`, `layers`, `module_circles` |
//! | the script that checks a deployment | `staging_check` |
//! | unknown paths and methods | `routing` |
//! | what all endpoints have in common | `every_operation`, `conventions`, `request_bodies`, `long_texts`, `idempotency`, `paging`, `prefetch` |
//! | signing in, users, own account | `auth`, `sign_in_throttle`, `users`, `own_account` |
//! | the first ADMIN, key rotation | `first_admin`, `key_rotation` |
//! | patients, doctors, clinics | `patients`, `patient_search`, `patient_summaries`, `contacts`, `doctors`, `clinics` |
//! | exporting and erasing a patient's data | `privacy` |
//! | availability | `schedules`, `rules`, `free_slots`, `window_changes`, `midnight_windows`, `clock_changes` |
//! | closed time | `blocks`, `holidays`, `calendar_races` |
//! | appointments and their actions | `appointments`, `booking_conflicts`, `booking_refusals`, `walk_ins`, `two_zones`, `horizon`, `appointment_list`, `actions`, `action_times`, `length_changes`, `corrections`, `second_thoughts`, `rescheduling` |
//! | concurrent bookings, and bookings under faults | `concurrency`, `booking_check` |
//! | the cost of operations in DynamoDB | `costs`, `cost_growth` |
//! | reminders and notices | `reminders`, `sending`, `true_messages`, `nights`, `notice_check`, `rate_limit`, `delivery_reports`, `delivery_failures`, `unreachable_numbers` |
//! | reminders under faults | `twilio_failures`, `circuit_breaker`, `scheduler_outages`, `reminder_withdrawal`, `reminder_exploration`, `reminder_bench` |
//! | the Twilio client | `messenger` |
//! | messages from patients | `replies`, `prompts`, `shared_numbers`, `which_appointment`, `reschedule_by_chat`, `missed_webhooks`, `message_check`, `patient_messages`, `staff_answers`, `quick_replies`, `media` |
//! | the worklist | `worklist` |
//! | what the job finishes after a crash of a function | `crash_recovery`, `calendar_races` |
//! | the public webhooks | `public_webhook`, `unknown_senders` |
//! | events for other systems | `domain_events` |
//! | the audit trail and its seals | `audit_trail`, `seals` |
//! | log lines from which metrics are made | `log_metrics` |
//! | README.md and `infra/docs` | `documentation` |
//! | the pages of the console | `console` |
//! | the local server, the binaries as processes | `demo_day`, `server_restarts`, `dev_server`, `programs` |
//! | the commands `cargo dev table`, `cargo citas fsck`, `cargo citas import`, `cargo lab fuzz` | `dev_table`, `fsck`, `import`, `fuzz` |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test panics at an unexpected result, and prints what it skips"
)]
#![allow(dead_code, unreachable_pub, missing_docs, reason = "helpers are used by some of the test modules only")]

mod action_times;
mod actions;
mod appointment_list;
mod appointment_sheet;
mod appointments;
mod audit_trail;
mod auth;
mod blocks;
mod booking_check;
mod booking_conflicts;
mod booking_refusals;
mod bootstrap;
mod calendar_races;
mod circuit_breaker;
mod clinic_scope;
mod clinic_setup;
mod clinics;
mod clock_changes;
mod closed_places;
mod closures_check;
mod concurrency;
mod console;
mod contacts;
mod contract;
mod conventions;
mod conversation_check;
mod conversations;
mod copied_names;
mod corrections;
mod cost_growth;
mod costs;
mod crash_recovery;
mod debug_redaction;
mod delivery_failures;
mod delivery_reports;
mod demo_day;
mod dependencies;
mod dev_server;
mod dev_table;
mod doctors;
mod documentation;
mod domain_events;
mod dry_runs;
mod emergencies;
mod events;
mod every_operation;
mod first_admin;
mod free_slots;
mod fsck;
mod fuzz;
mod hidden_numbers;
mod holidays;
mod horizon;
mod idempotency;
mod import;
mod job_steps;
mod key_rotation;
mod large_closures;
mod large_data;
mod layers;
mod leaks;
mod length_changes;
mod list_comparison;
mod local_today;
mod log_metrics;
mod long_texts;
mod matrix;
mod media;
mod message_check;
mod messenger;
mod midnight_windows;
mod migration;
mod missed_webhooks;
mod module_circles;
mod nights;
mod notice_check;
mod number_links;
mod number_opt_outs;
mod openapi;
mod openapi_document;
mod own_account;
mod paging;
mod patient_messages;
mod patient_search;
mod patient_search_index;
mod patient_summaries;
mod patients;
mod payload;
mod phone_chat;
mod phone_numbers;
mod policy;
mod prefetch;
mod previews;
mod privacy;
mod programs;
mod prompts;
mod public_webhook;
mod quick_replies;
mod rate_limit;
mod reminder_bench;
mod reminder_exploration;
mod reminder_withdrawal;
mod reminders;
mod replies;
mod request_bodies;
mod reschedule_by_chat;
mod rescheduling;
mod room_capacity;
mod routing;
mod rule_exceptions;
mod rules;
mod scheduler_outages;
mod schedules;
mod seals;
mod search_check;
mod second_thoughts;
mod sending;
mod server_environment;
mod server_restarts;
mod shared_numbers;
mod sign_in_throttle;
mod signatures;
mod slow_provider;
mod staff_answers;
mod staging_check;
mod stored_rows;
mod stories;
mod stranded;
mod true_messages;
mod twilio_failures;
mod two_zones;
mod unknown_senders;
mod unreachable_numbers;
mod unreadable_rows;
mod unrecorded;
mod users;
mod walk_ins;
mod which_appointment;
mod who_may_act;
mod window_changes;
mod window_list;
mod worklist;
mod worklist_entries;
mod wrong_numbers;

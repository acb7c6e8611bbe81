//! Ways in which a row becomes unreadable, as builds that know more leave them.

use aws_sdk_dynamodb::types::AttributeValue;
use store::item::{Entity, Item, from_item, number, text};
use store::schema::{PK, SK};

/// Whether this build can read an item of a kind.
macro_rules! readers {
    ($($entity:ty),+ $(,)?) => {
        fn is_readable(kind: &str, item: &Item) -> bool {
            match kind {
                $(<$entity as Entity>::KIND => from_item::<$entity>(item.clone()).is_ok(),)+
                unknown => panic!("the job reads rows of kind {unknown}: add it here"),
            }
        }
    };
}

readers! {
    domain::appointment::Appointment,
    domain::closure::Block,
    domain::closure::Holiday,
    domain::clinic::Clinic,
    domain::clinic::Room,
    domain::doctor::Doctor,
    domain::notification::Notification,
    domain::patient::Patient,
    store::action::ActionRow,
    store::agenda::AgendaDay,
    store::attention::AppointmentAttention,
    store::audit::AuditRow,
    store::breaker::OpenBreaker,
    store::contact::ContactNumber,
    store::conversation::Conversation,
    store::counter::Counter,
    store::erasure::Erasure,
    store::erasure::PendingErasure,
    store::guard::Guard,
    store::hold::Hold,
    store::idempotency::OutcomeRow,
    store::inbound::Inbound,
    store::inbound::Unprocessed,
    store::low_water::LowWaterMark,
    store::new_senders::NewSenders,
    store::notification::DuePointer,
    store::notification::MessageRow,
    store::notification::RemindedAppointment,
    store::recipient_rate_limit::RecipientRateLimit,
    store::recording_checkpoint::RecordingCheckpoint,
    store::recovery_checkpoint::RecoveryCheckpoint,
    store::seal::SealRow,
    store::search::SearchEntry,
    domain::schedule::Window,
    domain::weekly_rule::WeeklyRule,
    store::sweep::RoomMember,
    store::sweep::Sweep,
    store::taken_entry::TakenEntry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    NewerVersion,
    /// Of each of its enums in turn. Which texts are enums is found by trying; some kinds have none.
    UnknownVariant,
    MissingMember,
}

/// The item as it becomes unreadable in this way, with what was changed.
pub(super) fn damaged(kind: &str, item: &Item, damage: Damage) -> Vec<(String, Item)> {
    assert!(is_readable(kind, item), "{kind}: {item:?}");
    let all = match damage {
        Damage::NewerVersion => {
            let version: u32 = item["v"].as_n().unwrap().parse().unwrap();
            let mut item = item.clone();
            item.insert("v".into(), number(version + 1));
            vec![("with a newer v".to_owned(), item)]
        }
        Damage::UnknownVariant => {
            let mut variants = Vec::new();
            with_other_variants(&AttributeValue::M(item.clone()), "", &mut variants);
            let is_own = |path: &str| !["PK", "SK", "kind", "GSI"].iter().any(|name| path[1..].starts_with(name));
            let variants = variants.into_iter().filter(|(path, _)| is_own(path));
            let variants = variants.map(|(path, changed)| (path, changed.as_m().unwrap().clone()));
            let variants = variants.filter(|(_, changed)| !is_readable(kind, changed));
            variants.map(|(path, changed)| (format!("with an unknown variant at {path}"), changed)).collect()
        }
        Damage::MissingMember => {
            let mut names: Vec<&String> = item.keys().collect();
            names.retain(|name| ![PK, SK, "kind", "v"].contains(&name.as_str()));
            names.sort_unstable();
            let without = names.into_iter().map(|name| {
                let mut item = item.clone();
                item.remove(name);
                (format!("without {name}"), item)
            });
            let needed = without.into_iter().find(|(_, item)| !is_readable(kind, item));
            vec![needed.unwrap_or_else(|| panic!("{kind} has no member that is needed"))]
        }
    };
    assert!(all.iter().all(|(_, item)| !is_readable(kind, item)), "{kind}, {damage:?}");
    all
}

/// The value with each text that may be a variant's name replaced in turn, and each name of a map's only member.
fn with_other_variants(value: &AttributeValue, path: &str, all: &mut Vec<(String, AttributeValue)>) {
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    match value {
        AttributeValue::S(known) if is_name(known) => all.push((path.to_owned(), text("another_variant"))),
        AttributeValue::M(members) => {
            for (name, member) in members {
                let mut inner = Vec::new();
                with_other_variants(member, &format!("{path}.{name}"), &mut inner);
                all.extend(inner.into_iter().map(|(path, changed)| {
                    let mut members = members.clone();
                    members.insert(name.clone(), changed);
                    (path, AttributeValue::M(members))
                }));
                if members.len() == 1 && is_name(name) {
                    let other = [("another_variant".to_owned(), member.clone())].into();
                    all.push((format!("{path}.{name}"), AttributeValue::M(other)));
                }
            }
        }
        _ => {}
    }
}

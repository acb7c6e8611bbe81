//! Tests that ten thousand random tamperings with two days of an audit trail and its seals are all found.

use super::contents::{Leaf, SealRange, seal};
use super::inspection::{SealFinding, SealProblem, ShardDay, inspect};
use super::{WINDOW, day_end, day_start, last_window_end};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::actor::Actor;
use domain::ids::{AuditId, Id, UserId};
use domain::time::{Instant, LocalDate, TimeDelta};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use store::audit::{AuditAction, AuditRow, FieldChange};
use store::item::{Item, number, text, to_item};
use store::keys::{Key, audit_partition};
use store::seal::SealRow;

const TAMPERINGS: usize = 10_000;
const SEED: u64 = 20_251_201;
const SHARD: u8 = 1;
const ROWS: usize = 40;

type Random = fastrand::Rng;

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn day(number: u32) -> LocalDate {
    LocalDate::from_ymd_opt(2025, 12, number).unwrap()
}

/// The end of the last seal, on the second day.
fn sealed_until() -> Instant {
    instant("2025-12-02T18:00:00Z")
}

fn key(secret: &str) -> SealKey {
    SealKey::from_secret(secret.repeat(4).as_bytes()).unwrap()
}

fn signing_key() -> SealKey {
    key("the right secret")
}

/// The rows and seals of a trail, by their keys.
#[derive(Clone, PartialEq)]
struct Trail {
    rows: BTreeMap<(String, String), Rc<(Item, Leaf)>>,
    seals: BTreeMap<String, Item>,
}

fn string_attribute(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

fn random_instant(random: &mut Random) -> Instant {
    let (from, to) = (day_start(day(1)), sealed_until());
    let span = to.since(from).num_milliseconds();
    from.plus(TimeDelta::milliseconds(random.i64(0..span)))
}

fn new_row(random: &mut Random) -> AuditRow {
    let id = |random: &mut Random| uuid::Builder::from_random_bytes(random.u128(..).to_be_bytes()).into_uuid();
    let change = |old: &str, new: &str| FieldChange { old: Some(old.into()), new: Some(new.into()) };
    AuditRow {
        id: AuditId::from_uuid(id(random)),
        at: random_instant(random),
        actor: Actor::User { id: UserId::from_uuid(id(random)), name: "Alicia Mora".into() },
        model: random.choice(["patient", "appointment", "user"]).unwrap().to_owned(),
        object_id: id(random).to_string(),
        action: random.choice([AuditAction::Create, AuditAction::Read, AuditAction::Update]).unwrap(),
        changes: BTreeMap::from([("status".to_owned(), change("PENDING", "CONFIRMED"))]),
        ip_address: random.bool().then(|| "203.0.113.7".to_owned()),
        request_id: id(random).to_string(),
    }
}

impl Trail {
    fn new(random: &mut Random) -> Self {
        let mut trail = Self { rows: BTreeMap::new(), seals: BTreeMap::new() };
        for _ in 0..ROWS {
            let row = new_row(random);
            trail.insert(to_item(&row).unwrap(), Some(row.at));
        }
        trail.seal(&signing_key(), random);
        trail
    }

    /// Inserts a row into this shard, at time `at` if given.
    fn insert(&mut self, mut item: Item, at: Option<Instant>) {
        if let Some(at) = at {
            let id = string_attribute(&item, "SK").rsplit('#').next().unwrap().to_owned();
            item.insert("PK".into(), text(audit_partition(at.utc_day(), SHARD)));
            item.insert("SK".into(), text(format!("{}#{id}", at.sortable())));
            item.insert("at".into(), text(at.rfc3339()));
        }
        let leaf = Leaf::of(&item);
        self.rows.insert((string_attribute(&item, "PK"), string_attribute(&item, "SK")), Rc::new((item, leaf)));
    }

    fn random_key(&self, random: &mut Random) -> (String, String) {
        self.rows.keys().nth(random.usize(0..self.rows.len())).unwrap().clone()
    }

    fn remove_random(&mut self, random: &mut Random) -> Item {
        let key = self.random_key(random);
        self.rows.remove(&key).unwrap().0.clone()
    }

    fn random_seal(&self, random: &mut Random) -> String {
        self.seals.keys().nth(random.usize(0..self.seals.len())).unwrap().clone()
    }

    fn leaves(&self, day: LocalDate) -> Vec<Leaf> {
        let partition = audit_partition(day, SHARD);
        self.rows.iter().filter(|((pk, _), _)| *pk == partition).map(|(_, row)| row.1.clone()).collect()
    }

    /// Seals everything, with one seal for several hours, as after an outage, so that there are few seals.
    fn seal(&mut self, key: &SealKey, random: &mut Random) {
        let mut last: Option<SealRow> = None;
        while last.as_ref().is_none_or(|seal| seal.to < sealed_until()) {
            let from = last.as_ref().map_or(day_start(day(1)), |seal| seal.to);
            let to = from.plus(TimeDelta::seconds(WINDOW * random.i64(24..56)));
            last = self.seal_one(key, last.as_ref(), from, to.min(day_end(from.utc_day())).min(sealed_until()));
        }
    }

    fn seal_one(&mut self, key: &SealKey, last: Option<&SealRow>, from: Instant, to: Instant) -> Option<SealRow> {
        let mut leaves = self.leaves(from.utc_day());
        leaves.retain(|leaf| from.sortable() <= leaf.sk && leaf.sk < to.sortable());
        let seal = seal(SealRange { shard: SHARD, from, to }, &leaves, last, key).unwrap();
        self.seals.insert(from.sortable(), to_item(&seal).unwrap());
        Some(seal)
    }

    /// Makes all seals again, over the current rows.
    fn seal_again(&mut self, key: &SealKey) {
        let seals: Vec<SealRow> = self.seals.values().filter_map(SealRow::read).collect();
        let mut last: Option<SealRow> = None;
        for seal in seals {
            last = self.seal_one(key, last.as_ref(), seal.from, seal.to);
        }
    }

    /// The findings of both days.
    fn findings(&self, keys: &[PublicKey]) -> Vec<SealFinding> {
        let items = |from: &str, to: &str| -> Vec<Item> {
            self.seals.range(from.to_owned()..to.to_owned()).map(|(_, item)| item.clone()).collect()
        };
        let mut found = Vec::new();
        for date in [day(1), day(2)] {
            let (start, end) = (day_start(date).sortable(), day_end(date).sortable());
            let (before, seals) = (items("", &start), items(&start, &end));
            let of = ShardDay {
                shard: SHARD,
                day: date,
                seals: &seals,
                before: before.last(),
                first: self.seals.values().next(),
                rows: &self.leaves(date),
                due: last_window_end(sealed_until()),
            };
            found.extend(inspect(&of, keys).findings);
        }
        found
    }
}

/// A different value.
fn altered(value: &AttributeValue, random: &mut Random) -> AttributeValue {
    match value {
        AttributeValue::S(known) => match random.u8(0..3) {
            0 => text(format!("{known} ")),
            1 => text(known.chars().skip(1).collect::<String>() + "x"),
            _ => AttributeValue::B(Blob::new(known.as_bytes())),
        },
        AttributeValue::N(known) => number(known.parse::<i64>().unwrap() + if random.bool() { 1 } else { -1 }),
        AttributeValue::B(known) => {
            let mut bytes = known.as_ref().to_vec();
            let index = random.usize(0..bytes.len());
            bytes[index] ^= 1 << random.u8(0..8);
            AttributeValue::B(Blob::new(bytes))
        }
        AttributeValue::M(known) => {
            let mut map = known.clone();
            match map.keys().nth(random.usize(0..=map.len())).cloned() {
                Some(name) if random.bool() => drop(map.remove(&name)),
                Some(name) => drop(map.insert(name.clone(), altered(&known[&name], random))),
                None => drop(map.insert("new".into(), text("x"))),
            }
            AttributeValue::M(map)
        }
        _ => text("x"),
    }
}

/// Changes, adds or removes an attribute, but not of the key.
fn edit(item: &mut Item, random: &mut Random) {
    let names: BTreeSet<String> = item.keys().filter(|name| !["PK", "SK"].contains(&name.as_str())).cloned().collect();
    let name = names.iter().nth(random.usize(0..names.len())).unwrap();
    match random.u8(0..8) {
        0 => drop(item.remove(name)),
        1 => drop(item.insert("ttl".into(), number(1))),
        2 => drop(item.insert("extra".into(), AttributeValue::Bool(true))),
        _ => drop(item.insert(name.clone(), altered(&item[name], random))),
    }
}

const KINDS: [&str; 17] = [
    "edit a row",
    "delete a row",
    "insert a row",
    "copy a row",
    "swap the times of two rows",
    "move a row to another time",
    "replace a row",
    "edit, and recompute the seals without the key",
    "edit, and recompute one seal without the key",
    "edit, and have one window sealed again",
    "edit a seal",
    "delete a seal",
    "delete the last seals",
    "delete the first seals",
    "swap two seals",
    "put a seal where none belongs",
    "delete rows and the last seals",
];

/// Tampers with a trail. The result may be equal to the original.
fn tamper(trail: &mut Trail, kind: &str, random: &mut Random) {
    let ends = |trail: &Trail, random: &mut Random| random.usize(1..trail.seals.len());
    match kind {
        "edit a row" => {
            let mut row = trail.remove_random(random);
            edit(&mut row, random);
            trail.insert(row, None);
        }
        "delete a row" => drop(trail.remove_random(random)),
        "insert a row" => {
            let row = new_row(random);
            trail.insert(to_item(&row).unwrap(), Some(row.at));
        }
        "copy a row" => {
            let key = trail.random_key(random);
            let (row, at) = (trail.rows[&key].0.clone(), random_instant(random));
            trail.insert(row, Some(at));
        }
        "swap the times of two rows" => {
            let (one, two) = (trail.remove_random(random), trail.remove_random(random));
            let at = |row: &Item| Instant::parse(&string_attribute(row, "at")).unwrap();
            let times = (at(&one), at(&two));
            trail.insert(one, Some(times.1));
            trail.insert(two, Some(times.0));
        }
        "move a row to another time" => {
            let (row, at) = (trail.remove_random(random), random_instant(random));
            trail.insert(row, Some(at));
        }
        "replace a row" => {
            let gone = trail.remove_random(random);
            let at = Instant::parse(&string_attribute(&gone, "at")).unwrap();
            let row = new_row(random);
            trail.insert(to_item(&row).unwrap(), Some(at));
        }
        "edit, and recompute the seals without the key" => {
            tamper(trail, "edit a row", random);
            trail.seal_again(&key("an attacker's secret"));
            if random.bool() {
                // Under the id of the right key.
                for item in trail.seals.values_mut() {
                    item.insert("kid".into(), text(signing_key().public().kid()));
                }
            }
        }
        "edit, and recompute one seal without the key" => {
            tamper(trail, "edit a row", random);
            let stolen = trail.seals.clone();
            trail.seal_again(&key("an attacker's secret"));
            let recomputed = trail.random_seal(random);
            let mut item = trail.seals[&recomputed].clone();
            for name in ["kid", "signature"] {
                item.insert(name.into(), stolen[&recomputed][name].clone());
            }
            trail.seals = stolen;
            trail.seals.insert(recomputed, item);
        }
        "edit, and have one window sealed again" => {
            // The new seal is validly signed, but the next seal doesn't follow it.
            let before = trail.clone();
            tamper(trail, "edit a row", random);
            trail.seal_again(&signing_key());
            let sealed = std::mem::replace(&mut trail.seals, before.seals.clone());
            let changed = sealed.into_iter().find(|(key, seal)| before.seals[key] != *seal);
            match changed.filter(|(key, _)| Some(key) != before.seals.keys().last()) {
                Some((key, seal)) => drop(trail.seals.insert(key, seal)),
                // No seal follows the last one: only the archive would show this.
                None => *trail = before,
            }
        }
        "edit a seal" => {
            let key = trail.random_seal(random);
            edit(trail.seals.get_mut(&key).unwrap(), random);
        }
        "delete a seal" => {
            let key = trail.random_seal(random);
            trail.seals.remove(&key);
        }
        "delete the last seals" => {
            for _ in 0..ends(trail, random) {
                trail.seals.pop_last();
            }
        }
        "delete the first seals" => {
            for _ in 0..ends(trail, random) {
                trail.seals.pop_first();
            }
        }
        "swap two seals" => {
            let (one, two) = (trail.random_seal(random), trail.random_seal(random));
            let (mut a, mut b) = (trail.seals[&one].clone(), trail.seals[&two].clone());
            if random.bool() {
                // Swap the keys and times too, so that each seal is consistent with its key.
                for name in ["SK", "from", "to"] {
                    let (of_a, of_b) = (a[name].clone(), b[name].clone());
                    a.insert(name.into(), of_b);
                    b.insert(name.into(), of_a);
                }
            }
            trail.seals.insert(one, b);
            trail.seals.insert(two, a);
        }
        "put a seal where none belongs" => {
            let key = trail.random_seal(random);
            let (mut item, at) = (trail.seals[&key].clone(), last_window_end(random_instant(random)));
            let key = Key::seal(SHARD, at);
            item.insert("SK".into(), text(&key.sk));
            item.insert("from".into(), text(at.rfc3339()));
            trail.seals.insert(key.sk, item);
        }
        "delete rows and the last seals" => {
            tamper(trail, "delete a row", random);
            tamper(trail, "delete the last seals", random);
        }
        unknown => panic!("{unknown}"),
    }
}

#[test]
fn ten_thousand_random_tamperings_are_all_found() {
    let mut random = Random::with_seed(SEED);
    let trail = Trail::new(&mut random);
    let keys = [signing_key().public().clone()];
    assert_eq!(trail.findings(&keys), []);
    let mut named: BTreeMap<&str, BTreeSet<SealProblem>> = BTreeMap::new();
    let (mut done, mut missed) = (0, BTreeMap::<&str, usize>::new());
    while done < TAMPERINGS {
        let kind = KINDS[done % KINDS.len()];
        let mut tampered = trail.clone();
        tamper(&mut tampered, kind, &mut random);
        if tampered == trail {
            continue;
        }
        let findings = tampered.findings(&keys);
        if findings.is_empty() {
            *missed.entry(kind).or_default() += 1;
        }
        named.entry(kind).or_default().extend(findings.iter().map(|finding| finding.problem));
        done += 1;
    }
    assert_eq!(missed, BTreeMap::new(), "tamperings that were not found");
    // A single change is reported as what it is.
    let only = |kind: &str| named[kind].iter().copied().collect::<Vec<_>>();
    assert_eq!(only("edit a row"), [SealProblem::Edited]);
    assert_eq!(only("delete a row"), [SealProblem::Deleted]);
    assert_eq!(only("insert a row"), [SealProblem::Inserted]);
    assert_eq!(only("replace a row"), [SealProblem::Replaced]);
    assert_eq!(only("edit, and have one window sealed again"), [SealProblem::BrokenChain]);
    assert!(named["swap the times of two rows"].contains(&SealProblem::Reordered));
}

/// An inserted row is found even in an empty window and with an unusual sort key.
#[test]
fn inserted_rows_with_unusual_keys_are_found() {
    let mut random = Random::with_seed(SEED);
    let trail = Trail::new(&mut random);
    let keys = [signing_key().public().clone()];
    let row = to_item(&new_row(&mut random)).unwrap();
    for date in [day(1), day(2)] {
        let seals = trail.seals.values().filter_map(SealRow::read).filter(|seal| seal.from.utc_day() == date);
        let edges = seals.flat_map(|seal| [seal.from.sortable(), format!("{}\u{1}", seal.from.sortable())]);
        for sk in edges.chain(["\u{0}".to_owned(), " ".to_owned()]) {
            let mut tampered = trail.clone();
            let mut row = row.clone();
            row.insert("PK".into(), text(audit_partition(date, SHARD)));
            row.insert("SK".into(), text(&sk));
            tampered.insert(row, None);
            let problems: Vec<SealProblem> = tampered.findings(&keys).into_iter().map(|found| found.problem).collect();
            assert_eq!(problems, [SealProblem::Inserted], "{sk:?}");
        }
    }
    // A row that sorts after all times of a sealed day is found too.
    let mut tampered = trail;
    let mut row = row;
    row.insert("PK".into(), text(audit_partition(day(1), SHARD)));
    row.insert("SK".into(), text("\u{10FFFF}\u{10FFFF}"));
    tampered.insert(row, None);
    assert_eq!(tampered.findings(&keys).len(), 1);
}

#[test]
fn seals_by_unknown_keys_have_bad_signatures() {
    let trail = Trail::new(&mut Random::with_seed(SEED));
    let problems = |keys: &[PublicKey]| -> BTreeSet<SealProblem> {
        trail.findings(keys).into_iter().map(|found| found.problem).collect()
    };
    assert_eq!(problems(&[]), [SealProblem::BadSignature].into());
    assert_eq!(problems(&[key("an attacker's secret").public().clone()]), [SealProblem::BadSignature].into());
    // After a rotation the old key still verifies.
    assert!(problems(&[key("the next secret").public().clone(), signing_key().public().clone()]).is_empty());
}

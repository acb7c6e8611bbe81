//! Ten thousand random tamperings with two days of a trail and its seals: is each of them found?

use super::contents::{Leaf, seal};
use super::inspection::{Finding, Problem, ShardDay, inspect};
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

/// Up to here the second day is sealed; it is three quarters of an hour later.
fn sealed_until() -> Instant {
    instant("2025-12-02T18:00:00Z")
}

fn key(secret: &str) -> SealKey {
    SealKey::from_secret(secret.repeat(4).as_bytes()).unwrap()
}

fn ours() -> SealKey {
    key("the right secret")
}

/// A trail as it stands in the table: rows and seals, by their keys.
#[derive(Clone, PartialEq)]
struct Trail {
    rows: BTreeMap<(String, String), Rc<(Item, Leaf)>>,
    seals: BTreeMap<String, Item>,
}

fn part(item: &Item, name: &str) -> String {
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
            trail.put(to_item(&row).unwrap(), Some(row.at));
        }
        trail.seal(&ours(), random);
        trail
    }

    /// Puts a row, at another time if one is named; in this shard, whatever its id says.
    fn put(&mut self, mut item: Item, at: Option<Instant>) {
        if let Some(at) = at {
            let id = part(&item, "SK").rsplit('#').next().unwrap().to_owned();
            item.insert("PK".into(), text(audit_partition(at.utc_day(), SHARD)));
            item.insert("SK".into(), text(format!("{}#{id}", at.sortable())));
            item.insert("at".into(), text(at.rfc3339()));
        }
        let leaf = Leaf::of(&item);
        self.rows.insert((part(&item, "PK"), part(&item, "SK")), Rc::new((item, leaf)));
    }

    fn any(&self, random: &mut Random) -> (String, String) {
        self.rows.keys().nth(random.usize(0..self.rows.len())).unwrap().clone()
    }

    fn take(&mut self, random: &mut Random) -> Item {
        let key = self.any(random);
        self.rows.remove(&key).unwrap().0.clone()
    }

    fn any_seal(&self, random: &mut Random) -> String {
        self.seals.keys().nth(random.usize(0..self.seals.len())).unwrap().clone()
    }

    fn leaves(&self, day: LocalDate) -> Vec<Leaf> {
        let partition = audit_partition(day, SHARD);
        self.rows.iter().filter(|((pk, _), _)| *pk == partition).map(|(_, row)| row.1.clone()).collect()
    }

    /// Seals all, in stretches of some hours, as after outages: so that there are fewer to look at.
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
        let seal = seal(SHARD, from, to, &leaves, last, key).unwrap();
        self.seals.insert(from.sortable(), to_item(&seal).unwrap());
        Some(seal)
    }

    /// Seals all that is sealed anew, over what the rows are now.
    fn seal_again(&mut self, key: &SealKey) {
        let seals: Vec<SealRow> = self.seals.values().filter_map(SealRow::read).collect();
        let mut last: Option<SealRow> = None;
        for seal in seals {
            last = self.seal_one(key, last.as_ref(), seal.from, seal.to);
        }
    }

    /// Everything that is found on both days.
    fn findings(&self, keys: &[PublicKey]) -> Vec<Finding> {
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

/// Another value than this one.
fn other(value: &AttributeValue, random: &mut Random) -> AttributeValue {
    match value {
        AttributeValue::S(known) => match random.u8(0..3) {
            0 => text(format!("{known} ")),
            1 => text(known.chars().skip(1).collect::<String>() + "x"),
            _ => AttributeValue::B(Blob::new(known.as_bytes())),
        },
        AttributeValue::N(known) => number(known.parse::<i64>().unwrap() + if random.bool() { 1 } else { -1 }),
        AttributeValue::B(known) => {
            let mut bytes = known.as_ref().to_vec();
            let place = random.usize(0..bytes.len());
            bytes[place] ^= 1 << random.u8(0..8);
            AttributeValue::B(Blob::new(bytes))
        }
        AttributeValue::M(known) => {
            let mut map = known.clone();
            match map.keys().nth(random.usize(0..=map.len())).cloned() {
                Some(name) if random.bool() => drop(map.remove(&name)),
                Some(name) => drop(map.insert(name.clone(), other(&known[&name], random))),
                None => drop(map.insert("new".into(), text("x"))),
            }
            AttributeValue::M(map)
        }
        _ => text("x"),
    }
}

/// Changes an item otherwise than in its key: a value, one more, one less.
fn edit(item: &mut Item, random: &mut Random) {
    let names: BTreeSet<String> = item.keys().filter(|name| !["PK", "SK"].contains(&name.as_str())).cloned().collect();
    let name = names.iter().nth(random.usize(0..names.len())).unwrap();
    match random.u8(0..8) {
        0 => drop(item.remove(name)),
        1 => drop(item.insert("ttl".into(), number(1))),
        2 => drop(item.insert("extra".into(), AttributeValue::Bool(true))),
        _ => drop(item.insert(name.clone(), other(&item[name], random))),
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

/// Does something to a trail.
fn tamper(trail: &mut Trail, kind: &str, random: &mut Random) {
    let ends = |trail: &Trail, random: &mut Random| random.usize(1..trail.seals.len());
    match kind {
        "edit a row" => {
            let mut row = trail.take(random);
            edit(&mut row, random);
            trail.put(row, None);
        }
        "delete a row" => drop(trail.take(random)),
        "insert a row" => {
            let row = new_row(random);
            trail.put(to_item(&row).unwrap(), Some(row.at));
        }
        "copy a row" => {
            let key = trail.any(random);
            let (row, at) = (trail.rows[&key].0.clone(), random_instant(random));
            trail.put(row, Some(at));
        }
        "swap the times of two rows" => {
            let (one, two) = (trail.take(random), trail.take(random));
            let at = |row: &Item| Instant::parse(&part(row, "at")).unwrap();
            let times = (at(&one), at(&two));
            trail.put(one, Some(times.1));
            trail.put(two, Some(times.0));
        }
        "move a row to another time" => {
            let (row, at) = (trail.take(random), random_instant(random));
            trail.put(row, Some(at));
        }
        "replace a row" => {
            let gone = trail.take(random);
            let at = Instant::parse(&part(&gone, "at")).unwrap();
            let row = new_row(random);
            trail.put(to_item(&row).unwrap(), Some(at));
        }
        "edit, and recompute the seals without the key" => {
            tamper(trail, "edit a row", random);
            trail.seal_again(&key("somebody's secret"));
            if random.bool() {
                // Under the id of the right key.
                for item in trail.seals.values_mut() {
                    item.insert("kid".into(), text(ours().public().kid()));
                }
            }
        }
        "edit, and recompute one seal without the key" => {
            tamper(trail, "edit a row", random);
            let stolen = trail.seals.clone();
            trail.seal_again(&key("somebody's secret"));
            let recomputed = trail.any_seal(random);
            let mut item = trail.seals[&recomputed].clone();
            for name in ["kid", "signature"] {
                item.insert(name.into(), stolen[&recomputed][name].clone());
            }
            trail.seals = stolen;
            trail.seals.insert(recomputed, item);
        }
        "edit, and have one window sealed again" => {
            // Somebody got the job to do it: the seal is good, and not the one that the next follows.
            let before = trail.clone();
            tamper(trail, "edit a row", random);
            trail.seal_again(&ours());
            let sealed = std::mem::replace(&mut trail.seals, before.seals.clone());
            let changed = sealed.into_iter().find(|(key, seal)| before.seals[key] != *seal);
            match changed.filter(|(key, _)| Some(key) != before.seals.keys().last()) {
                Some((key, seal)) => drop(trail.seals.insert(key, seal)),
                // After the last one nothing follows: only the archive would tell.
                None => *trail = before,
            }
        }
        "edit a seal" => {
            let key = trail.any_seal(random);
            edit(trail.seals.get_mut(&key).unwrap(), random);
        }
        "delete a seal" => {
            let key = trail.any_seal(random);
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
            let (one, two) = (trail.any_seal(random), trail.any_seal(random));
            let (mut a, mut b) = (trail.seals[&one].clone(), trail.seals[&two].clone());
            if random.bool() {
                // Each with the other's key, so that it stands where it says.
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
            let key = trail.any_seal(random);
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
    let keys = [ours().public().clone()];
    assert_eq!(trail.findings(&keys), []);
    let mut named: BTreeMap<&str, BTreeSet<Problem>> = BTreeMap::new();
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
    // What can be told of a single thing is told.
    let only = |kind: &str| named[kind].iter().copied().collect::<Vec<_>>();
    assert_eq!(only("edit a row"), [Problem::Edited]);
    assert_eq!(only("delete a row"), [Problem::Deleted]);
    assert_eq!(only("insert a row"), [Problem::Inserted]);
    assert_eq!(only("replace a row"), [Problem::Replaced]);
    assert_eq!(only("edit, and have one window sealed again"), [Problem::BrokenChain]);
    assert!(named["swap the times of two rows"].contains(&Problem::Reordered));
}

/// A row in a stretch that had none, with the oddest of keys, is found like any other.
#[test]
fn there_is_no_place_to_hide_a_row_in() {
    let mut random = Random::with_seed(SEED);
    let trail = Trail::new(&mut random);
    let keys = [ours().public().clone()];
    let row = to_item(&new_row(&mut random)).unwrap();
    for date in [day(1), day(2)] {
        let seals = trail.seals.values().filter_map(SealRow::read).filter(|seal| seal.from.utc_day() == date);
        let edges = seals.flat_map(|seal| [seal.from.sortable(), format!("{}\u{1}", seal.from.sortable())]);
        for sk in edges.chain(["\u{0}".to_owned(), " ".to_owned()]) {
            let mut tampered = trail.clone();
            let mut row = row.clone();
            row.insert("PK".into(), text(audit_partition(date, SHARD)));
            row.insert("SK".into(), text(&sk));
            tampered.put(row, None);
            let problems: Vec<Problem> = tampered.findings(&keys).into_iter().map(|found| found.problem).collect();
            assert_eq!(problems, [Problem::Inserted], "{sk:?}");
        }
    }
    // Behind a day that isn't over nothing is sealed yet; behind one that is, it is found.
    let mut tampered = trail;
    let mut row = row;
    row.insert("PK".into(), text(audit_partition(day(1), SHARD)));
    row.insert("SK".into(), text("\u{10FFFF}\u{10FFFF}"));
    tampered.put(row, None);
    assert_eq!(tampered.findings(&keys).len(), 1);
}

/// Whoever has no key to believe believes nothing.
#[test]
fn without_its_key_no_seal_is_good() {
    let trail = Trail::new(&mut Random::with_seed(SEED));
    let problems = |keys: &[PublicKey]| -> BTreeSet<Problem> {
        trail.findings(keys).into_iter().map(|found| found.problem).collect()
    };
    assert_eq!(problems(&[]), [Problem::BadSignature].into());
    assert_eq!(problems(&[key("somebody's secret").public().clone()]), [Problem::BadSignature].into());
    // After a rotation the old key is still believed.
    assert!(problems(&[key("the next secret").public().clone(), ours().public().clone()]).is_empty());
}

//! Seals of the audit trail: that it is sealed whatever becomes of the job, and that whoever changes it
//! behind everybody's back is found out.

use crate::programs::citas;
use crate::world::World;
use app::support::ports::{Archive, NotKept, SecretName, Secrets as _};
use aws_sdk_dynamodb::types::AttributeValue;
use cli::audit::verify_table;
use domain::time::Instant;
use futures_util::future::{BoxFuture, join_all};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use local::database::Database;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use store::item::text;
use store::patterns;
use store::seal::SealRow;
use testkit::test_app::{Answer, TestApp};

type Item = HashMap<String, AttributeValue>;

async fn verified(world: &World, date: &str) -> Value {
    let path = format!("/api/audit/verify/?date={date}");
    world.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

/// The problems of the first of December, without where they are.
async fn problems(world: &World) -> BTreeSet<String> {
    let answer = verified(world, "2025-12-01").await;
    let problems = answer["problems"].as_array().unwrap();
    assert_eq!(answer["is_whole"], problems.is_empty(), "{answer}");
    problems.iter().map(|problem| problem["problem"].as_str().unwrap().to_owned()).collect()
}

async fn items(world: &World, kind: &str) -> Vec<Item> {
    let table = world.app.system.database.table();
    let scan = table.client().scan().table_name(table.name()).send().await.unwrap();
    assert!(scan.last_evaluated_key.is_none());
    let mut items: Vec<Item> = scan.items.unwrap().into_iter().filter(|item| item["kind"] == text(kind)).collect();
    items.sort_by_key(|item| (part(item, "PK"), part(item, "SK")));
    items
}

fn part(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

async fn put(world: &World, item: &Item) {
    let table = world.app.system.database.table();
    table.client().put_item().table_name(table.name()).set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete(world: &World, item: &Item) {
    let table = world.app.system.database.table();
    let delete = table.client().delete_item().table_name(table.name());
    delete.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
}

async fn seals(world: &World, shard: u8) -> Vec<SealRow> {
    world.app.system.database.table().query_all(&patterns::seals(shard, None, None)).await.unwrap()
}

async fn secret(world: &World) -> String {
    world.app.system.secrets.get(SecretName::Seals, false).await.unwrap().0
}

async fn key(world: &World) -> PublicKey {
    SealKey::from_secret(secret(world).await.as_bytes()).unwrap().public().clone()
}

#[tokio::test]
async fn a_window_is_sealed_ten_minutes_after_its_end() {
    let world = World::new().await;
    let all = items(&world, "audit").await.len() as u64;
    world.tick("2025-12-01T12:24:59Z").await;
    let answer = verified(&world, "2025-12-01").await;
    assert_eq!((&answer["rows"], &answer["sealed_until"]), (&json!(0), &json!("2025-12-01T12:00:00Z")));
    world.tick("2025-12-01T12:25:00Z").await;
    // Whoever verifies signs in, which leaves rows that aren't sealed yet.
    let answer = verified(&world, "2025-12-01").await;
    assert_eq!((&answer["is_whole"], &answer["problems"]), (&json!(true), &json!([])));
    assert_eq!((&answer["rows"], &answer["sealed_until"]), (&json!(all), &json!("2025-12-01T12:15:00Z")));
    assert_eq!((&answer["seals"], &answer["unsealed_rows"]), (&json!(8), &json!(2)));
    assert_eq!(answer["public_keys"], json!([key(&world).await]));
    for shard in 0..4 {
        let seals = seals(&world, shard).await;
        let stretches: Vec<_> =
            seals.iter().map(|seal| (seal.number, seal.from.rfc3339(), seal.to.rfc3339())).collect();
        let at = |time: &str| format!("2025-12-01T{time}:00Z");
        assert_eq!(stretches, [(0, at("00:00"), at("12:00")), (1, at("12:00"), at("12:15"))]);
    }
}

#[tokio::test]
async fn runs_that_are_late_twice_or_not_there_leave_one_chain() {
    let world = World::new().await;
    for now in ["2025-12-01T12:25:00Z", "2025-12-01T12:26:00Z", "2025-12-01T12:41:00Z", "2025-12-04T18:03:00Z"] {
        world.app.set_now(now).unwrap();
        for run in join_all((0..5).map(|_| world.app.system.run_reminders())).await {
            run.unwrap();
        }
    }
    for shard in 0..4 {
        let seals = seals(&world, shard).await;
        let ends: Vec<String> = seals.iter().map(|seal| seal.to.sortable()[..16].to_owned()).collect();
        let on_time = ["2025-12-01T12:15", "2025-12-01T12:30"];
        let after_an_outage = ["2025-12-02T00:00", "2025-12-03T00:00", "2025-12-04T00:00", "2025-12-04T17:45"];
        assert_eq!(ends, [on_time.as_slice(), &after_an_outage].concat(), "one for each day of the outage");
        assert!(seals.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].number + 1 == pair[1].number));
    }
    for date in ["2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"] {
        assert_eq!(verified(&world, date).await["is_whole"], true, "{date}");
    }
    // Before there were seals there were no rows; after, there is nothing yet.
    for (date, until) in [("2025-11-30", Value::Null), ("2025-12-05", json!("2025-12-04T17:45:00Z"))] {
        let answer = verified(&world, date).await;
        assert_eq!((&answer["is_whole"], &answer["seals"]), (&json!(true), &json!(0)), "{answer}");
        assert_eq!(answer["sealed_until"], until);
    }
}

#[tokio::test]
async fn a_trail_that_nobody_seals_is_not_whole() {
    let world = World::new().await;
    world.app.set_now("2025-12-01T12:45:00Z").unwrap();
    assert_eq!(problems(&world).await, ["seal_missing".to_owned()].into(), "from midnight to noon");
    world.tick("2025-12-01T12:45:00Z").await;
    assert_eq!(problems(&world).await, [].into());
    world.app.set_now("2025-12-01T13:31:00Z").unwrap();
    assert_eq!(problems(&world).await, ["seal_missing".to_owned()].into());
}

/// Does something to the table behind everybody's back.
async fn tamper(world: &World, what: &str) {
    let (mut rows, seals) = (items(world, "audit").await, items(world, "seal").await);
    // Those of the world; whoever looked at it has signed in since.
    rows.retain(|row| part(row, "SK").starts_with("2025-12-01T12:00:00.000Z"));
    let row = rows[0].clone();
    // There are two of each shard; these are about one o'clock.
    let later: Vec<&Item> = seals.iter().filter(|seal| part(seal, "from") == "2025-12-01T13:00:00Z").collect();
    match what {
        "edited" => {
            let mut row = row;
            row.insert("model".into(), text("x"));
            put(world, &row).await;
        }
        "deleted" => delete(world, &row).await,
        "inserted" => {
            let mut row = row;
            let sk = part(&row, "SK").replace("12:00:00.000Z", "12:00:00.001Z");
            row.insert("SK".into(), text(sk));
            put(world, &row).await;
        }
        "reordered" => {
            // Two rows of one shard, of which the later one is made the earlier one.
            let pair = rows.windows(2).find(|pair| pair[0]["PK"] == pair[1]["PK"]).unwrap();
            delete(world, &pair[0]).await;
            let mut moved = pair[0].clone();
            let sk = part(&moved, "SK").replace("12:00:00.000Z", "12:00:09.000Z");
            moved.insert("SK".into(), text(sk));
            put(world, &moved).await;
        }
        "seal_missing" => delete(world, seals.iter().find(|seal| part(seal, "from").contains("T00:00")).unwrap()).await,
        "bad_seal" => {
            let mut seal = later[0].clone();
            seal.insert("extra".into(), text("x"));
            put(world, &seal).await;
        }
        "bad_signature" => {
            let mut seal = later[0].clone();
            seal.insert("signature".into(), later[1]["signature"].clone());
            put(world, &seal).await;
        }
        "broken_chain" => {
            let mut seal = later[0].clone();
            seal.insert("previous".into(), later[1]["previous"].clone());
            put(world, &seal).await;
        }
        unknown => panic!("{unknown}"),
    }
}

#[tokio::test]
async fn each_kind_of_tampering_is_told_by_its_name() {
    for (what, besides) in [
        ("edited", None),
        ("deleted", None),
        ("inserted", None),
        ("reordered", None),
        ("seal_missing", Some("broken_chain")),
        ("bad_seal", None),
        ("bad_signature", None),
        ("broken_chain", Some("bad_signature")),
    ] {
        let world = World::new().await;
        world.tick("2025-12-01T13:10:00Z").await;
        world.tick("2025-12-01T13:25:00Z").await;
        assert_eq!(problems(&world).await, [].into());
        tamper(&world, what).await;
        let expected: BTreeSet<String> = [Some(what), besides].into_iter().flatten().map(str::to_owned).collect();
        assert_eq!(problems(&world).await, expected, "{what}");
    }
}

#[tokio::test]
async fn only_an_admin_is_told_and_only_of_a_day() {
    let world = World::new().await;
    assert_eq!(world.operator().await.get("/api/audit/verify/").await.unwrap().status, 403);
    let answer: Answer = world.admin().await.get("/api/audit/verify/?date=ayer").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body["errors"]["date"].is_array()), (400, true));
    assert_eq!(world.admin().await.get("/api/audit/verify/").await.unwrap().body["date"], "2025-12-01");
}

/// A key that was put first signs; what the old one has sealed is still believed.
#[tokio::test]
async fn the_key_can_be_changed() {
    let world = World::new().await;
    world.tick("2025-12-01T12:25:00Z").await;
    let old = secret(&world).await;
    world.app.system.secrets.set(SecretName::Seals, format!("{} {old}", "new-secret-".repeat(4)));
    world.tick("2025-12-01T12:40:00Z").await;
    assert_eq!(problems(&world).await, [].into());
    assert_eq!(seals(&world, 0).await.iter().map(|seal| &seal.kid).collect::<BTreeSet<_>>().len(), 2);
    world.app.system.secrets.set(SecretName::Seals, old);
    assert_eq!(problems(&world).await, ["bad_signature".to_owned()].into());
}

// ── The archive ──

#[derive(Default)]
struct MemoryArchive {
    kept: Mutex<BTreeMap<String, String>>,
    is_down: AtomicBool,
}

impl Archive for MemoryArchive {
    fn keep<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, NotKept>> {
        let kept = || self.kept.lock().unwrap().entry(name.to_owned()).or_insert_with(|| seal.to_owned()).clone();
        let down = self.is_down.load(Ordering::SeqCst);
        Box::pin(std::future::ready(if down { Err(NotKept("down".into())) } else { Ok(kept()) }))
    }
}

async fn archived() -> (World, Arc<MemoryArchive>) {
    let archive = Arc::new(MemoryArchive::default());
    let kept = Arc::clone(&archive);
    let database = Database::memory().await.unwrap();
    let app = TestApp::changed(database, |blueprint| blueprint.archive = Some(kept)).await.unwrap();
    (World::on(app).await, archive)
}

#[tokio::test]
async fn no_seal_counts_before_the_archive_has_it() {
    let (world, archive) = archived().await;
    archive.is_down.store(true, Ordering::SeqCst);
    world.tick("2025-12-01T12:25:00Z").await;
    assert_eq!(items(&world, "seal").await.len(), 0);
    archive.is_down.store(false, Ordering::SeqCst);
    world.tick("2025-12-01T12:40:00Z").await;
    let names: Vec<String> = archive.kept.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, (0..4).map(|shard| format!("seals/{shard}/2025-12-01/0000.json")).collect::<Vec<_>>());
    assert_eq!(problems(&world).await, [].into());
}

/// Rows are changed, all seals of the table removed, and the job seals what it finds: it gets the first seals again.
#[tokio::test]
async fn a_trail_that_was_rolled_back_meets_its_first_seals() {
    let (world, archive) = archived().await;
    world.tick("2025-12-01T12:25:00Z").await;
    world.tick("2025-12-01T12:40:00Z").await;
    let before = items(&world, "seal").await;
    tamper(&world, "edited").await;
    for seal in &before {
        delete(&world, seal).await;
    }
    world.tick("2025-12-01T12:42:00Z").await;
    assert_eq!(items(&world, "seal").await, before);
    assert_eq!(problems(&world).await, ["edited".to_owned()].into());
    // What isn't ours isn't taken for the first one.
    world.app.set_now("2025-12-01T12:56:00Z").unwrap();
    archive.kept.lock().unwrap().insert("seals/0/2025-12-01/1230.json".into(), "{}".into());
    world.app.system.run_reminders().await.unwrap();
    assert_eq!(items(&world, "seal").await.len(), before.len() + 3);
}

#[tokio::test]
async fn archived_seals_are_held_against_those_of_the_table() {
    let (world, archive) = archived().await;
    world.tick("2025-12-01T12:25:00Z").await;
    let kept: Vec<app::audit::seals::Archived> =
        archive.kept.lock().unwrap().values().map(|text| serde_json::from_str(text).unwrap()).collect();
    let believed: Vec<PublicKey> = kept.iter().filter_map(|one| PublicKey::parse(&one.public_key)).collect();
    let table = world.app.system.database.table();
    let now = Instant::parse("2025-12-01T12:30:00Z").unwrap();
    let report = verify_table(&table, &believed, &kept, None, Some(now)).await.unwrap();
    assert!(report.is_whole() && report.days.len() == 1, "{report}");
    // Somebody who has the key seals anew what is left.
    for item in items(&world, "audit").await.iter().chain(&items(&world, "seal").await) {
        delete(&world, item).await;
    }
    archive.kept.lock().unwrap().clear();
    world.tick("2025-12-01T12:26:00Z").await;
    let report = verify_table(&table, &believed, &[], None, Some(now)).await.unwrap();
    assert!(report.is_whole(), "the table alone can't tell: {report}");
    let report = verify_table(&table, &believed, &kept, None, Some(now)).await.unwrap();
    assert!(report.to_string().contains("not as it was archived: seals/"), "{report}");
}

// ── The command ──

fn command(arguments: &[&str]) -> (bool, String) {
    let output = citas(&["audit", "verify"], arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    (output.status.success(), said)
}

#[tokio::test]
async fn the_command_tells_too() {
    let world = World::new().await;
    world.tick("2025-12-01T12:30:00Z").await;
    let endpoint = world.app.system.database.endpoint().to_owned();
    let key = key(&world).await.x().to_owned();
    let run = async |arguments: Vec<String>| {
        tokio::task::spawn_blocking(move || command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap()
    };
    let day = ["--date", "2025-12-01", "--endpoint", &endpoint].map(str::to_owned).to_vec();
    let with_key = [day.clone(), vec!["--public-key".to_owned(), key]].concat();
    let (is_whole, said) = run(day.clone()).await;
    assert!(!is_whole && said.contains("--public-key"), "{said}");
    let (is_whole, said) = run([day, vec!["--public-key".into(), "x".into()]].concat()).await;
    assert!(!is_whole && said.contains("x is no public key"), "{said}");
    // By the machine's own clock that day is long over: all of it ought to be sealed.
    world.tick("2025-12-02T00:30:00Z").await;
    let (is_whole, said) = run(with_key.clone()).await;
    assert!(is_whole && said.starts_with("1 days, "), "{said}");
    tamper(&world, "deleted").await;
    let (is_whole, said) = run(with_key).await;
    assert!(!is_whole && said.contains("deleted: shard "), "{said}");
}

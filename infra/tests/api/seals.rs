//! Tests of the audit trail's seals: it is sealed in spite of late and repeated runs of the job, and any direct change
//! of the table is detected.

use crate::clinic_setup::ClinicSetup;
use crate::programs::citas;
use app::support::ports::{Archive, ArchiveError, SecretName, Secrets as _};
use aws_sdk_dynamodb::types::AttributeValue;
use cli::audit::verify_table;
use domain::time::Instant;
use futures_util::future::{BoxFuture, join_all};
use identity::keys::PublicKey;
use identity::seal::SealKey;
use local::database::Database;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use store::item::{Item, text};
use store::patterns;
use store::seal::SealRow;
use testkit::test_app::{TestApp, TestResponse};

async fn verify_day(setup: &ClinicSetup, date: &str) -> Value {
    let path = format!("/api/audit/verify/?date={date}");
    setup.admin().await.get(&path).await.unwrap().expect_status(200).unwrap().body
}

/// The kinds of problems on 1 December.
async fn problem_names(setup: &ClinicSetup) -> BTreeSet<String> {
    let answer = verify_day(setup, "2025-12-01").await;
    let problems = answer["problems"].as_array().unwrap();
    assert_eq!(answer["is_whole"], problems.is_empty(), "{answer}");
    problems.iter().map(|problem| problem["problem"].as_str().unwrap().to_owned()).collect()
}

async fn items_of_kind(setup: &ClinicSetup, kind: &str) -> Vec<Item> {
    let table = setup.app.system.database.table();
    let scan = table.client().scan().table_name(table.name()).send().await.unwrap();
    assert!(scan.last_evaluated_key.is_none());
    let mut items: Vec<Item> = scan.items.unwrap().into_iter().filter(|item| item["kind"] == text(kind)).collect();
    items.sort_by_key(|item| (member_text(item, "PK"), member_text(item, "SK")));
    items
}

fn member_text(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}

async fn put_item(setup: &ClinicSetup, item: &Item) {
    let table = setup.app.system.database.table();
    table.client().put_item().table_name(table.name()).set_item(Some(item.clone())).send().await.unwrap();
}

async fn delete_item(setup: &ClinicSetup, item: &Item) {
    let table = setup.app.system.database.table();
    let delete = table.client().delete_item().table_name(table.name());
    delete.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
}

async fn seals_of_shard(setup: &ClinicSetup, shard: u8) -> Vec<SealRow> {
    setup.app.system.database.table().query_all(&patterns::seals(shard, None, None)).await.unwrap()
}

async fn seal_secret(setup: &ClinicSetup) -> String {
    setup.app.system.secrets.get(SecretName::Seals, false).await.unwrap().0
}

async fn seal_key(setup: &ClinicSetup) -> PublicKey {
    SealKey::from_secret(seal_secret(setup).await.as_bytes()).unwrap().public().clone()
}

#[tokio::test]
async fn a_window_is_sealed_ten_minutes_after_its_end() {
    let setup = ClinicSetup::new().await;
    let all = items_of_kind(&setup, "audit").await.len() as u64;
    setup.run_job_at("2025-12-01T12:24:59Z").await;
    let answer = verify_day(&setup, "2025-12-01").await;
    assert_eq!((&answer["rows"], &answer["sealed_until"]), (&json!(0), &json!("2025-12-01T12:00:00Z")));
    setup.run_job_at("2025-12-01T12:25:00Z").await;
    // Signing in for the verification adds rows that aren't sealed yet.
    let answer = verify_day(&setup, "2025-12-01").await;
    assert_eq!((&answer["is_whole"], &answer["problems"]), (&json!(true), &json!([])));
    assert_eq!((&answer["rows"], &answer["sealed_until"]), (&json!(all), &json!("2025-12-01T12:15:00Z")));
    assert_eq!((&answer["seals"], &answer["unsealed_rows"]), (&json!(8), &json!(2)));
    assert_eq!(answer["public_keys"], json!([seal_key(&setup).await]));
    for shard in 0..4 {
        let seals = seals_of_shard(&setup, shard).await;
        let periods: Vec<_> = seals.iter().map(|seal| (seal.number, seal.from.rfc3339(), seal.to.rfc3339())).collect();
        let at = |time: &str| format!("2025-12-01T{time}:00Z");
        assert_eq!(periods, [(0, at("00:00"), at("12:00")), (1, at("12:00"), at("12:15"))]);
    }
}

#[tokio::test]
async fn late_repeated_and_missing_runs_leave_one_chain() {
    let setup = ClinicSetup::new().await;
    for now in ["2025-12-01T12:25:00Z", "2025-12-01T12:26:00Z", "2025-12-01T12:41:00Z", "2025-12-04T18:03:00Z"] {
        setup.app.set_now(now).unwrap();
        for run in join_all((0..5).map(|_| setup.app.system.run_reminders())).await {
            run.unwrap();
        }
    }
    for shard in 0..4 {
        let seals = seals_of_shard(&setup, shard).await;
        let ends: Vec<String> = seals.iter().map(|seal| seal.to.sortable()[..16].to_owned()).collect();
        let on_time = ["2025-12-01T12:15", "2025-12-01T12:30"];
        let after_an_outage = ["2025-12-02T00:00", "2025-12-03T00:00", "2025-12-04T00:00", "2025-12-04T17:45"];
        assert_eq!(ends, [on_time.as_slice(), &after_an_outage].concat(), "one for each day of the outage");
        assert!(seals.windows(2).all(|pair| pair[0].to == pair[1].from && pair[0].number + 1 == pair[1].number));
    }
    for date in ["2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04"] {
        assert_eq!(verify_day(&setup, date).await["is_whole"], true, "{date}");
    }
    // The day before the first row, and a day after the last run.
    for (date, until) in [("2025-11-30", Value::Null), ("2025-12-05", json!("2025-12-04T17:45:00Z"))] {
        let answer = verify_day(&setup, date).await;
        assert_eq!((&answer["is_whole"], &answer["seals"]), (&json!(true), &json!(0)), "{answer}");
        assert_eq!(answer["sealed_until"], until);
    }
}

#[tokio::test]
async fn a_trail_without_seals_is_not_whole() {
    let setup = ClinicSetup::new().await;
    setup.app.set_now("2025-12-01T12:45:00Z").unwrap();
    assert_eq!(problem_names(&setup).await, ["seal_missing".to_owned()].into(), "from midnight to noon");
    setup.run_job_at("2025-12-01T12:45:00Z").await;
    assert_eq!(problem_names(&setup).await, [].into());
    setup.app.set_now("2025-12-01T13:31:00Z").unwrap();
    assert_eq!(problem_names(&setup).await, ["seal_missing".to_owned()].into());
}

/// Changes the audit trail directly in the table, as this problem describes.
async fn tamper(setup: &ClinicSetup, what: &str) {
    let (mut rows, seals) = (items_of_kind(setup, "audit").await, items_of_kind(setup, "seal").await);
    // Rows of the setup only, without those of later sign-ins.
    rows.retain(|row| member_text(row, "SK").starts_with("2025-12-01T12:00:00.000Z"));
    let row = rows[0].clone();
    // Each shard has two seals; take those from 13:00 on.
    let later: Vec<&Item> = seals.iter().filter(|seal| member_text(seal, "from") == "2025-12-01T13:00:00Z").collect();
    match what {
        "edited" => {
            let mut row = row;
            row.insert("model".into(), text("x"));
            put_item(setup, &row).await;
        }
        "deleted" => delete_item(setup, &row).await,
        "inserted" => {
            let mut row = row;
            let sk = member_text(&row, "SK").replace("12:00:00.000Z", "12:00:00.001Z");
            row.insert("SK".into(), text(sk));
            put_item(setup, &row).await;
        }
        "reordered" => {
            // Of two rows of one shard the earlier one is moved behind the later one.
            let pair = rows.windows(2).find(|pair| pair[0]["PK"] == pair[1]["PK"]).unwrap();
            delete_item(setup, &pair[0]).await;
            let mut moved = pair[0].clone();
            let sk = member_text(&moved, "SK").replace("12:00:00.000Z", "12:00:09.000Z");
            moved.insert("SK".into(), text(sk));
            put_item(setup, &moved).await;
        }
        "seal_missing" => {
            delete_item(setup, seals.iter().find(|seal| member_text(seal, "from").contains("T00:00")).unwrap()).await
        }
        "bad_seal" => {
            let mut seal = later[0].clone();
            seal.insert("extra".into(), text("x"));
            put_item(setup, &seal).await;
        }
        "bad_signature" => {
            let mut seal = later[0].clone();
            seal.insert("signature".into(), later[1]["signature"].clone());
            put_item(setup, &seal).await;
        }
        "broken_chain" => {
            let mut seal = later[0].clone();
            seal.insert("previous".into(), later[1]["previous"].clone());
            put_item(setup, &seal).await;
        }
        unknown => panic!("{unknown}"),
    }
}

#[tokio::test]
async fn each_kind_of_tampering_is_named() {
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
        let setup = ClinicSetup::new().await;
        setup.run_job_at("2025-12-01T13:10:00Z").await;
        setup.run_job_at("2025-12-01T13:25:00Z").await;
        assert_eq!(problem_names(&setup).await, [].into());
        tamper(&setup, what).await;
        let expected: BTreeSet<String> = [Some(what), besides].into_iter().flatten().map(str::to_owned).collect();
        assert_eq!(problem_names(&setup).await, expected, "{what}");
    }
}

#[tokio::test]
async fn only_an_admin_can_verify_and_only_a_valid_date() {
    let setup = ClinicSetup::new().await;
    assert_eq!(setup.operator().await.get("/api/audit/verify/").await.unwrap().status, 403);
    let answer: TestResponse = setup.admin().await.get("/api/audit/verify/?date=ayer").await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.body["errors"]["date"].is_array()), (400, true));
    assert_eq!(setup.admin().await.get("/api/audit/verify/").await.unwrap().body["date"], "2025-12-01");
}

/// A new key signs new seals, and seals of the old key stay valid.
#[tokio::test]
async fn the_seal_key_can_be_rotated() {
    let setup = ClinicSetup::new().await;
    setup.run_job_at("2025-12-01T12:25:00Z").await;
    let old = seal_secret(&setup).await;
    setup.app.system.secrets.set(SecretName::Seals, format!("{} {old}", "new-secret-".repeat(4)));
    setup.run_job_at("2025-12-01T12:40:00Z").await;
    assert_eq!(problem_names(&setup).await, [].into());
    assert_eq!(seals_of_shard(&setup, 0).await.iter().map(|seal| &seal.kid).collect::<BTreeSet<_>>().len(), 2);
    setup.app.system.secrets.set(SecretName::Seals, old);
    assert_eq!(problem_names(&setup).await, ["bad_signature".to_owned()].into());
}

/// The last seal of one shard is altered. The age of what that shard has not sealed is told.
#[tokio::test]
async fn an_altered_seal_stops_only_its_own_shard() {
    let setup = ClinicSetup::new().await;
    setup.run_job_at("2025-12-01T13:10:00Z").await;
    setup.run_job_at("2025-12-01T13:25:00Z").await;
    tamper(&setup, "bad_seal").await;
    for (now, unsealed) in [("2025-12-01T13:40:00Z", 40 * 60), ("2025-12-01T14:40:00Z", 100 * 60)] {
        setup.app.set_now(now).unwrap();
        let summary = setup.app.system.run_reminders().await.unwrap();
        let counts = (summary.seals, summary.unsealed_seconds, summary.unreadable_rows, summary.failed_steps);
        assert_eq!(counts, (3, unsealed, 1, 0), "{now}");
    }
    assert_eq!(problem_names(&setup).await, ["bad_seal".to_owned(), "seal_missing".to_owned()].into());
}

/// A row of a newer build is sealed as any other one: a seal covers items, not what they mean.
#[tokio::test]
async fn an_unreadable_audit_row_is_sealed() {
    let setup = ClinicSetup::new().await;
    let mut row = items_of_kind(&setup, "audit").await.remove(0);
    row.insert("v".into(), AttributeValue::N("2".into()));
    put_item(&setup, &row).await;
    setup.app.set_now("2025-12-01T12:25:00Z").unwrap();
    let summary = setup.app.system.run_reminders().await.unwrap();
    let counts = (summary.seals, summary.unsealed_seconds, summary.unreadable_rows, summary.failed_steps);
    assert_eq!(counts, (4, 600, 0, 0));
    assert_eq!(problem_names(&setup).await, [].into());
}

// ── The archive ──

#[derive(Default)]
struct MemoryArchive {
    kept: Mutex<BTreeMap<String, String>>,
    is_down: AtomicBool,
}

impl Archive for MemoryArchive {
    fn put_if_absent<'a>(&'a self, name: &'a str, seal: &'a str) -> BoxFuture<'a, Result<String, ArchiveError>> {
        let kept = || self.kept.lock().unwrap().entry(name.to_owned()).or_insert_with(|| seal.to_owned()).clone();
        let down = self.is_down.load(Ordering::SeqCst);
        Box::pin(std::future::ready(if down { Err(ArchiveError("down".into())) } else { Ok(kept()) }))
    }
}

async fn setup_with_archive() -> (ClinicSetup, Arc<MemoryArchive>) {
    let archive = Arc::new(MemoryArchive::default());
    let kept = Arc::clone(&archive);
    let database = Database::memory().await.unwrap();
    let app = TestApp::changed(database, |config| config.archive = Some(kept)).await.unwrap();
    (ClinicSetup::with_app(app).await, archive)
}

#[tokio::test]
async fn no_seal_is_stored_before_it_is_archived() {
    let (setup, archive) = setup_with_archive().await;
    archive.is_down.store(true, Ordering::SeqCst);
    setup.run_job_at("2025-12-01T12:25:00Z").await;
    assert_eq!(items_of_kind(&setup, "seal").await.len(), 0);
    archive.is_down.store(false, Ordering::SeqCst);
    setup.run_job_at("2025-12-01T12:40:00Z").await;
    let names: Vec<String> = archive.kept.lock().unwrap().keys().cloned().collect();
    assert_eq!(names, (0..4).map(|shard| format!("seals/{shard}/2025-12-01/0000.json")).collect::<Vec<_>>());
    assert_eq!(problem_names(&setup).await, [].into());
}

/// Rows are changed and all seals of the table removed. The job then gets the first seals back from the archive.
#[tokio::test]
async fn seals_of_a_rolled_back_trail_come_from_the_archive() {
    let (setup, archive) = setup_with_archive().await;
    setup.run_job_at("2025-12-01T12:25:00Z").await;
    setup.run_job_at("2025-12-01T12:40:00Z").await;
    let before = items_of_kind(&setup, "seal").await;
    tamper(&setup, "edited").await;
    for seal in &before {
        delete_item(&setup, seal).await;
    }
    setup.run_job_at("2025-12-01T12:42:00Z").await;
    assert_eq!(items_of_kind(&setup, "seal").await, before);
    assert_eq!(problem_names(&setup).await, ["edited".to_owned()].into());
    // An invalid seal in the archive isn't accepted as the first one.
    setup.app.set_now("2025-12-01T12:56:00Z").unwrap();
    archive.kept.lock().unwrap().insert("seals/0/2025-12-01/1230.json".into(), "{}".into());
    setup.app.system.run_reminders().await.unwrap();
    assert_eq!(items_of_kind(&setup, "seal").await.len(), before.len() + 3);
}

#[tokio::test]
async fn archived_seals_are_compared_with_the_table() {
    let (setup, archive) = setup_with_archive().await;
    setup.run_job_at("2025-12-01T12:25:00Z").await;
    let kept: Vec<app::audit::seals::ArchivedSeal> =
        archive.kept.lock().unwrap().values().map(|text| serde_json::from_str(text).unwrap()).collect();
    let trusted: Vec<PublicKey> = kept.iter().filter_map(|one| PublicKey::parse(&one.public_key)).collect();
    let table = setup.app.system.database.table();
    let now = Instant::parse("2025-12-01T12:30:00Z").unwrap();
    let report = verify_table(&table, &trusted, &kept, None, Some(now)).await.unwrap();
    assert!(report.is_valid() && report.days.len() == 1, "{report}");
    // An attacker with the key seals the remaining rows again.
    for item in items_of_kind(&setup, "audit").await.iter().chain(&items_of_kind(&setup, "seal").await) {
        delete_item(&setup, item).await;
    }
    archive.kept.lock().unwrap().clear();
    setup.run_job_at("2025-12-01T12:26:00Z").await;
    let report = verify_table(&table, &trusted, &[], None, Some(now)).await.unwrap();
    assert!(report.is_valid(), "the table alone doesn't show it: {report}");
    let report = verify_table(&table, &trusted, &kept, None, Some(now)).await.unwrap();
    assert!(report.to_string().contains("not as it was archived: seals/"), "{report}");
}

// ── The command ──

fn run_verify(arguments: &[&str]) -> (bool, String) {
    let output = citas(&["audit", "verify"], arguments).output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    (output.status.success(), said)
}

#[tokio::test]
async fn the_command_prints_the_problems() {
    let setup = ClinicSetup::new().await;
    setup.run_job_at("2025-12-01T12:30:00Z").await;
    let endpoint = setup.app.system.database.endpoint().to_owned();
    let key = seal_key(&setup).await.x().to_owned();
    let run = async |arguments: Vec<String>| {
        tokio::task::spawn_blocking(move || run_verify(&arguments.iter().map(String::as_str).collect::<Vec<_>>()))
            .await
            .unwrap()
    };
    let day = ["--date", "2025-12-01", "--endpoint", &endpoint].map(str::to_owned).to_vec();
    let with_key = [day.clone(), vec!["--public-key".to_owned(), key]].concat();
    let (is_whole, said) = run(day.clone()).await;
    assert!(!is_whole && said.contains("--public-key"), "{said}");
    let (is_whole, said) = run([day, vec!["--public-key".into(), "x".into()]].concat()).await;
    assert!(!is_whole && said.contains("x is no public key"), "{said}");
    // By the machine's clock that day is over, so that all of it has to be sealed.
    setup.run_job_at("2025-12-02T00:30:00Z").await;
    let (is_whole, said) = run(with_key.clone()).await;
    assert!(is_whole && said.starts_with("1 days, "), "{said}");
    tamper(&setup, "deleted").await;
    let (is_whole, said) = run(with_key).await;
    assert!(!is_whole && said.contains("deleted: shard "), "{said}");
}

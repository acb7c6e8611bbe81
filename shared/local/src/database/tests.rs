use super::*;
use aws_sdk_dynamodb::types::AttributeValue;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A folder that is deleted after the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("testkit-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("inner").join("citas.db")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn put(table: &Table, number: usize) {
    let row = table.client().put_item().table_name(table.name());
    let row = row.item(schema::PK, AttributeValue::S("TEST".into()));
    row.item(schema::SK, AttributeValue::S(format!("{number:06}"))).send().await.unwrap();
}

async fn count(table: &Table) -> usize {
    let query = table.client().query().table_name(table.name()).consistent_read(true);
    let query = query.key_condition_expression("#pk = :pk").expression_attribute_names("#pk", schema::PK);
    let query = query.expression_attribute_values(":pk", AttributeValue::S("TEST".into()));
    usize::try_from(query.send().await.unwrap().count()).unwrap()
}

#[tokio::test]
async fn two_databases_in_memory_are_independent() {
    let (one, other) = (Database::memory().await.unwrap(), Database::memory().await.unwrap());
    put(&one.table(), 1).await;
    assert_eq!((count(&one.table()).await, count(&other.table()).await), (1, 0));
    assert!(one.endpoint().starts_with("http://127.0.0.1:"));
    assert_eq!(count(&super::table(one.endpoint(), TABLE_NAME)).await, 1);
}

#[tokio::test]
async fn the_indexes_are_there() {
    let database = Database::memory().await.unwrap();
    let table = database.table();
    let described = table.client().describe_table().table_name(table.name()).send().await.unwrap();
    assert_eq!(described.table().unwrap().global_secondary_indexes().len(), schema::Index::ALL.len());
}

#[tokio::test]
async fn a_file_keeps_its_rows_after_a_stop() {
    let folder = Folder::new("stop");
    for before in 0..3 {
        let database = Database::file(&folder.file()).await.unwrap();
        assert_eq!(count(&database.table()).await, before);
        put(&database.table(), before).await;
        let address = database.endpoint().trim_start_matches("http://").to_owned();
        database.stop().await.unwrap();
        assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the port is closed");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new("garbage");
    std::fs::create_dir_all(folder.file().parent().unwrap()).unwrap();
    std::fs::write(folder.file(), "certainly no database ".repeat(100)).unwrap();
    assert!(matches!(Database::file(&folder.file()).await, Err(DatabaseError::Open(_))));
}

const WRITER_FILE: &str = "TESTKIT_WRITER_FILE";

/// Not a test by itself: the process that [`a_killed_process_loses_nothing`] kills.
#[tokio::test]
async fn writer() {
    let Some(path) = std::env::var_os(WRITER_FILE) else { return };
    let database = Database::file(Path::new(&path)).await.unwrap();
    for number in 0.. {
        put(&database.table(), number).await;
        std::io::Write::write_all(&mut std::io::stdout(), format!("acknowledged {number}\n").as_bytes()).unwrap();
    }
}

#[tokio::test]
async fn a_killed_process_loses_nothing() {
    let folder = Folder::new("kill");
    let mut acknowledged = 0;
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "database::tests::writer", "--nocapture"])
        .env(WRITER_FILE, folder.file())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    for line in BufReader::new(writer.stdout.take().unwrap()).lines() {
        acknowledged += usize::from(line.unwrap().starts_with("acknowledged"));
        if acknowledged == 50 {
            // SIGKILL: no clean-up runs.
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    assert!(acknowledged >= 50);
    let database = Database::file(&folder.file()).await.unwrap();
    let kept = count(&database.table()).await;
    assert!(kept >= acknowledged, "{kept} of {acknowledged}");
}

/// Every type of value is read back unchanged, and by an index too.
#[tokio::test]
async fn loaded_rows_equal_rows_that_were_put() {
    let text = |text: &str| AttributeValue::S(text.into());
    let row = std::collections::HashMap::from([
        (schema::PK.to_owned(), text("TEST")),
        (schema::SK.to_owned(), text("000001")),
        (schema::Index::One.pk().to_owned(), text("INDEX")),
        (schema::Index::One.sk().to_owned(), text("1")),
        ("number".to_owned(), AttributeValue::N("7".into())),
        ("bytes".to_owned(), AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new([0, 255]))),
        ("nothing".to_owned(), AttributeValue::Null(true)),
        ("list".to_owned(), AttributeValue::L(vec![AttributeValue::Bool(true), AttributeValue::Ss(vec!["á".into()])])),
        ("map".to_owned(), AttributeValue::M([("inner".to_owned(), text("x"))].into())),
    ]);
    let (loaded, put) = (Database::memory().await.unwrap(), Database::memory().await.unwrap());
    loaded.load(std::slice::from_ref(&row)).unwrap();
    put.table.client().put_item().table_name(TABLE_NAME).set_item(Some(row.clone())).send().await.unwrap();
    for database in [loaded, put] {
        let query = database.table.client().query().table_name(TABLE_NAME).index_name(schema::Index::One.name());
        let query =
            query.key_condition_expression("#pk = :pk").expression_attribute_names("#pk", schema::Index::One.pk());
        let found = query.expression_attribute_values(":pk", text("INDEX")).send().await.unwrap();
        assert_eq!((found.items(), count(&database.table).await), ([row.clone()].as_slice(), 1));
    }
}

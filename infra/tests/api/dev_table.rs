//! Tests of `cargo dev table`: the environment file that it writes leads functions of another process to a table with
//! the demo data.

use crate::programs;
use platform::Settings;
use platform::dynamodb::local_table;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use store::Key;
use store::counter::Counter;
use testkit::test_app::TestError;

/// A process that is killed at the end of the test.
struct TableProcess(Child);

impl Drop for TableProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_environment_file_leads_to_the_demo_data() -> Result<(), TestError> {
    let data = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("table-{}", std::process::id()));
    let arguments = ["table", "--port", "0", "--data", data.to_str().ok_or("a path")?];
    let mut table = TableProcess(programs::dev().args(arguments).stdout(Stdio::piped()).spawn()?);
    let said = BufReader::new(table.0.stdout.take().ok_or("no output")?);
    // The line with "Ctrl-C" is printed when everything is ready.
    let said: Vec<String> = said.lines().map_while(Result::ok).take_while(|line| !line.contains("Ctrl-C")).collect();
    assert!(said.iter().any(|line| line.contains("lambda.env")), "{said:?}");

    let environment = std::fs::read_to_string(data.join("lambda.env"))?;
    let environment: BTreeMap<&str, &str> = environment.lines().filter_map(|line| line.split_once('=')).collect();
    let settings = Settings::from_lookup(|name| environment.get(name).map(|value| (*value).to_owned()))?;
    assert_eq!(settings.public_base_url.as_deref(), Some("http://127.0.0.1:9000"));
    // The console invokes the other functions at the same address.
    assert_eq!(environment.get("AWS_ENDPOINT_URL_LAMBDA"), Some(&"http://127.0.0.1:9000"));
    let names = environment.get("API_FUNCTIONS").ok_or("no functions")?;
    for function in console::api::FUNCTIONS {
        assert!(names.split(',').any(|name| name == format!("{function}={function}")), "{names}");
    }
    let endpoint = environment.get("AWS_ENDPOINT_URL_DYNAMODB").ok_or("no endpoint")?;
    let admins: Option<Counter> = local_table(endpoint, &settings.table_name).get(&Key::admins()).await?;
    assert!(admins.is_some(), "the demo data has no ADMIN");
    let platform::settings::SecretsSource::File(secrets) = settings.secrets else { return Err("no file".into()) };
    assert!(secrets.is_absolute() && secrets.is_file(), "{}", secrets.display());
    std::fs::remove_dir_all(data)?;
    Ok(())
}

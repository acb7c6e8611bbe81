//! The README does what it says: its walk-through is run as it stands, its tables are generated.

use crate::server::Server;
use std::process::Command;
use testkit::test_app::Trouble;

fn readme() -> Result<(String, String), Trouble> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    Ok((path.to_owned(), std::fs::read_to_string(path)?))
}

/// What stands between `<!-- name -->` and `<!-- /name -->`.
fn between<'a>(text: &'a str, name: &str) -> Result<&'a str, Trouble> {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).ok_or(format!("no <!-- {name} -->"))?;
    let (inside, _) = rest.split_once(&format!("<!-- /{name} -->")).ok_or(format!("no <!-- /{name} -->"))?;
    Ok(inside)
}

#[test]
fn its_tables_are_the_ones_that_the_code_makes() -> Result<(), Trouble> {
    hold(&[
        ("routes", dev::route_map::markdown()),
        ("settings", platform::settings::variables::markdown()),
        ("templates", dev::message_templates::markdown()),
        ("events", dev::domain_events::markdown()),
    ])
}

/// Units are computed from the sizes of items, and money from those: the same on every machine.
#[tokio::test]
async fn its_costs_are_the_ones_that_are_measured() -> Result<(), Trouble> {
    hold(&[("costs", dev::costs::money::markdown(&dev::costs::life::measure().await?))])
}

/// Holds what the code makes against what stands there, or puts it there.
fn hold(tables: &[(&str, String)]) -> Result<(), Trouble> {
    let (path, mut text) = readme()?;
    for (name, table) in tables {
        let committed = between(&text, name)?.to_owned();
        let table = format!("\n{}\n\n", table.trim());
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            text = text.replace(
                &format!("<!-- {name} -->\n{committed}<!-- /{name} -->"),
                &format!("<!-- {name} -->\n{table}<!-- /{name} -->"),
            );
            std::fs::write(&path, &text)?;
        } else {
            assert!(committed == table, "README's {name} are stale: run the test with UPDATE_GOLDEN=1");
        }
    }
    Ok(())
}

/// Whoever is called at night finds what it means and what to do.
#[test]
fn every_alarm_is_explained() -> Result<(), Trouble> {
    let template = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml"))?;
    let names = template.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix("Alarm:"));
    let names: Vec<String> = names.filter(|name| !name.starts_with(' ')).map(|name| format!("{name}Alarm")).collect();
    assert!(names.len() > 5, "they are found: {names:?}");
    let (_, readme) = readme()?;
    let missing: Vec<&String> = names.iter().filter(|name| !readme.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "README doesn't say what to do: {missing:?}");
    Ok(())
}

/// The files are run by `infra/checks/clients`.
#[test]
fn its_clients_are_the_ones_that_are_tried() -> Result<(), Trouble> {
    let (path, mut text) = readme()?;
    for (name, language) in [("example.ts", "ts"), ("example.py", "python")] {
        let file = std::fs::read_to_string(format!("{}/../clients/{name}", env!("CARGO_MANIFEST_DIR")))?;
        let block = format!("```{language}\n{file}```\n");
        let committed = between(&text, name)?.to_owned();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            text = text.replace(&committed, &block);
            std::fs::write(&path, &text)?;
        } else {
            assert!(committed == block, "README's {name} is stale: run the test with UPDATE_GOLDEN=1");
        }
    }
    Ok(())
}

#[test]
fn its_walk_through_can_be_pasted_from_top_to_bottom() -> Result<(), Trouble> {
    if Command::new("curl").arg("--version").output().is_err()
        || Command::new("bash").arg("-c").arg(":").output().is_err()
    {
        eprintln!("skipped: the walk-through needs bash and curl");
        return Ok(());
    }
    let (_, text) = readme()?;
    let script = between(&text, "walkthrough")?.trim().trim_start_matches("```sh").trim_end_matches("```").to_owned();
    let server = Server::start(&["--memory"])?;
    let output =
        Command::new("bash").args(["-eu", "-o", "pipefail", "-c", &script]).env("BASE", server.url()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{complained}");
    for expected in [
        "\"start_datetime\":\"2027-01-18T10:00:00-0",
        "\"code\":\"slot_taken\"",
        "{\"claimed\":1,\"sent\":1,\"unknown\":0,\"failed\":0,\"expired\":0}",
        "lunes 18 de enero a las 10:00",
        "\nCONFIRMED\n",
        "\"action\":\"confirm\",\"from_status\":\"PENDING\",\"to_status\":\"CONFIRMED\",\"actor\":{\"type\":\"patient\"",
    ] {
        assert!(said.contains(expected), "{expected} is missing in:\n{said}");
    }
    Ok(())
}

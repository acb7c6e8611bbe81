//! The documentation: its generated blocks are current, and the README's commands run as they stand.

use crate::contract::repository;
use crate::server::Server;
use std::path::Path;
use std::process::Command;
use testkit::test_app::Trouble;

const README: &str = "README.md";
const PAGES: &str = "infra/docs";
/// What a newcomer reads in one go, in bytes.
const LONGEST_README: usize = 12_000;
/// How paths of the repository begin where a page names one.
const FOLDERS: [&str; 5] = [".ci/", "events/", "functions/", "infra/", "shared/"];

/// A page between two markers: its file, the block's name, and what belongs there.
type Block = (&'static str, &'static str, String);

fn read(file: &str) -> Result<String, Trouble> {
    Ok(std::fs::read_to_string(repository(file)).map_err(|error| format!("{file}: {error}"))?)
}

/// README and every page of `infra/docs`, each with its text.
fn pages() -> Result<Vec<(String, String)>, Trouble> {
    let mut files = vec![README.to_owned()];
    for entry in std::fs::read_dir(repository(PAGES))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        files.extend(name.ends_with(".md").then(|| format!("{PAGES}/{name}")));
    }
    files.sort_unstable();
    files.into_iter().map(|file| Ok((file.clone(), read(&file)?))).collect()
}

/// The content between `<!-- name -->` and `<!-- /name -->`.
fn between<'a>(text: &'a str, name: &str) -> Result<&'a str, Trouble> {
    let (_, rest) = text.split_once(&format!("<!-- {name} -->\n")).ok_or(format!("no <!-- {name} -->"))?;
    let (inside, _) = rest.split_once(&format!("<!-- /{name} -->")).ok_or(format!("no <!-- /{name} -->"))?;
    Ok(inside)
}

/// The lines of a page outside of code blocks.
fn prose(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            lines.push(line);
        }
    }
    lines
}

/// The anchors of a page's headings, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The targets of a page's links that lead to files of the repository.
fn links(text: &str) -> Vec<String> {
    let targets = prose(text).into_iter().flat_map(|line| line.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

fn table(markdown: &str) -> String {
    format!("\n{}\n\n", markdown.trim())
}

/// Compares blocks with what the code makes, or rewrites them.
fn expect_current(blocks: &[Block]) -> Result<(), Trouble> {
    for (file, name, generated) in blocks {
        let text = read(file)?;
        let committed = between(&text, name).map_err(|error| format!("{file}: {error}"))?;
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let marked = |content: &str| format!("<!-- {name} -->\n{content}<!-- /{name} -->");
            std::fs::write(repository(file), text.replace(&marked(committed), &marked(generated)))?;
        } else {
            assert!(committed == generated, "{file}: {name} is stale: run the test with UPDATE_GOLDEN=1");
        }
    }
    Ok(())
}

#[test]
fn its_tables_are_the_ones_that_the_code_makes() -> Result<(), Trouble> {
    expect_current(&[
        ("infra/docs/routes.md", "routes", table(&dev::route_map::markdown())),
        ("infra/docs/events.md", "events", table(&dev::domain_events::markdown())),
        ("infra/docs/settings.md", "settings", table(&platform::settings::variables::markdown())),
        ("infra/docs/messaging.md", "templates", table(&dev::message_templates::markdown())),
    ])
}

/// Units are computed from the sizes of items, and money from those: the same on every machine.
#[tokio::test]
async fn its_costs_are_the_ones_that_are_measured() -> Result<(), Trouble> {
    let costs = lab::costs::money::markdown(&lab::costs::life::measure().await?);
    expect_current(&[("infra/docs/performance.md", "costs", table(&costs))])
}

/// The files are run by `infra/checks/clients`.
#[test]
fn its_clients_are_the_ones_that_are_tried() -> Result<(), Trouble> {
    let mut blocks: Vec<Block> = Vec::new();
    for (name, language) in [("example.ts", "ts"), ("example.py", "python")] {
        let example = read(&format!("infra/clients/{name}"))?;
        blocks.push(("infra/docs/clients.md", name, format!("```{language}\n{example}```\n")));
    }
    expect_current(&blocks)
}

#[test]
fn every_alarm_is_explained() -> Result<(), Trouble> {
    let template = read("template.yaml")?;
    let names = template.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix("Alarm:"));
    let names: Vec<String> = names.filter(|name| !name.starts_with(' ')).map(|name| format!("{name}Alarm")).collect();
    assert!(names.len() > 5, "they are found: {names:?}");
    let operations = read("infra/docs/operations.md")?;
    let missing: Vec<&String> = names.iter().filter(|name| !operations.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "infra/docs/operations.md doesn't explain {missing:?}");
    Ok(())
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() -> Result<(), Trouble> {
    let readme = read(README)?;
    assert!(readme.len() <= LONGEST_README, "README.md has {} bytes: the rest goes to {PAGES}", readme.len());
    for (page, _) in pages()? {
        assert!(page == README || links(&readme).contains(&page), "README.md has no link to {page}");
    }
    Ok(())
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() -> Result<(), Trouble> {
    let mut seen = 0;
    for (page, text) in pages()? {
        let folder = Path::new(&page).parent().ok_or("a page without a folder")?;
        for link in links(&text) {
            let (path, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let file = if path.is_empty() { page.clone() } else { folder.join(path).to_string_lossy().into_owned() };
            assert!(repository(&file).exists(), "{page}: the link {link} leads to no file");
            if !anchor.is_empty() && file.ends_with(".md") {
                let known = anchors(&read(&file)?);
                assert!(known.iter().any(|known| known == anchor), "{page}: the link {link} leads to no heading");
            }
            seen += 1;
        }
    }
    assert!(seen > 0, "no page has a link");
    Ok(())
}

/// A path in backticks is one of the repository, so that a moved file is noticed where it is named.
#[test]
fn every_file_that_is_named_exists() -> Result<(), Trouble> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let mut seen = 0;
    for (page, text) in pages()? {
        let lines = prose(&text);
        let quoted = lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2));
        for path in quoted.filter(|path| path.chars().all(is_plain)) {
            if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                assert!(repository(path).exists(), "{page}: there is no {path}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no page names a file");
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
    let text = read(README)?;
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

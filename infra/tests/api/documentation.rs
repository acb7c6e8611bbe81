//! Checks the documentation: its generated blocks are current, its links work, and the README's commands run as
//! written.

use crate::contract::repository_path;
use crate::dev_server::DevServer;
use std::path::Path;
use std::process::Command;
use testkit::test_app::TestError;

const README: &str = "README.md";
const PAGES: &str = "infra/docs";
/// In bytes.
const LONGEST_README: usize = 12_000;
/// Beginnings of texts in backticks that are paths of the repository.
const FOLDERS: [&str; 5] = [".ci/", "events/", "functions/", "infra/", "shared/"];

/// A generated block of a page: the file, the name in its markers, and the expected content.
type GeneratedBlock = (&'static str, &'static str, String);

fn read_file(file: &str) -> Result<String, TestError> {
    Ok(std::fs::read_to_string(repository_path(file)).map_err(|error| format!("{file}: {error}"))?)
}

/// The names and texts of README.md and of every page of `infra/docs`.
fn pages() -> Result<Vec<(String, String)>, TestError> {
    let mut files = vec![README.to_owned()];
    for entry in std::fs::read_dir(repository_path(PAGES))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        files.extend(name.ends_with(".md").then(|| format!("{PAGES}/{name}")));
    }
    files.sort_unstable();
    files.into_iter().map(|file| Ok((file.clone(), read_file(&file)?))).collect()
}

/// The content between `<!-- name -->` and `<!-- /name -->`.
fn marked_block<'a>(text: &'a str, name: &str) -> Result<&'a str, TestError> {
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

/// The anchors of a page's headings, by GitHub's rules.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose(text).into_iter().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| -> String {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// The targets of a page's links, except for external ones.
fn links(text: &str) -> Vec<String> {
    let targets = prose(text).into_iter().flat_map(|line| line.split("](").skip(1));
    let targets = targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
    targets.filter(|target| !target.contains("://")).collect()
}

fn table_block(markdown: &str) -> String {
    format!("\n{}\n\n", markdown.trim())
}

/// Compares blocks with the generated content, or rewrites them if `UPDATE_GOLDEN` is set.
fn expect_current(blocks: &[GeneratedBlock]) -> Result<(), TestError> {
    for (file, name, generated) in blocks {
        let text = read_file(file)?;
        let committed = marked_block(&text, name).map_err(|error| format!("{file}: {error}"))?;
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            let marked = |content: &str| format!("<!-- {name} -->\n{content}<!-- /{name} -->");
            std::fs::write(repository_path(file), text.replace(&marked(committed), &marked(generated)))?;
        } else {
            assert!(committed == generated, "{file}: {name} is stale: run the test with UPDATE_GOLDEN=1");
        }
    }
    Ok(())
}

#[test]
fn generated_tables_are_current() -> Result<(), TestError> {
    expect_current(&[
        ("infra/docs/routes.md", "routes", table_block(&dev::route_map::markdown())),
        ("infra/docs/events.md", "events", table_block(&dev::domain_events::markdown())),
        ("infra/docs/settings.md", "settings", table_block(&platform::settings::variables::markdown())),
        ("infra/docs/messaging.md", "templates", table_block(&dev::message_templates::markdown())),
    ])
}

/// Units are computed from item sizes, and prices from units, so that they are the same on every machine.
#[tokio::test]
async fn the_table_of_costs_is_current() -> Result<(), TestError> {
    let costs = lab::costs::money::markdown(&lab::costs::lifecycle::measure().await?);
    expect_current(&[("infra/docs/performance.md", "costs", table_block(&costs))])
}

/// `infra/checks/clients` runs these files.
#[test]
fn the_client_examples_are_current() -> Result<(), TestError> {
    let mut blocks: Vec<GeneratedBlock> = Vec::new();
    for (name, language) in [("example.ts", "ts"), ("example.py", "python")] {
        let example = read_file(&format!("infra/clients/{name}"))?;
        blocks.push(("infra/docs/clients.md", name, format!("```{language}\n{example}```\n")));
    }
    expect_current(&blocks)
}

#[test]
fn every_alarm_is_documented() -> Result<(), TestError> {
    let template = read_file("template.yaml")?;
    let names = template.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix("Alarm:"));
    let names: Vec<String> = names.filter(|name| !name.starts_with(' ')).map(|name| format!("{name}Alarm")).collect();
    assert!(names.len() > 5, "they are found: {names:?}");
    let operations = read_file("infra/docs/operations.md")?;
    let missing: Vec<&String> = names.iter().filter(|name| !operations.contains(&format!("| `{name}` |"))).collect();
    assert!(missing.is_empty(), "infra/docs/operations.md doesn't explain {missing:?}");
    Ok(())
}

#[test]
fn the_readme_is_short_and_links_to_every_page() -> Result<(), TestError> {
    let readme = read_file(README)?;
    assert!(readme.len() <= LONGEST_README, "README.md has {} bytes: the rest goes to {PAGES}", readme.len());
    for (page, _) in pages()? {
        assert!(page == README || links(&readme).contains(&page), "README.md has no link to {page}");
    }
    Ok(())
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() -> Result<(), TestError> {
    let mut seen = 0;
    for (page, text) in pages()? {
        let folder = Path::new(&page).parent().ok_or("a page without a folder")?;
        for link in links(&text) {
            let (path, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let file = if path.is_empty() { page.clone() } else { folder.join(path).to_string_lossy().into_owned() };
            assert!(repository_path(&file).exists(), "{page}: the link {link} leads to no file");
            if !anchor.is_empty() && file.ends_with(".md") {
                let known = anchors(&read_file(&file)?);
                assert!(known.iter().any(|known| known == anchor), "{page}: the link {link} leads to no heading");
            }
            seen += 1;
        }
    }
    assert!(seen > 0, "no page has a link");
    Ok(())
}

/// A path in backticks must exist, so that a page that names a moved file is found.
#[test]
fn every_path_in_backticks_exists() -> Result<(), TestError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    let mut seen = 0;
    for (page, text) in pages()? {
        let lines = prose(&text);
        let quoted = lines.iter().flat_map(|line| line.split('`').skip(1).step_by(2));
        for path in quoted.filter(|path| path.chars().all(is_plain)) {
            if FOLDERS.iter().any(|folder| path.starts_with(folder)) {
                assert!(repository_path(path).exists(), "{page}: there is no {path}");
                seen += 1;
            }
        }
    }
    assert!(seen > 0, "no page names a file");
    Ok(())
}

#[test]
fn the_readmes_walk_through_runs_as_one_script() -> Result<(), TestError> {
    if Command::new("curl").arg("--version").output().is_err()
        || Command::new("bash").arg("-c").arg(":").output().is_err()
    {
        eprintln!("skipped: the walk-through needs bash and curl");
        return Ok(());
    }
    let text = read_file(README)?;
    let script =
        marked_block(&text, "walkthrough")?.trim().trim_start_matches("```sh").trim_end_matches("```").to_owned();
    let server = DevServer::start(&["--memory"])?;
    let output =
        Command::new("bash").args(["-eu", "-o", "pipefail", "-c", &script]).env("BASE", server.url()).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{errors}");
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

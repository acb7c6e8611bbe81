//! No modules of `shared/app` use one another in a circle, so that each can be read, and changed, on top of those below
//! it. Read from the sources: `use` declarations and written-out paths, without comments and unit tests.
//!
//! That a module declares its submodules doesn't count, nor that it re-exports their names without using them. A path to
//! a re-exported name leads to the module that defines it. A method that a module adds to the type of another one
//! isn't seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The code of each module, by its path in the crate. The crate's root is the empty path.
type Sources = BTreeMap<Vec<String>, String>;

/// A module, and the modules that it uses.
type Graph = BTreeMap<Vec<String>, BTreeSet<Vec<String>>>;

fn read_sources(folder: &Path, module: &[String], sources: &mut Sources) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let mut inner = module.to_vec();
        if path.is_dir() {
            inner.push(name.to_owned());
            read_sources(&path, &inner, sources);
        } else if !name.ends_with("tests") {
            inner.extend((!["lib", "mod"].contains(&name)).then(|| name.to_owned()));
            sources.insert(inner, code(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// A source text without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    text.lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// Adds the paths of a `use` tree.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let (head, group) = tree.split_once('{').map_or((tree, None), |(head, rest)| (head, rest.rsplit_once('}')));
    let segments = head.split(" as ").next().unwrap().split("::").map(str::trim).filter(|segment| !segment.is_empty());
    let path: Vec<String> = prefix.iter().cloned().chain(segments.map(str::to_owned)).collect();
    let Some((group, _)) = group else { return paths.push(path) };
    let mut depth = 0;
    let parts = group.split(|character| {
        depth += i32::from(character == '{') - i32::from(character == '}');
        character == ',' && depth == 0
    });
    for part in parts.filter(|part| !part.trim().is_empty()) {
        expand(&path, part, paths);
    }
}

/// The paths that a module's code uses, and the paths that it re-exports.
fn paths_of(code: &str) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    let (mut used, mut exported, mut rest) = (Vec::new(), Vec::new(), String::new());
    let mut lines = code.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let declared =
            line.split_once("use ").filter(|(before, _)| ["", "pub ", "pub(crate) ", "pub(super) "].contains(before));
        let Some((visibility, tree)) = declared else {
            rest = rest + line + "\n";
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.ends_with(';') {
            tree.push_str(lines.next().unwrap());
        }
        let paths = if visibility.is_empty() { &mut used } else { &mut exported };
        expand(&[], tree.trim_end_matches(';'), paths);
    }
    let words = rest.split(|character: char| !character.is_alphanumeric() && !"_:".contains(character));
    let words: Vec<Vec<String>> = words.map(|word| word.split("::").map(str::to_owned).collect()).collect();
    let names: BTreeSet<&String> = words.iter().flatten().collect();
    used.extend(exported.iter().filter(|path| path.last().is_some_and(|name| names.contains(name))).cloned());
    used.extend(words.into_iter().filter(|path| path.len() > 1));
    (used, exported)
}

/// A path from the crate's root. `None` for one that leads out of the crate.
fn from_root(sources: &Sources, module: &[String], path: &[String]) -> Option<Vec<String>> {
    let up = path.iter().take_while(|segment| *segment == "super").count();
    let base = match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "super" => &module[..module.len() - up],
        "self" => return Some([module, &path[1..]].concat()),
        child if sources.contains_key(&[module, &[child.to_owned()]].concat()) => module,
        _ => return None,
    };
    Some([base, &path[up..]].concat())
}

fn graph(sources: &Sources) -> Graph {
    let mut exports = BTreeMap::new();
    let mut paths = BTreeMap::new();
    for (module, code) in sources {
        let (used, exported) = paths_of(code);
        paths.insert(module, used);
        for path in exported {
            let name = path.last().cloned().unwrap();
            exports.extend(from_root(sources, module, &path).map(|target| ([&module[..], &[name]].concat(), target)));
        }
    }
    let defined_in = |path: Vec<String>| {
        let mut path = path;
        loop {
            let known = (0..=path.len()).rev().find(|length| sources.contains_key(&path[..*length])).unwrap();
            match path.get(..=known).and_then(|name| exports.get(name)) {
                Some(target) => path = [&target[..], &path[known + 1..]].concat(),
                None => return path[..known].to_vec(),
            }
        }
    };
    let uses = |module: &Vec<String>, paths: Vec<Vec<String>>| {
        let found = paths.iter().filter_map(|path| from_root(sources, module, path)).map(defined_in);
        found.filter(|used| used != module).collect()
    };
    paths.into_iter().map(|(module, paths)| (module.clone(), uses(module, paths))).collect()
}

fn reachable(graph: &Graph, from: &Vec<String>) -> BTreeSet<Vec<String>> {
    let (mut found, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        open.extend(graph[module].iter().filter(|used| found.insert((*used).clone())));
    }
    found
}

/// The uses by which modules form circles.
fn circles(sources: &Sources) -> BTreeSet<String> {
    let graph = graph(sources);
    let name = |module: &[String]| format!("crate::{}", module.join("::"));
    let edges = graph.iter().flat_map(|(module, used)| used.iter().map(move |used| (module, used)));
    let circular = edges.filter(|(module, used)| reachable(&graph, used).contains(*module));
    circular.map(|(module, used)| format!("{} uses {}", name(module), name(used))).collect()
}

#[test]
fn no_modules_use_one_another_in_a_circle() {
    let mut sources = Sources::new();
    read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/app/src"), &[], &mut sources);
    let uses: usize = graph(&sources).values().map(BTreeSet::len).sum();
    assert!(sources.len() > 80 && uses > 400, "{} modules with {uses} uses: this reads the wrong place", sources.len());
    let circles = circles(&sources);
    assert!(circles.is_empty(), "move what these modules share into a module below both: {circles:#?}");
}

#[test]
fn a_circle_is_found_through_groups_written_out_paths_and_re_exports() {
    let sources = |of: &[(&str, &str)]| -> Sources {
        let module = |path: &str| path.split("::").filter(|segment| !segment.is_empty()).map(str::to_owned).collect();
        of.iter().map(|(path, text)| (module(path), code(text))).collect()
    };
    let mut all = sources(&[
        ("", "pub mod a;\npub use a::low::{\n    App,\n};"),
        ("a", "//! Uses [`super::b`].\npub mod low;\npub mod high;\npub use high::act;"),
        ("a::low", "pub struct App;\n#[cfg(test)]\nmod tests { use crate::b; }"),
        ("a::high", "use super::low::App;\nuse std::{fmt, io::{self, Read}};"),
        ("b", "use crate::{App, a::{act, low}};"),
    ]);
    assert_eq!(circles(&all), BTreeSet::new());
    all.extend(sources(&[("a::high", "pub fn act() { crate::b::other() }")]));
    let expected = ["crate::a::high uses crate::b", "crate::b uses crate::a::high"].map(str::to_owned);
    assert_eq!(circles(&all), expected.into());
    all.extend(sources(&[("a::high", "use super::act_here;"), ("a", "pub use high::act;\nfn act_here() { act() }")]));
    let expected = ["crate::a uses crate::a::high", "crate::a::high uses crate::a"].map(str::to_owned);
    assert_eq!(circles(&all), expected.into());
}

//! `events/`: every function has a payload to be called with. Whether each is answered as it should
//! be is shown by replaying them.

use super::template::Template;
use super::{folders, repository};
use crate::difference::assert_same;
use serde_json::Value;

/// The files of `events/`, by their names without the ending, with what is in them.
pub(crate) fn payloads() -> Vec<(String, Value)> {
    let files = std::fs::read_dir(repository("events")).unwrap().map(|entry| entry.unwrap().path());
    let mut payloads: Vec<(String, Value)> = files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let name = name.strip_suffix(".json").unwrap_or_else(|| panic!("events/{name} is no .json"));
            let text = std::fs::read_to_string(&path).unwrap();
            (name.to_owned(), serde_json::from_str(&text).unwrap_or_else(|error| panic!("events/{name}: {error}")))
        })
        .collect();
    payloads.sort_by(|(a, _), (b, _)| a.cmp(b));
    payloads
}

#[test]
fn every_function_has_a_payload_and_every_payload_a_function() {
    let named = payloads().into_iter().map(|(name, _)| name.split('.').next().unwrap_or_default().to_owned());
    assert_same("events/", named, "functions/", folders());
}

/// API Gateway names the route in the event; a payload with another one is none that it would send.
#[test]
fn the_route_in_a_payload_is_one_of_its_function() {
    let template = Template::read();
    let mut seen = 0;
    for (name, event) in payloads() {
        let Some(resource) = event["resource"].as_str() else { continue };
        let function =
            template.functions().into_iter().find(|function| name.starts_with(&format!("{}.", function.folder())));
        let routes = function.unwrap().routes();
        let known = routes.iter().any(|route| route.path == resource && event["httpMethod"] == route.method.as_str());
        assert!(known, "events/{name}.json: {} {resource} is no route of its function", event["httpMethod"]);
        seen += 1;
    }
    assert!(seen > 0, "no payload is of a REST API");
}

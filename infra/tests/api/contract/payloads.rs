//! Checks that every function has a payload in `events/`. Whether the payloads work is tested by `events`, which
//! replays them.

use super::function_binaries;
use crate::list_comparison::assert_same;
use crate::payload;
use serde_json::json;
use testkit::template::DeploymentTemplate;

#[test]
fn every_function_has_a_payload_and_every_payload_a_function() {
    let named = payload::names().into_iter().map(|name| payload::function(&name).to_owned());
    assert_same("events/", named, "functions/", function_binaries());
}

#[test]
fn the_cold_start_of_every_function_is_measured() {
    let measured = lab::bench::cold_start::functions().map(str::to_owned);
    assert_same("bench::cold_start", measured, "functions/", function_binaries());
}

/// API Gateway names the route in the event, so a payload must name a route of its function.
#[test]
fn the_route_in_a_payload_is_one_of_its_function() {
    let template = DeploymentTemplate::read().unwrap();
    let mut seen = 0;
    for name in payload::names() {
        let event = payload::json(&name);
        let Some(resource) = event["resource"].as_str() else { continue };
        let (method, path) = (event["httpMethod"].as_str().unwrap(), event["path"].as_str().unwrap());
        let (function, route) = template.resolve(method, path).unwrap_or_else(|| panic!("events/{name}.json: {path}"));
        assert_eq!((function.folder().as_str(), route.path.as_str()), (payload::function(&name), resource), "{name}");
        assert_eq!(event["requestContext"]["resourcePath"].as_str(), Some(resource), "{name}");
        let below = resource.strip_suffix("{proxy+}").and_then(|prefix| path.strip_prefix(prefix));
        let below = below.map(|below| json!({ "proxy": below.trim_end_matches('/') }));
        assert_eq!(event["pathParameters"], below.unwrap_or_default(), "{name}");
        seen += 1;
    }
    assert!(seen > 0, "no payload is of a REST API");
}

//! `events/`: every function has a payload to be called with. Whether each is answered as it should
//! be is shown by replaying them.

use super::programs;
use crate::difference::assert_same;
use crate::payload;
use testkit::template::Template;

#[test]
fn every_function_has_a_payload_and_every_payload_a_function() {
    let named = payload::names().into_iter().map(|name| payload::function(&name).to_owned());
    assert_same("events/", named, "functions/", programs());
}

#[test]
fn every_program_is_measured_when_it_starts() {
    let measured = lab::bench::cold_start::functions().map(str::to_owned);
    assert_same("bench::cold_start", measured, "functions/", programs());
}

/// API Gateway names the route in the event; a payload with another one is none that it would send.
#[test]
fn the_route_in_a_payload_is_one_of_its_function() {
    let template = Template::read().unwrap();
    let mut seen = 0;
    for name in payload::names() {
        let event = payload::json(&name);
        let Some(resource) = event["resource"].as_str() else { continue };
        let functions = template.functions();
        let function = functions.iter().find(|function| function.folder() == payload::function(&name));
        let routes = function.map(|function| function.routes()).unwrap_or_default();
        let known = routes.iter().any(|route| route.path == resource && event["httpMethod"] == route.method.as_str());
        assert!(known, "events/{name}.json: {} {resource} is no route of its function", event["httpMethod"]);
        seen += 1;
    }
    assert!(seen > 0, "no payload is of a REST API");
}

//! Compares the time-outs of the functions behind the API with `app::support::timeouts`.

use app::support::timeouts::{API_FUNCTION, CONSOLE_FUNCTION, GATEWAY, WEBHOOK_FUNCTION};
use testkit::template::{DeploymentTemplate, at};

#[test]
fn functions_behind_the_api_have_the_time_outs_of_the_table() {
    let template = DeploymentTemplate::read().unwrap();
    let common = template.at(&["Globals", "Function", "Timeout"]);
    let functions = template.functions();
    let behind_the_api: Vec<_> = functions.iter().filter(|function| !function.routes().is_empty()).collect();
    assert!(behind_the_api.len() > 8, "the routes were read");
    for function in behind_the_api {
        let own = at(function.resource, &["Properties", "Timeout"]);
        let seconds = if own.is_null() { common } else { own }.as_i64();
        let wanted = match function.folder().as_str() {
            "webhook" => WEBHOOK_FUNCTION,
            "console" => CONSOLE_FUNCTION,
            _ => API_FUNCTION,
        };
        assert_eq!(seconds, Some(wanted.num_seconds()), "{}", function.logical_id);
        assert!(wanted < GATEWAY);
    }
}

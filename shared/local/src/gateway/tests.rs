use super::*;
use http::StatusCode;
use http_body_util::Full;
use lambda_http::request::RequestContext;
use serde_json::{Value, json};
use std::convert::Infallible;

/// A function that returns what it got.
fn echo(name: &'static str) -> BoxedFunction {
    boxed_function(service_fn(move |request: lambda_http::Request| async move {
        let context = request.lambda_context();
        assert!(context.deadline > 0 && !context.request_id.is_empty());
        let (source_ip, request_id) = match request.request_context() {
            RequestContext::ApiGatewayV1(context) => (context.identity.source_ip, context.request_id),
            RequestContext::ApiGatewayV2(context) => (context.http.source_ip, context.request_id),
            _ => (None, None),
        };
        let body = match request.body() {
            lambda_http::Body::Empty => json!(null),
            lambda_http::Body::Text(text) => json!({ "text": text }),
            lambda_http::Body::Binary(bytes) => json!({ "binary": bytes }),
            _ => json!("another kind"),
        };
        let query = request.query_string_parameters();
        let headers =
            |name| request.headers().get_all(name).iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>();
        let seen = json!({
            "function": name,
            "method": request.method().as_str(),
            "uri": request.uri().to_string(),
            "raw_path": request.raw_http_path(),
            "a": query.all("a").unwrap_or_default(),
            "source_ip": source_ip,
            "has_request_id": request_id.is_some_and(|id| !id.is_empty()),
            "x": headers("x-test"),
            "cookie": headers("cookie"),
            "forwarded": headers("x-forwarded-for"),
            "body": body,
        });
        let response = Response::builder().status(201).header("x-function", name);
        Ok::<_, Infallible>(response.body(Full::new(Bytes::from(seen.to_string()))).unwrap())
    }))
}

fn gateway(format: Format) -> Gateway {
    let routes = [("/api/patients", "patients"), ("/api/patients/search/", "search"), ("/api/doctors", "doctors")];
    Gateway::new(routes.map(|(prefix, name)| (prefix.to_owned(), echo(name))).into(), format)
}

fn get(uri: &str) -> Request<Bytes> {
    Request::builder().uri(uri).header("host", "127.0.0.1:8000").body(Bytes::new()).unwrap()
}

fn post(media_type: &str, body: &'static [u8]) -> Request<Bytes> {
    let mut request = get("/api/patients/");
    *request.method_mut() = http::Method::POST;
    request.headers_mut().insert("content-type", media_type.parse().unwrap());
    *request.body_mut() = Bytes::from_static(body);
    request
}

async fn seen(format: Format, request: Request<Bytes>) -> Value {
    let response = gateway(format).call(request).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert!(response.headers().contains_key("x-function"));
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn the_longest_prefix_of_whole_segments_wins() {
    for (path, function) in [
        ("/api/patients", "patients"),
        ("/api/patients/", "patients"),
        ("/api/patients/1/", "patients"),
        ("/api/patients/search", "search"),
        ("/api/patients/search/?a=1", "search"),
        ("/api/patients/searching/", "patients"),
        ("/api/doctors/1/", "doctors"),
    ] {
        assert_eq!(seen(Format::Rest, get(path)).await["function"], function, "{path}");
    }
    for path in ["/", "/api", "/api/patientsx", "/patients/"] {
        let response = gateway(Format::Rest).call(get(path)).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let problem: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!((&problem["code"], &problem["status"]), (&json!("not_found"), &json!(404)));
        assert_eq!(problem["instance"], response.headers()["x-request-id"].to_str().unwrap());
    }
}

#[tokio::test]
async fn a_rest_event_has_its_stage_outside_the_path() {
    let seen = seen(Format::Rest, get("/api/patients/?a=1%202&a=b+c&a=%26")).await;
    assert_eq!(seen["raw_path"], "/api/patients/");
    assert_eq!(seen["a"], json!(["1 2", "b c", "&"]));
    assert_eq!(seen["source_ip"], "127.0.0.1");
    assert_eq!(seen["has_request_id"], true);
    assert_eq!(seen["body"], json!(null));
    assert!(seen["uri"].as_str().unwrap().starts_with("http://127.0.0.1:8000/prod/api/patients/?"), "{seen}");
}

#[tokio::test]
async fn an_http_event_has_the_query_as_it_came() {
    let seen = seen(Format::Http, get("/api/patients/?a=1%202&a=b+c")).await;
    assert_eq!(seen["uri"], "http://127.0.0.1:8000/api/patients/?a=1%202&a=b+c");
    assert_eq!(seen["raw_path"], "/api/patients/");
    assert_eq!(seen["a"], json!(["1 2", "b c"]));
    assert_eq!((&seen["source_ip"], &seen["has_request_id"]), (&json!("127.0.0.1"), &json!(true)));
}

#[tokio::test]
async fn bodies_are_text_or_base64_by_format() {
    const FORM: &str = "application/x-www-form-urlencoded";
    for (format, media_type, body, expected) in [
        (Format::Rest, "application/json", b"{}".as_slice(), json!({"binary": [123, 125]})),
        (Format::Rest, FORM, b"a=1", json!({"binary": [97, 61, 49]})),
        (Format::Rest, FORM, b"\xff", json!({"binary": [255]})),
        (Format::Rest, FORM, b"", json!(null)),
        (Format::Http, "application/json; charset=utf-8", b"{}", json!({"text": "{}"})),
        (Format::Http, FORM, b"a=1", json!({"binary": [97, 61, 49]})),
        (Format::Http, "application/json", b"\xff", json!({"binary": [255]})),
        (Format::Http, FORM, b"", json!(null)),
    ] {
        assert_eq!(seen(format, post(media_type, body)).await["body"], expected, "{format:?} {media_type}");
    }
}

#[tokio::test]
async fn repeated_headers_are_passed_by_format() {
    let mut request = get("/api/patients/");
    for value in ["one", "two"] {
        request.headers_mut().append("x-test", value.parse().unwrap());
    }
    request.headers_mut().insert("cookie", "a=1; b=2".parse().unwrap());
    request.headers_mut().insert("x-forwarded-for", "203.0.113.7".parse().unwrap());
    request.headers_mut().insert("x-forwarded-proto", "no scheme at all".parse().unwrap());
    request.extensions_mut().insert("192.0.2.1:5000".parse::<SocketAddr>().unwrap());
    let again = || {
        let mut copy = get("/api/patients/");
        copy.headers_mut().clone_from(request.headers());
        copy.extensions_mut().clone_from(request.extensions());
        copy
    };
    let http = seen(Format::Http, again()).await;
    assert_eq!((&http["x"], &http["cookie"]), (&json!(["one,two"]), &json!(["a=1; b=2"])));
    let rest = seen(Format::Rest, again()).await;
    // In Lambda's runtime the single-valued headers win.
    assert_eq!((&rest["x"], &rest["cookie"]), (&json!(["two"]), &json!(["a=1; b=2"])));
    for seen in [http, rest] {
        assert_eq!(seen["forwarded"], json!(["203.0.113.7, 192.0.2.1"]));
        assert_eq!(seen["source_ip"], "192.0.2.1");
    }
}

#[tokio::test]
async fn a_request_that_no_function_could_parse_is_rejected() {
    for host in ["exa mple", "999.1.1.1", "a..b", "xn--a", "host:port", "[::1", ""] {
        for format in [Format::Rest, Format::Http] {
            let mut request = get("/api/patients/");
            request.headers_mut().insert("host", host.parse().unwrap());
            let response = gateway(format).call(request).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{host}");
        }
    }
    for host in ["localhost", "localhost:8000", "citas.example.com", "[::1]:8000", "[::1]", "192.0.2.1"] {
        let mut request = get("/api/patients/");
        request.headers_mut().insert("host", host.parse().unwrap());
        seen(Format::Http, request).await;
    }
    let long = format!("/api/patients/?a={}", "1".repeat(9000));
    assert_eq!(gateway(Format::Rest).call(get(&long)).await.status(), StatusCode::URI_TOO_LONG);
    let mut star = get("/api/patients/");
    *star.uri_mut() = http::Uri::from_static("*");
    assert_eq!(gateway(Format::Http).call(star).await.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_function_that_fails_is_a_bad_gateway() {
    let failing = boxed_function(service_fn(async |_: lambda_http::Request| Err::<Response<Full<Bytes>>, _>("why")));
    let panicking = boxed_function(service_fn(
        async |request: lambda_http::Request| -> Result<Response<Full<Bytes>>, Infallible> {
            panic!("at {}", request.uri().path())
        },
    ));
    let routes = vec![("/failing".to_owned(), failing), ("/panicking".to_owned(), panicking)];
    let gateway = Gateway::new(routes, Format::Rest);
    for path in ["/failing", "/panicking"] {
        let response = gateway.call(get(path)).await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        assert!(!String::from_utf8_lossy(response.body()).contains("why"));
    }
}

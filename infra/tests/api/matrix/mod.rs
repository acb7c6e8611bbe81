//! The access matrix: calls every operation as every kind of caller, about resources of the caller's own clinic and of
//! another one. The answers are a snapshot for review. What must never be in it is asserted too, so that accepting a
//! changed snapshot can't hide it.
//!
//! The operations come from the OpenAPI document. Their example calls are in [`calls`]; the test fails for an operation
//! without one. Every bad token of [`callers::bad_tokens`] is tried too.

mod callers;
mod calls;
mod fixture;
mod lost_answers;

use crate::openapi_document::{ApiOperation, operations};
use callers::CallerKind;
use calls::ApiCall;
use fixture::{ClinicSide, MatrixFixture};
use std::fmt::Write as _;
use testkit::test_app::TestResponse;

/// The result of one call.
struct AccessCell {
    status: u16,
    /// The code of a refusal, unless the status implies it, and the fields that it names.
    why: String,
    /// Whether the answer contains the expected id; `None` if none is expected.
    shown: Option<bool>,
}

impl AccessCell {
    fn of(answer: &TestResponse, call: &ApiCall) -> Self {
        let code = answer.code();
        let is_plain = matches!(code.as_str(), "not_authenticated" | "permission_denied" | "not_found");
        let fields: Vec<_> = answer.body["errors"].as_object().into_iter().flat_map(|errors| errors.keys()).collect();
        let why = match (is_plain, fields.as_slice()) {
            (true, _) => String::new(),
            (false, []) => code,
            (false, fields) => {
                format!("{code}({})", fields.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(","))
            }
        };
        let text = answer.body.to_string();
        let shown = call.shows.as_ref().map(|id| text.contains(id.as_str()));
        Self { status: answer.status.as_u16(), why, shown }
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn text(&self) -> String {
        let sight = if self.is_success() && self.shown == Some(false) { "hidden" } else { "" };
        let parts = [self.status.to_string(), self.why.clone(), sight.to_owned()];
        parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// `INSTA_UPDATE=always cargo test -p tests --test api matrix` accepts a changed table; review the diff.
#[tokio::test]
async fn every_caller_calls_every_operation() {
    let fixture = MatrixFixture::new().await;
    let mut wrong = Vec::new();
    let mut table = String::from(LEGEND);
    let names = CallerKind::ALL.map(CallerKind::name);
    writeln!(
        table,
        "{:<62}  {:<10}  {}",
        "",
        "bad token",
        names.map(|name| format!("{name:<32}")).join("  ").trim_end()
    )
    .unwrap();
    for operation in operations() {
        let mut row = format!("{:<6} {:<55}  ", operation.method, operation.path);
        let mut calls = OperationCalls { fixture: &fixture, operation: &operation, ready: [None, None] };
        write!(row, "{:<10}", call_with_bad_tokens(&mut calls, &mut wrong).await).unwrap();
        for caller in CallerKind::ALL {
            write!(row, "  {:<32}", call_as(&mut calls, caller, &mut wrong).await).unwrap();
        }
        writeln!(table, "{}", row.trim_end()).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(table);
}

const LEGEND: &str = "\
Cells: the result of a call about the first clinic / about the second one; only one if no clinic is involved.
`hidden`: a list without the other clinic's row.
operator, clinic_admin: an OPERATOR and an ADMIN of the first clinic. other_operator: an OPERATOR of the second. admin: an ADMIN of all.

";

/// The calls of an operation, one about each clinic. A call that has changed its resource isn't reused.
struct OperationCalls<'a> {
    fixture: &'a MatrixFixture,
    operation: &'a ApiOperation,
    ready: [Option<ApiCall>; 2],
}

impl OperationCalls<'_> {
    /// Sends the call about a clinic. Returns the call and the answer.
    async fn send(&mut self, side: &ClinicSide, token: Option<&str>) -> (ApiCall, TestResponse) {
        let index = usize::from(!side.is_first);
        let call = match self.ready[index].take() {
            Some(call) => call,
            None => calls::example_call(self.fixture, self.operation, side).await,
        };
        if let (Some((path, body)), Some(token)) = (&call.before, token) {
            let client = self.fixture.setup.app.with_token(token);
            client.post(path, body).await.unwrap();
        }
        let answer = self.fixture.send(self.operation, &call, token).await;
        if self.operation.method == "GET" || !answer.status.is_success() {
            self.ready[index] = Some(call.clone());
        }
        (call, answer)
    }
}

/// Calls with every bad token. Each gets the expected 401, unless the operation is public.
async fn call_with_bad_tokens(calls: &mut OperationCalls<'_>, wrong: &mut Vec<String>) -> String {
    let (fixture, operation) = (calls.fixture, calls.operation);
    let is_public = operation.access() == "public";
    let mut statuses = Vec::new();
    for bad_token in &fixture.bad_tokens {
        let (_, answer) = calls.send(&fixture.first, bad_token.token.as_deref()).await;
        let got = (answer.status.as_u16(), answer.code());
        let wanted = (401, bad_token.code.to_owned());
        if (got == wanted) == is_public {
            wrong.push(format!("{} with a bad token ({}): {got:?}", route_name(operation), bad_token.what));
        }
        statuses.push(answer.status.as_u16());
    }
    statuses.dedup();
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

/// Calls as this caller, about each clinic.
async fn call_as(calls: &mut OperationCalls<'_>, caller: CallerKind, wrong: &mut Vec<String>) -> String {
    let (fixture, operation) = (calls.fixture, calls.operation);
    let mut cells = Vec::new();
    for side in [&fixture.first, &fixture.second] {
        // Operations on the own account can end the session.
        let token = if operation.access() == "own" { fixture.fresh_token(caller).await } else { fixture.token(caller) };
        let (call, answer) = calls.send(side, Some(&token)).await;
        let cell = AccessCell::of(&answer, &call);
        if !is_allowed_outcome(operation, caller, side, &call, &cell) {
            wrong.push(format!("{} by {} about {}: {answer:?}", route_name(operation), caller.name(), side.name));
        }
        cells.push(cell.text());
        if !call.has_clinic {
            break;
        }
    }
    cells.join(" / ")
}

/// Whether the result is permissible at all, whatever the snapshot says.
fn is_allowed_outcome(
    operation: &ApiOperation,
    caller: CallerKind,
    side: &ClinicSide,
    call: &ApiCall,
    cell: &AccessCell,
) -> bool {
    let is_admin = matches!(caller, CallerKind::Admin | CallerKind::ClinicAdmin);
    let is_theirs = !call.has_clinic || caller.sees(side);
    match operation.access() {
        "admin" if !is_admin => cell.status == 403,
        "admin_of_all" if caller != CallerKind::Admin => cell.status == 403,
        "public" => true,
        // 409 is a business rule (a resource is in use, for example), independent of the caller.
        _ if is_theirs => cell.is_success() && cell.shown != Some(false) || cell.status == 409,
        // Resources of other clinics must not be visible by id, in a list or in a body.
        _ if cell.is_success() => cell.shown == Some(false),
        _ => matches!(cell.status, 400 | 404 | 409) && cell.shown != Some(true),
    }
}

fn route_name(operation: &ApiOperation) -> String {
    format!("{} {}", operation.method, operation.path)
}

//! Who gets what, where: every operation of the document, called by everybody, on things of the
//! caller's own clinic and of another one. The answers are one table for people to review; what the
//! table must never say is asserted besides, so that taking over a changed table can't hide it.
//!
//! The operations come from the document. How one is called stands in [`calls`]; one without an entry
//! there fails this test. A bad token is tried in every way of [`people::forgeries`].

mod calls;
mod lost_answers;
mod people;
mod stage;

use crate::document::{Operation, operations};
use calls::Call;
use people::Person;
use stage::{Side, Stage};
use std::fmt::Write as _;
use testkit::test_app::Answer;

/// What somebody got.
struct Cell {
    status: u16,
    /// The code of a refusal that isn't plain from its status, with the fields that it names.
    why: String,
    /// Whether what the call is about was shown; `None` where nothing is looked for.
    shown: Option<bool>,
}

impl Cell {
    fn of(answer: &Answer, call: &Call) -> Self {
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

/// `INSTA_UPDATE=always cargo test -p tests --test api matrix` takes over what has changed; the diff is
/// what a reviewer has to agree with.
#[tokio::test]
async fn everybody_calls_everything() {
    let stage = Stage::set().await;
    let mut wrong = Vec::new();
    let mut table = String::from(LEGEND);
    let heads = Person::ALL.map(Person::name);
    writeln!(
        table,
        "{:<62}  {:<10}  {}",
        "",
        "bad token",
        heads.map(|head| format!("{head:<32}")).join("  ").trim_end()
    )
    .unwrap();
    for operation in operations() {
        let mut row = format!("{:<6} {:<55}  ", operation.method, operation.path);
        let mut calls = Calls { stage: &stage, operation: &operation, ready: [None, None] };
        write!(row, "{:<10}", refuse_forgeries(&mut calls, &mut wrong).await).unwrap();
        for person in Person::ALL {
            write!(row, "  {:<32}", by(&mut calls, person, &mut wrong).await).unwrap();
        }
        writeln!(table, "{}", row.trim_end()).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    insta::assert_snapshot!(table);
}

const LEGEND: &str = "\
Cells: what a call about the first clinic got / what one about the second got; one where no clinic matters.
`hidden`: a list in which the other clinic's row isn't.
operator, chief: an OPERATOR and an ADMIN of the first clinic. stranger: an OPERATOR of the second. admin: of all.

";

/// The calls of an operation, one about each clinic. What a call changed isn't called again.
struct Calls<'a> {
    stage: &'a Stage,
    operation: &'a Operation,
    ready: [Option<Call>; 2],
}

impl Calls<'_> {
    /// Sends the call about a side. Answers it, too.
    async fn send(&mut self, side: &Side, token: Option<&str>) -> (Call, Answer) {
        let place = usize::from(!side.is_first);
        let call = match self.ready[place].take() {
            Some(call) => call,
            None => calls::call(self.stage, self.operation, side).await,
        };
        if let (Some((path, body)), Some(token)) = (&call.before, token) {
            let client = self.stage.world.app.with_token(token);
            client.post(path, body).await.unwrap();
        }
        let answer = self.stage.send(self.operation, &call, token).await;
        if self.operation.method == "GET" || !answer.status.is_success() {
            self.ready[place] = Some(call.clone());
        }
        (call, answer)
    }
}

/// Calls with every kind of bad token. Each gets the same 401, unless the operation is public.
async fn refuse_forgeries(calls: &mut Calls<'_>, wrong: &mut Vec<String>) -> String {
    let (stage, operation) = (calls.stage, calls.operation);
    let is_public = operation.access() == "public";
    let mut statuses = Vec::new();
    for forgery in &stage.forgeries {
        let (_, answer) = calls.send(&stage.first, forgery.token.as_deref()).await;
        let got = (answer.status.as_u16(), answer.code());
        let wanted = (401, forgery.code.to_owned());
        if (got == wanted) == is_public {
            wrong.push(format!("{} with a bad token ({}): {got:?}", named(operation), forgery.what));
        }
        statuses.push(answer.status.as_u16());
    }
    statuses.dedup();
    statuses.iter().map(u16::to_string).collect::<Vec<_>>().join(",")
}

/// Calls as somebody, on each side.
async fn by(calls: &mut Calls<'_>, person: Person, wrong: &mut Vec<String>) -> String {
    let (stage, operation) = (calls.stage, calls.operation);
    let mut cells = Vec::new();
    for side in [&stage.first, &stage.second] {
        // What is about oneself may end the session.
        let token = if operation.access() == "own" { stage.anew(person).await } else { stage.token(person) };
        let (call, answer) = calls.send(side, Some(&token)).await;
        let cell = Cell::of(&answer, &call);
        if !is_right(operation, person, side, &call, &cell) {
            wrong.push(format!("{} by {} about {}: {answer:?}", named(operation), person.name(), side.name));
        }
        cells.push(cell.text());
        if !call.has_clinic {
            break;
        }
    }
    cells.join(" / ")
}

/// What holds whatever the table says.
fn is_right(operation: &Operation, person: Person, side: &Side, call: &Call, cell: &Cell) -> bool {
    let is_admin = matches!(person, Person::Admin | Person::Chief);
    let is_theirs = !call.has_clinic || person.sees(side);
    match operation.access() {
        "admin" if !is_admin => cell.status == 403,
        "admin_of_all" if person != Person::Admin => cell.status == 403,
        "public" => true,
        // A refusal that says why is the rules' business, no matter who asks: what is in use, for one.
        _ if is_theirs => cell.is_success() && cell.shown != Some(false) || cell.status == 409,
        // What isn't theirs isn't there: not by its id, not in a list, and not to be named in a body.
        _ if cell.is_success() => cell.shown == Some(false),
        _ => matches!(cell.status, 400 | 404 | 409) && cell.shown != Some(true),
    }
}

fn named(operation: &Operation) -> String {
    format!("{} {}", operation.method, operation.path)
}

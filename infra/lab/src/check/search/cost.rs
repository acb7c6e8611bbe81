//! The cost of the first page of a search in a large town, through the real handler.
//!
//! Only the entries in the partitions that the searches read are written to the table: the others are read by none of
//! them, and a town of 100,000 has more than three million.
//!
//! # Results
//!
//! 30 November 2026, 100,000 patients, seed 21, before and after pairs of words were indexed:
//!
//! | Search | Before | After |
//! |---|---|---|
//! | one word, its beginning or its middle, a document, a number, its last digits | 1.5 to 7.5 units, at most 2 queries | the same |
//! | `García, María`: a common given name with a common family name | 9 to 19 units, 2 or 3 queries | 7.5 to 8 units, 1 query |
//! | `Apellido Apellido, Nombre Nombre` of one patient | 4.5 to 49 units, 4 to 7 queries; one such patient wasn't found on the first page | 1 to 2 units, 1 query |
//! | two rarer names, `Quispe Mamani` | 21 to 55 units, 4 to 7 queries | 1 to 6.5 units, 1 query |
//!
//! A part that is inside of a word, and a name that nobody has, are in no pair: entries of the rarest part are read on, 1.5 to
//! 17 units and 3 to 5 queries.

use super::people::Searched;
use super::town;
use domain::ids::{Id as _, UserId};
use domain::search::Question;
use local::database::Database;
use local::gateway::Format;
use local::protocol::OperationKind;
use std::collections::BTreeSet;
use std::fmt;
use store::item::{Entity as _, Item, to_item};
use store::keys::{Key, WordPosition, kind, search_partition, start_position};
use store::search::search_entries;
use testkit::faulty_client::capacity::{CapacityUnits, cost};
use testkit::faulty_client::{FaultyClient, run_as_operation};
use testkit::test_app::{TestApp, TestError};

/// The most read units of a first page.
const MAX_UNITS: f64 = 10.0;
/// The most queries of a first page.
const MAX_QUERIES: usize = 2;
/// The same for several parts that no pair of words begins with, and where nobody is found.
const MAX_UNITS_WITHOUT_PAIR: f64 = 60.0;
const MAX_QUERIES_WITHOUT_PAIR: usize = 16;

/// Searches of a receptionist: a family name, its beginning and its middle, a given name with it, or its beginning, the last
/// digits of a number, two letters.
const TEXTS: &[&str] = &[
    "garcia",
    "rodri",
    "nandez",
    "maria garcia",
    "Rodríguez, José",
    "maria jose garcia",
    "wu",
    "mu",
    "etcheverry",
    "4567",
    "345678",
    "quispe mamani",
    "zoe zorrilla",
    "garcia mar",
    "mar garcia",
];
/// Searches that no pair of words begins with.
const WITHOUT_PAIR: &[&str] = &["nandez maria", "zorrilla nadie", "maria nadie"];
/// So many patients are searched for by each of their texts besides.
const SAMPLES: usize = 5;
/// Rows that are loaded at once.
const BATCH: usize = 10_000;

/// The cost of the first page of a search.
#[derive(Debug)]
pub struct SearchCost {
    pub text: String,
    pub found: usize,
    pub read_units: f64,
    pub queries: usize,
}

impl SearchCost {
    #[must_use]
    pub fn is_too_high(&self) -> bool {
        let (units, queries) = match self.found == 0 || WITHOUT_PAIR.contains(&self.text.as_str()) {
            true => (MAX_UNITS_WITHOUT_PAIR, MAX_QUERIES_WITHOUT_PAIR),
            false => (MAX_UNITS, MAX_QUERIES),
        };
        self.read_units > units || self.queries > queries
    }
}

impl fmt::Display for SearchCost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.is_too_high() { " TOO HIGH" } else { "" };
        let Self { text, found, read_units, queries } = self;
        write!(f, "{read_units:5.1} RRU, {queries} queries, {found:2} found: {text}{mark}")
    }
}

/// Measures the first pages of searches in a town of so many patients.
pub async fn measure(patients: usize, seed: u64) -> Result<Vec<SearchCost>, TestError> {
    let mut texts: Vec<String> = TEXTS.iter().chain(WITHOUT_PAIR).map(|text| (*text).to_owned()).collect();
    texts.extend(town(patients, seed).step_by((patients / SAMPLES).max(1)).flat_map(|searched| searched.texts));
    let partitions: BTreeSet<String> = texts.iter().flat_map(|text| partitions_of(text)).collect();
    let faulty_client = FaultyClient::default();
    let database = Database::memory().await?;
    load(&database, &partitions, town(patients, seed))?;
    let app = TestApp::with_database(database.through(&faulty_client), Format::Rest).await?;
    let token = app.admin().await?.token();
    faulty_client.record_calls();
    let mut costs = Vec::new();
    for text in texts {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", &text).finish();
        let path = format!("/api/patients/?{query}");
        let answer = run_as_operation(1, app.with_token(&token).get(&path)).await?.expect_status(200)?;
        // The rows that authenticate the caller.
        let callers = [Key::user(UserId::nil()).pk, Key::signing_key("").pk];
        let is_callers = |request: &str| callers.iter().any(|key| request.contains(kind(key)));
        let calls: Vec<_> =
            faulty_client.take_calls(1).into_iter().filter(|call| !is_callers(&call.request.to_string())).collect();
        let units = calls.iter().flat_map(cost).fold(CapacityUnits::default(), |sum, (_, units)| sum.plus(units));
        let queries = calls.iter().filter(|call| call.kind == OperationKind::Query).count();
        costs.push(SearchCost { text, found: answer.results().len(), read_units: units.read(), queries });
    }
    Ok(costs)
}

fn partitions_of(text: &str) -> Vec<String> {
    let Some(lookup) = Question::parse(text).lookup() else { return Vec::new() };
    let mut partitions = vec![search_partition(start_position(&lookup.start), &lookup.start)];
    partitions.extend(lookup.pair.map(|pair| search_partition(WordPosition::Pair, &pair.pair)));
    partitions.extend(lookup.inside.map(|inside| search_partition(WordPosition::Inside, &inside)));
    partitions
}

fn load(
    database: &Database,
    partitions: &BTreeSet<String>,
    town: impl Iterator<Item = Searched>,
) -> Result<(), TestError> {
    let mut rows: Vec<Item> = Vec::new();
    for Searched { patient, .. } in town {
        let entries = search_entries(&patient);
        let read = entries.iter().filter(|entry| partitions.contains(&entry.key().pk));
        for entry in read {
            rows.push(to_item(entry)?);
        }
        rows.push(to_item(&patient)?);
        if rows.len() >= BATCH {
            database.load(&rows)?;
            rows.clear();
        }
    }
    Ok(database.load(&rows)?)
}

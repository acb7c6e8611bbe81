//! Searches patients. Reads entries of the index, in the order of relevance, and the profiles of those that match: an
//! entry is a hint, the profile decides.

use crate::App;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Position, Slice};
use crate::support::merged_rows::MergedRows;
use domain::ids::PatientId;
use domain::patient::Patient;
use domain::search::{LookupText, Question};
use domain::time::TimeDelta;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::Entity as _;
use store::keys::{Key, WordPosition, start_position};
use store::patterns::{self, Pattern};
use store::search::{SearchEntry, found_by};

/// Rows per query of the first round. Patients with contacts, and those with one word of several, have entries that
/// don't count, so a page needs more rows than it has patients.
const MIN_READ: usize = 24;
/// The same where only some of those with a word have the others too.
const MIN_READ_FOR_SEVERAL_PARTS: usize = 40;
/// The same where the most selective word is a common name.
const MIN_READ_FOR_COMMON_NAMES: usize = 110;
/// Rows per query of later rounds, where few of those with a word have the others too.
const NEXT_READ: usize = 400;

/// A page ends after so many entries, however few patients were found.
const MAX_ENTRIES: usize = 2_000;
/// A page ends after this time.
const MAX_TIME: TimeDelta = TimeDelta::seconds(2);
/// Longer texts are in no name and no number.
const MAX_TEXT: usize = 100;

/// Finds the active, or the inactive, patients for whom a question and `keep` are true.
pub(super) async fn search(
    app: &App,
    question: &Question,
    is_active: bool,
    page: &PageRequest,
    keep: impl Fn(&Patient) -> bool,
) -> Result<Slice<Patient>, AppError> {
    let lookup = question.lookup().filter(|lookup| lookup.start.chars().count() <= MAX_TEXT);
    let Some(lookup) = lookup else { return Ok(Slice { rows: Vec::new(), next: None, previous: None }) };
    let backwards = page.from.as_ref().is_some_and(|from| from.backwards);
    let from = page.from.as_ref().map(|from| from.key.as_str());
    let mut entries = MergedRows::<SearchEntry>::new(&partitions(&lookup, is_active), from, backwards);
    let min_read = match (question.has_several_parts(), lookup.is_common) {
        (true, true) => MIN_READ_FOR_COMMON_NAMES,
        (true, false) => MIN_READ_FOR_SEVERAL_PARTS,
        (false, _) => MIN_READ,
    };
    let until = app.now().plus(MAX_TIME);
    let mut found: Vec<(String, Patient)> = Vec::new();
    // Several entries of a patient can be hits.
    let mut profiles: BTreeMap<PatientId, Patient> = BTreeMap::new();
    let (mut last_read, mut examined) = (None, 0);
    let mut more = true;
    while more && found.len() < page.size && examined < MAX_ENTRIES && (examined == 0 || app.now() < until) {
        let least = if examined > 0 && question.has_several_parts() { NEXT_READ } else { min_read };
        let (read, has_more) = entries.read(app, (page.size - found.len()).max(least)).await?;
        let mut read = VecDeque::from(read);
        while found.len() < page.size && !read.is_empty() {
            let hits = take_hits(&mut read, page.size - found.len(), |entry| entry.is_hit(question, &lookup));
            examined += hits.examined;
            last_read = hits.last_read.or(last_read);
            read_profiles(app, &hits.entries, &mut profiles).await?;
            for (position, entry) in hits.entries {
                let is_found = |patient: &&Patient| {
                    patient.is_active == is_active
                        && keep(patient)
                        && found_by(patient, question, &lookup) == Some(entry.key())
                };
                let patient = profiles.get(&entry.patient).filter(is_found).cloned();
                found.extend(patient.map(|patient| (position, patient)));
            }
        }
        more = has_more || !read.is_empty();
    }
    Ok(slice(found, page, last_read.filter(|_| more), backwards))
}

/// Reads the profiles of entries that weren't read before.
async fn read_profiles(
    app: &App,
    entries: &[(String, SearchEntry)],
    profiles: &mut BTreeMap<PatientId, Patient>,
) -> Result<(), AppError> {
    let new: BTreeSet<PatientId> =
        entries.iter().map(|(_, entry)| entry.patient).filter(|patient| !profiles.contains_key(patient)).collect();
    let keys: Vec<Key> = new.into_iter().map(Key::patient).collect();
    let mut batch = app.table.batch_eventual(&keys).await?;
    for key in &keys {
        profiles.extend(batch.take::<Patient>(key)?.map(|patient| (patient.id, patient)));
    }
    Ok(())
}

fn partitions(lookup: &LookupText, is_active: bool) -> Vec<Pattern> {
    let by_word = if is_active { patterns::patients_by_word } else { patterns::inactive_patients_by_word };
    let start = if is_active { start_position(&lookup.start) } else { WordPosition::Start };
    let mut partitions = vec![by_word(start, &lookup.start)];
    partitions.extend(lookup.inside.as_deref().map(|text| by_word(WordPosition::Inside, text)));
    partitions.into_iter().map(Pattern::eventually_consistent).collect()
}

/// Entries whose profiles are to be read.
struct Hits {
    entries: Vec<(String, SearchEntry)>,
    examined: usize,
    last_read: Option<String>,
}

/// Takes rows up to the last of `most` entries that are hits.
fn take_hits(rows: &mut VecDeque<(String, SearchEntry)>, most: usize, is_hit: impl Fn(&SearchEntry) -> bool) -> Hits {
    let mut hits = Hits { entries: Vec::new(), examined: 0, last_read: None };
    while hits.entries.len() < most
        && let Some((position, entry)) = rows.pop_front()
    {
        hits.examined += 1;
        hits.last_read = Some(position.clone());
        if is_hit(&entry) {
            hits.entries.push((position, entry));
        }
    }
    hits
}

/// A page of what was found. The next one begins after the last entry that was examined, `rest`.
fn slice(found: Vec<(String, Patient)>, page: &PageRequest, rest: Option<String>, backwards: bool) -> Slice<Patient> {
    let position = |key: String, backwards| Position { key, backwards };
    let begin = page.from.as_ref().map(|from| found.first().map_or_else(|| from.key.clone(), |(key, _)| key.clone()));
    let mut rows: Vec<Patient> = found.into_iter().map(|(_, patient)| patient).collect();
    if backwards {
        rows.reverse();
        let (next, previous) = (begin.map(|key| position(key, false)), rest.map(|key| position(key, true)));
        return Slice { rows, next, previous };
    }
    Slice { rows, next: rest.map(|key| position(key, false)), previous: begin.map(|key| position(key, true)) }
}

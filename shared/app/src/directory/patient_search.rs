//! Searches patients. Reads entries of the index, in the order of relevance, and the profiles of those that match: an
//! entry is a hint, the profile decides.

use crate::App;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Position, Slice};
use crate::support::merged_rows::MergedRows;
use domain::ids::PatientId;
use domain::patient::Patient;
use domain::search::{LookupText, Question};
use domain::time::{Instant, TimeDelta};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use store::Entity as _;
use store::keys::{Key, WordPosition, start_position};
use store::patterns::{self, Pattern};
use store::search::{SearchEntry, found_by};

/// Rows per query of the first round. Patients with contacts, and those with one word of several, have entries that
/// don't count, so a page needs more rows than it has patients.
const MIN_READ: usize = 24;
/// The same for a pair of words: some have others that begin alike.
const MIN_READ_FOR_PAIRS: usize = 60;
/// The same where only some of those with a word have the others too.
const MIN_READ_FOR_SEVERAL_PARTS: usize = 40;
/// The same where the most selective word is a common name.
const MIN_READ_FOR_COMMON_NAMES: usize = 80;
/// Rows per query of later rounds, where few of those with a word have the others too.
const NEXT_READ: usize = 400;

/// A page with a patient ends after so many entries, however few were found.
const MAX_ENTRIES: usize = 2_000;
/// A page without a patient ends after this time only: it isn't empty where somebody would be found later.
const MAX_TIME: TimeDelta = TimeDelta::seconds(8);
/// Longer texts are in no name and no number.
const MAX_TEXT: usize = 100;

/// Finds the active, or the inactive, patients for whom a question and `keep` are true. Of a question with several parts, a
/// page ends early rather than read much more: it is shorter, but not empty.
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
    let mut search = Search {
        question,
        lookup: &lookup,
        is_active,
        page,
        examined: 0,
        until: app.now().plus(MAX_TIME),
        found: Vec::new(),
        profiles: BTreeMap::new(),
        last_read: None,
    };
    let of_pairs = lookup.pair.as_ref().filter(|_| is_active).map(patterns::patients_by_pair);
    let mut phases = Vec::new();
    phases.extend(of_pairs.map(|pattern| (vec![pattern.eventually_consistent()], MIN_READ_FOR_PAIRS)));
    phases.push((partitions(&lookup, is_active), min_read(question, &lookup)));
    if backwards {
        phases.reverse();
    }
    let mut more = true;
    for (at, (partitions, least)) in phases.iter().enumerate() {
        let (from, is_last) = (page.from.as_ref().map(|from| from.key.as_str()), at + 1 == phases.len());
        let entries = MergedRows::<SearchEntry>::new(partitions, from, backwards);
        more = search.read(app, entries, *least, &keep).await? || !is_last;
        if search.is_finished(app) || (!search.found.is_empty() && more) {
            break;
        }
    }
    let rest = search.last_read.take().filter(|_| more);
    Ok(slice(search.found, page, rest, backwards))
}

fn min_read(question: &Question, lookup: &LookupText) -> usize {
    match (question.has_several_parts(), lookup.is_common) {
        (true, true) => MIN_READ_FOR_COMMON_NAMES,
        (true, false) => MIN_READ_FOR_SEVERAL_PARTS,
        (false, _) => MIN_READ,
    }
}

/// A page that is being read.
struct Search<'a> {
    question: &'a Question,
    lookup: &'a LookupText,
    is_active: bool,
    page: &'a PageRequest,
    /// How many entries were read.
    examined: usize,
    until: Instant,
    found: Vec<(String, Patient)>,
    /// Several entries of a patient can be hits.
    profiles: BTreeMap<PatientId, Patient>,
    last_read: Option<String>,
}

impl Search<'_> {
    fn missing(&self) -> usize {
        self.page.size.saturating_sub(self.found.len())
    }

    fn is_finished(&self, app: &App) -> bool {
        let has_read_enough = self.examined >= MAX_ENTRIES && !self.found.is_empty();
        let is_late = self.examined > 0 && app.now() >= self.until;
        self.missing() == 0 || has_read_enough || is_late
    }

    /// Reads entries until the page is finished. Returns whether there are more.
    async fn read(
        &mut self,
        app: &App,
        mut entries: MergedRows<SearchEntry>,
        min_read: usize,
        keep: &impl Fn(&Patient) -> bool,
    ) -> Result<bool, AppError> {
        let has_several_parts = self.question.has_several_parts();
        let (mut more, mut least) = (true, min_read);
        while more && !self.is_finished(app) {
            let (read, has_more) = entries.read(app, self.missing().max(least)).await?;
            let mut read = VecDeque::from(read);
            while self.missing() > 0 && !read.is_empty() {
                let hits = take_hits(&mut read, self.missing(), |entry| entry.is_hit(self.question, self.lookup));
                self.take_up(app, hits, keep).await?;
            }
            more = has_more || !read.is_empty();
            if has_several_parts {
                least = NEXT_READ;
                if !self.found.is_empty() {
                    break;
                }
            }
        }
        Ok(more)
    }

    /// Adds the patients of entries whose profiles are hits too.
    async fn take_up(&mut self, app: &App, hits: Hits, keep: &impl Fn(&Patient) -> bool) -> Result<(), AppError> {
        self.examined += hits.examined;
        self.last_read = hits.last_read.or(self.last_read.take());
        read_profiles(app, &hits.entries, &mut self.profiles).await?;
        for (position, entry) in hits.entries {
            let is_found = |patient: &&Patient| {
                patient.is_active == self.is_active
                    && keep(patient)
                    && found_by(patient, self.question, self.lookup) == Some(entry.key())
            };
            let patient = self.profiles.get(&entry.patient).filter(is_found).cloned();
            self.found.extend(patient.map(|patient| (position, patient)));
        }
        Ok(())
    }
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
    // Back from an empty page, the entry before it is the first.
    let back = |from: &Position| Position::including(&from.key, !backwards).key;
    let begin = page.from.as_ref().map(|from| found.first().map_or_else(|| back(from), |(key, _)| key.clone()));
    let mut rows: Vec<Patient> = found.into_iter().map(|(_, patient)| patient).collect();
    if backwards {
        rows.reverse();
        let (next, previous) = (begin.map(|key| position(key, false)), rest.map(|key| position(key, true)));
        return Slice { rows, next, previous };
    }
    Slice { rows, next: rest.map(|key| position(key, false)), previous: begin.map(|key| position(key, true)) }
}

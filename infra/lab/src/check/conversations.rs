//! `cargo lab check conversations`: every conversation of up to five messages with one number, by distinct states, on the
//! real handlers. The number has one, two or three appointments, all reminded of.
//!
//! The search is breadth first. From each state every text of [`oracle::TEXTS`] is written, one for each class that the
//! reader tells apart. What it does is compared with [`oracle`], which knows only what the patient sees: a bare answer
//! changes nothing but what the last list offers under it. Two states are the same if everything is equal that a later
//! answer depends on ([`state`]), so that most conversations end in a state that was visited before.

pub mod fixture;
pub mod oracle;
pub mod state;
pub mod walks;

use crate::options::ConversationsOptions;
use fixture::ConversationFixture;
use oracle::{Screen, TEXTS, Text, violation};
use state::ConversationState;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::io::Write as _;
use std::rc::Rc;
use testkit::faulty_client::mutation::Mutation;
use testkit::test_app::TestError;

/// The longest conversation.
const MAX_MESSAGES: usize = 5;
/// The most appointments of one number.
const MAX_APPOINTMENTS: usize = 3;

/// The result of a search.
#[derive(Debug, Clone, Default)]
pub struct ConversationsReport {
    pub states: usize,
    pub messages: usize,
    /// Messages that changed an appointment.
    pub changes: usize,
    /// Whether every conversation was tried.
    pub is_complete: bool,
    /// Violations of the rule, with the conversations that lead to them.
    pub found: Vec<String>,
}

impl fmt::Display for ConversationsReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, messages, changes, is_complete, found } = self;
        let all = if *is_complete { "all conversations" } else { "some conversations" };
        writeln!(f, "{all}: {states} states, {messages} messages, {changes} of them changed an appointment")?;
        for line in found.iter().take(20) {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

/// A state of the search.
struct Node {
    image: Rc<crate::check::table_image::TableImage>,
    state: ConversationState,
    screen: Screen,
    messages: Vec<Text>,
}

/// Searches the conversations about so many appointments, up to so many states. A mutation breaks the code on purpose, to
/// prove that the search notices it.
pub async fn search(
    appointments: usize,
    max_states: usize,
    mutation: Option<Mutation>,
) -> Result<ConversationsReport, TestError> {
    let fixture = ConversationFixture::build(appointments).await?;
    fixture.faulty_client.set_mutation(mutation);
    let mut report = ConversationsReport { is_complete: true, ..ConversationsReport::default() };
    let (image, state) = fixture.read().await?;
    let mut seen = BTreeSet::from([(state.key.clone(), fixture.screen.clone())]);
    let first = Node { image: Rc::new(image), state, screen: fixture.screen.clone(), messages: Vec::new() };
    let mut waiting = VecDeque::from([first]);
    while let Some(node) = waiting.pop_front() {
        if report.states >= max_states {
            report.is_complete = false;
            break;
        }
        report.states += 1;
        for text in TEXTS {
            fixture.restore(&node.image).await?;
            let sent = fixture.write(*text).await?;
            let (image, state) = fixture.read().await?;
            report.messages += 1;
            report.changes += usize::from(state.appointments != node.state.appointments);
            let messages: Vec<Text> = node.messages.iter().copied().chain([*text]).collect();
            let screen = node.screen.after_message(&sent);
            if let Some(why) = violation(*text, &node.screen, &node.state, &state) {
                report.found.push(format!("{messages:?}: {why}"));
            }
            if messages.len() < MAX_MESSAGES && seen.insert((state.key.clone(), screen.clone())) {
                waiting.push_back(Node { image: Rc::new(image), state, screen, messages });
            }
        }
        if !report.found.is_empty() {
            report.is_complete = false;
            break;
        }
    }
    Ok(report)
}

/// Runs the check. Prints its result on stdout.
///
/// # Errors
/// The rule was violated, or the check itself failed.
pub async fn conversations(options: &ConversationsOptions) -> Result<(), TestError> {
    for appointments in 1..=MAX_APPOINTMENTS {
        let report = search(appointments, options.states, None).await?;
        write!(std::io::stdout(), "{appointments} appointments, {report}")?;
        if !report.found.is_empty() {
            return Err("a bare answer did what no list offered".into());
        }
        let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
        let walked = walks::walk(seed, appointments, options.walks).await?;
        let walks::WalksReport { walks, events, changes, found } = walked;
        let mut out = std::io::stdout();
        writeln!(out, "seed {seed}: {walks} random conversations, {events} events, {changes} of them changed one")?;
        for line in found.iter().take(20) {
            writeln!(out, "  {line}")?;
        }
        if !found.is_empty() {
            return Err(format!("a random conversation did what no list offered: seed {seed}").into());
        }
    }
    Ok(())
}

//! Longer random conversations: messages that are delivered twice, answers whose sending is unknown, time that passes,
//! runs of the job in between, and a second phone.

use super::fixture::{ConversationFixture, OTHER_PHONE, PHONE};
use super::oracle::{TEXTS, Text, violation};
use super::state::ConversationState;
use domain::time::TimeDelta;
use local::fake_twilio::FailMode;
use testkit::test_app::TestError;

/// The most events of a conversation.
const EVENTS: usize = 14;
/// The longest time that passes at once, in minutes. A conversation ends before the appointments begin.
const MAX_MINUTES: i64 = 90;

/// What happens in a conversation.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// The patient writes, and the next message to the patient fails so.
    Write(Text, FailMode),
    /// The last message is delivered once more.
    Duplicate,
    /// Somebody else writes from another phone, which has an appointment of its own.
    OtherPhone(Text),
    Wait(i64),
    RunJob,
}

impl Event {
    fn random(random: &mut fastrand::Rng) -> Option<Self> {
        let text = random.choice(TEXTS.iter().copied())?;
        Some(match random.u8(..20) {
            0..=10 => Self::Write(text, FailMode::None),
            11 => Self::Write(text, FailMode::TimeoutAfterAccept),
            12 => Self::Write(text, FailMode::TimeoutBeforeAccept),
            13..=14 => Self::Duplicate,
            15 => Self::OtherPhone(text),
            16..=17 => Self::Wait(random.i64(1..=MAX_MINUTES)),
            _ => Self::RunJob,
        })
    }
}

/// The result of several conversations.
#[derive(Debug, Clone, Default)]
pub struct WalksReport {
    pub walks: usize,
    pub events: usize,
    pub changes: usize,
    /// Violations of the rule, with the conversations that lead to them.
    pub found: Vec<String>,
}

/// Walks through so many random conversations.
pub async fn walk(seed: u64, appointments: usize, walks: usize) -> Result<WalksReport, TestError> {
    let fixture = ConversationFixture::build(appointments).await?;
    let (image, first) = fixture.read().await?;
    let mut random = fastrand::Rng::with_seed(seed);
    let mut report = WalksReport::default();
    while report.walks < walks && report.found.is_empty() {
        fixture.restore(&image).await?;
        let (mut screen, mut before, mut events) = (fixture.screen.clone(), first.clone(), Vec::new());
        let mut last_form = None;
        for _ in 0..random.usize(2..=EVENTS) {
            let event = Event::random(&mut random).ok_or("there are no texts")?;
            events.push(event);
            let seen = fixture.texts_to(PHONE)?.len();
            match event {
                Event::Write(text, mode) => last_form = Some(fixture.write_failing(PHONE, text, mode).await?),
                Event::Duplicate => {
                    if let Some(form) = &last_form {
                        fixture.deliver(form).await?;
                    }
                }
                Event::OtherPhone(text) => {
                    fixture.write_failing(OTHER_PHONE, text, FailMode::None).await?;
                }
                Event::Wait(minutes) => fixture.clock.advance(TimeDelta::minutes(minutes)),
                Event::RunJob => fixture.run_job().await?,
            }
            let (_, after) = fixture.read().await?;
            report.events += 1;
            report.changes += usize::from(after.appointments != before.appointments);
            let why = match event {
                Event::Write(text, _) => violation(text, &screen, &of_phone(&before), &of_phone(&after)),
                Event::OtherPhone(_) => changed(&of_phone(&before), &of_phone(&after)),
                Event::Duplicate | Event::Wait(_) | Event::RunJob => changed(&before, &after),
            };
            let texts = fixture.texts_to(PHONE)?;
            report.found.extend(why.map(|why| format!("{events:?}: {why}, after {texts:#?}")));
            let sent = texts.get(seen..).unwrap_or_default();
            screen = match event {
                Event::Write(..) => screen.after_message(sent),
                Event::Duplicate | Event::OtherPhone(_) | Event::Wait(_) | Event::RunJob => screen.after_late(sent),
            };
            before = after;
        }
        report.walks += 1;
    }
    Ok(report)
}

/// The appointments of the phone's own patients.
fn of_phone(state: &ConversationState) -> ConversationState {
    let mut own = state.clone();
    own.appointments.retain(|label, _| !label.starts_with(super::fixture::OTHER_PATIENT));
    own
}

fn changed(before: &ConversationState, after: &ConversationState) -> Option<String> {
    let is_same = before.appointments == after.appointments;
    (!is_same).then(|| format!("changed {:?} to {:?}", before.appointments, after.appointments))
}

//! One random history of an appointment.

use super::NoticesReport;
use super::belief::{Belief, Truth};
use super::fixture::NoticeFixture;
use app::AppError;
use app::appointments::actions::{AppointmentAction, act_on_appointment};
use app::appointments::booking::{
    Booking, RescheduleRequest, book_appointment, request_for_new_start, reschedule_appointment,
};
use app::appointments::candidate::{BookingRequest, EndSpec, StartSpec};
use app::messaging::inbound::{ReceivedMessage, receive_message};
use app::support::context::Context;
use app::support::ports::Clock as _;
use domain::actor::{Actor, Channel};
use domain::appointment::Appointment;
use domain::clinic::ReminderSettings;
use domain::due::ONE_MOMENT;
use domain::ids::{AppointmentId, Id as _, NotificationId, UserId};
use domain::lifecycle::{Action, ActorRole, allowed_actions};
use domain::messages::Template;
use domain::name::Name;
use domain::notification::{
    Address, Announcement, MessageText, Notification, NotificationKind, NotificationStatus, Told,
};
use domain::text::Note;
use domain::time::{ClientTime, Instant, TimeDelta};
use local::fake_twilio::FailMode;
use std::collections::BTreeMap;
use store::keys::Key;
use store::patterns;
use testkit::faulty_client::fault::FaultPlan;
use testkit::test_app::TestError;

/// Days from the beginning of a history to its appointment, and to the next history.
const DAYS_AHEAD: i64 = 3;
const DAYS_APART: i64 = 6;
const MAX_STEPS: usize = 20;
/// Runs of the job in which everything must have been sent, the night included.
const MAX_SETTLING_RUNS: usize = 36;
const SETTLING_STEP: TimeDelta = TimeDelta::minutes(30);

pub struct History<'a> {
    fixture: &'a NoticeFixture,
    random: fastrand::Rng,
    phone: String,
    first: AppointmentId,
    belief: Belief,
    /// How many messages of Twilio's list were read.
    read: usize,
    /// What was true when an answer in the chat was made.
    answers: BTreeMap<NotificationId, Truth>,
    /// What happened, for the report.
    told: Vec<String>,
    report: NoticesReport,
}

impl<'a> History<'a> {
    /// Runs the history of this number and seed.
    pub async fn run(
        fixture: &'a NoticeFixture,
        (number, seed): (usize, u64),
        faults: f64,
    ) -> Result<NoticesReport, TestError> {
        let mut random = fastrand::Rng::with_seed(seed);
        let day = Instant::parse("2025-12-02T03:00:00Z").map_err(|_| "not an instant")?;
        let day = day.plus(TimeDelta::days(DAYS_APART * i64::try_from(number)?));
        fixture.clock.set(day.plus(TimeDelta::minutes(random.i64(0..24 * 60))));
        let (patient, phone) = fixture.patients.get(number).cloned().ok_or("no patient is left")?;
        let announces = random.bool();
        let [announcing, silent] = fixture.doctors;
        let doctor = if announces { announcing } else { silent };
        // The hours of 09:00 to 17:00 in Buenos Aires.
        let start = day.plus(TimeDelta::days(DAYS_AHEAD)).plus(TimeDelta::hours(random.i64(9..17)));
        let request = BookingRequest {
            patient,
            doctor,
            room: None,
            start: StartSpec::At(ClientTime::Exact(start)),
            end: EndSpec::SlotLength,
            overbook: false,
        };
        let booking = Booking { request, reason: None, notes: None, announcement: Announcement::default() };
        let app = &fixture.app.system.app;
        let booked = Box::pin(book_appointment(app, &staff(), &booking)).await.map_err(|error| error.to_string())?;
        // A patient whose clinic doesn't announce bookings is at the desk.
        let belief = if announces { Belief::Nothing } else { Belief::TakesPlace(start) };
        let (read, answers) = (fixture.app.outbox()?.len(), BTreeMap::new());
        let told =
            vec![format!("history {number}, seed {seed}, {}", if announces { "announced" } else { "at the desk" })];
        let report = NoticesReport { histories: 1, ..NoticesReport::default() };
        let mut history = Self { fixture, random, phone, first: booked.value.id, belief, read, answers, told, report };
        history.steps(faults).await?;
        Ok(history.report)
    }

    async fn steps(&mut self, faults: f64) -> Result<(), TestError> {
        for _ in 0..self.random.usize(4..MAX_STEPS) {
            self.fixture.faulty_client.plan(Some(FaultPlan::new(self.random.u64(..), faults)));
            self.fail_sends()?;
            self.step().await?;
            self.fixture.faulty_client.plan(None);
            self.observe().await?;
            self.report.steps += 1;
            let truth = self.truth().await?;
            if !self.belief.is_right(truth) && !self.is_anything_on_its_way().await? {
                self.find(truth, "and no message is on its way").await?;
                return Ok(());
            }
        }
        self.fixture.app.twilio()?.fail(FailMode::None, None, 0);
        for _ in 0..MAX_SETTLING_RUNS {
            self.fixture.clock.advance(SETTLING_STEP);
            self.skip_to_next_message().await?;
            self.fixture.app.system.run_reminders().await?;
            self.observe().await?;
            if !self.is_anything_on_its_way().await? {
                break;
            }
        }
        let truth = self.truth().await?;
        if !self.belief.is_right(truth) {
            self.find(truth, "in the end").await?;
        }
        Ok(())
    }

    /// Sets the clock to when the next message is looked at, if that is later.
    async fn skip_to_next_message(&self) -> Result<(), TestError> {
        let open = self.notifications().await?.into_iter().filter(|row| row.kind != NotificationKind::Reminder);
        let next = open.filter(|row| row.status == NotificationStatus::Pending).filter_map(|row| row.next_at).min();
        if let Some(at) = next.filter(|at| *at > self.fixture.clock.now()) {
            self.fixture.clock.set(at);
        }
        Ok(())
    }

    fn fail_sends(&mut self) -> Result<(), TestError> {
        let modes = [
            FailMode::TimeoutAfterAccept,
            FailMode::TimeoutBeforeAccept,
            FailMode::ServerError,
            FailMode::TooManyRequests,
        ];
        let failing = self.random.u8(..3) == 0;
        let mode = self.random.choice(modes).filter(|_| failing).unwrap_or(FailMode::None);
        self.fixture.app.twilio()?.fail(mode, None, u32::from(failing));
        Ok(())
    }

    /// One random step: something that staff or the patient do, or a run of the job a while later.
    async fn step(&mut self) -> Result<(), TestError> {
        let announcement = match self.random.u8(..6) {
            0 => Announcement::Told(Told::ByPhone),
            1 => Announcement::Notify,
            _ => Announcement::ClinicSetting,
        };
        match self.random.u8(..16) {
            0..=6 => self.act_as_allowed(announcement).await,
            7 => {
                let words = ["Confirmar", "Reprogramar", "Cancelar", "1", "2"];
                let words = self.random.choice(words).unwrap_or("Confirmar");
                self.patient_writes(words).await
            }
            8..=10 => self.wait_and_run(0..4).await,
            11..=14 => self.wait_and_run(4..40).await,
            _ => self.wait_and_run(40..300).await,
        }
    }

    /// Staff do something that is allowed now; confirming and unconfirming, of which no message tells, less often.
    async fn act_as_allowed(&mut self, announcement: Announcement) -> Result<(), TestError> {
        let allowed = allowed_actions(&self.current().await?, ActorRole::Admin, self.fixture.clock.now());
        let rare = [Action::Confirm, Action::Unconfirm, Action::RequestReschedule];
        let often: Vec<Action> = allowed.iter().copied().filter(|action| !rare.contains(action)).collect();
        let choices = if self.random.u8(..4) == 0 { allowed } else { often };
        match self.random.choice(choices) {
            Some(Action::Reschedule) => self.reschedule(announcement).await,
            Some(Action::Cancel) => self.act(Action::Cancel, announcement).await,
            Some(action) => self.act(action, Announcement::ClinicSetting).await,
            None => Ok(()),
        }
    }

    async fn wait_and_run(&mut self, minutes: std::ops::Range<i64>) -> Result<(), TestError> {
        let seconds = self.random.i64(minutes.start * 60..minutes.end * 60);
        self.fixture.clock.advance(TimeDelta::seconds(seconds));
        self.note("run");
        // The next run does what a failed one left.
        let _ = self.fixture.run(self.fixture.app.system.run_reminders()).await;
        Ok(())
    }

    async fn act(&mut self, action: Action, announcement: Announcement) -> Result<(), TestError> {
        let before = self.current().await?;
        let reason = Note::optional((action == Action::Cancel).then_some("lo pide")).map_err(|_| "a reason")?;
        let request = AppointmentAction { action, reason, announcement };
        let (app, ctx) = (&self.fixture.app.system.app, staff());
        let done = self.fixture.run(act_on_appointment(app, &ctx, before.id, None, request)).await;
        self.note_outcome(action.name(), announcement, done.map(|_| ()));
        self.hear_of_change(&before, announcement).await
    }

    async fn reschedule(&mut self, announcement: Announcement) -> Result<(), TestError> {
        let before = self.current().await?;
        let midnight = before.zone.day(before.zone.date(before.start)).ok_or("a day")?.start();
        let start = midnight.plus(TimeDelta::hours(self.random.i64(9..17)));
        let request = |appointment: &Appointment| -> Result<RescheduleRequest, AppError> {
            let request = request_for_new_start(appointment, ClientTime::Exact(start));
            Ok(RescheduleRequest { request, reason: None, announcement })
        };
        let (app, ctx) = (&self.fixture.app.system.app, staff());
        let done = self.fixture.run(reschedule_appointment(app, &ctx, before.id, None, request)).await;
        self.note_outcome(&format!("move to {}", start.rfc3339()), announcement, done.map(|_| ()));
        self.hear_of_change(&before, announcement).await
    }

    /// Where no notice goes out, staff call the patient, if the change took effect at all.
    async fn hear_of_change(&mut self, before: &Appointment, announcement: Announcement) -> Result<(), TestError> {
        let table = &self.fixture.table;
        let after = table.get::<Appointment>(&Key::appointment(before.id)).await?.ok_or("no appointment")?;
        if after.version != before.version && matches!(announcement, Announcement::Told(_)) {
            self.observe().await?;
            self.belief = Belief::of(self.truth().await?);
        }
        Ok(())
    }

    async fn patient_writes(&mut self, words: &str) -> Result<(), TestError> {
        let message = ReceivedMessage {
            message_sid: format!("SM{:032x}", self.random.u128(..)),
            from: Address(format!("whatsapp:{}", self.phone)),
            external_user: None,
            body: MessageText(words.to_owned()),
            readable: Some(MessageText(words.to_owned())),
            button_payload: None,
            original_sid: None,
            opt_out_keyword: None,
            written_at: None,
        };
        let app = &self.fixture.app.system.app;
        let _ = self.fixture.run(receive_message(app, "check", message)).await;
        self.note(&format!("patient writes {words}"));
        Ok(())
    }

    /// Reads what Twilio accepted since the last time.
    async fn observe(&mut self) -> Result<(), TestError> {
        let truth = self.truth().await?;
        for message in self.notifications().await? {
            if matches!(message.kind, NotificationKind::Reply | NotificationKind::Offer) {
                self.answers.entry(message.id).or_insert(truth);
            }
        }
        let sent = self.fixture.app.outbox()?;
        for message in sent.iter().skip(self.read) {
            let reference = message.status_callback.as_deref().and_then(|url| url.split_once("?n="));
            let id = reference.and_then(|(_, reference)| NotificationId::parse(reference.split('.').next()?));
            let (Some(id), true) = (id, message.to.ends_with(&self.phone)) else { continue };
            let table = &self.fixture.table;
            let Some(row) = table.get::<Notification>(&Key::notification(id)).await? else { continue };
            self.belief = self.belief.after(&row, self.answers.get(&id).copied());
            let at = Instant::from_utc(message.date_created);
            self.told.push(format!("{} got {:?}: {:?}", at.rfc3339(), row.template, self.belief));
            let local = row.zone.local(at).time();
            let is_answer = matches!(row.kind, NotificationKind::Reply | NotificationKind::Offer);
            let settings = ReminderSettings::default();
            if !is_answer && !(settings.quiet_until..settings.quiet_from).contains(&local) {
                self.report.found.push(format!("a message in quiet hours\n    {}", self.told.join("\n    ")));
            }
            self.report.messages += 1;
        }
        self.read = sent.len();
        Ok(())
    }

    /// The appointments from the booked one to the one that replaced it last.
    async fn chain(&self) -> Result<Vec<Appointment>, TestError> {
        let table = &self.fixture.table;
        let (mut chain, mut next) = (Vec::new(), Some(self.first));
        while let Some(id) = next {
            let appointment = table.get::<Appointment>(&Key::appointment(id)).await?.ok_or("no appointment")?;
            next = appointment.rescheduled_to;
            chain.push(appointment);
        }
        Ok(chain)
    }

    async fn current(&self) -> Result<Appointment, TestError> {
        Ok(self.chain().await?.pop().ok_or("no appointment")?)
    }

    async fn truth(&self) -> Result<Truth, TestError> {
        Ok(Truth::of(&self.current().await?))
    }

    async fn notifications(&self) -> Result<Vec<Notification>, TestError> {
        let table = &self.fixture.table;
        let mut all = Vec::new();
        for appointment in self.chain().await? {
            let rows: Vec<Notification> =
                table.query_all(&patterns::notifications_of_appointment(appointment.id)).await?;
            all.extend(rows);
        }
        Ok(all)
    }

    /// Whether a message is pending, or its outcome is unknown. A reminder that is due later doesn't count.
    async fn is_anything_on_its_way(&self) -> Result<bool, TestError> {
        let now = self.fixture.clock.now();
        let is_on_its_way = |row: &Notification| match row.status {
            // A notice that would go out in the moment of the reminder leaves it to that.
            NotificationStatus::Pending => row.kind != NotificationKind::Reminder || row.due_at <= now.plus(ONE_MOMENT),
            NotificationStatus::Claimed | NotificationStatus::Unknown => true,
            _ => false,
        };
        Ok(self.notifications().await?.iter().any(is_on_its_way))
    }

    fn note(&mut self, what: &str) {
        self.told.push(format!("{} {what}", self.fixture.clock.now().rfc3339()));
    }

    fn note_outcome(&mut self, what: &str, announcement: Announcement, done: Result<(), AppError>) {
        let outcome = done.map_or_else(|error| error.to_string(), |()| "done".to_owned());
        self.note(&format!("{what}, {announcement:?}: {outcome}"));
    }

    async fn find(&mut self, truth: Truth, when: &str) -> Result<(), TestError> {
        for row in self.notifications().await? {
            let name = row.template.map_or(row.kind.name(), Template::name);
            let (status, start) = (row.status.name(), row.appointment_start.rfc3339());
            self.told.push(format!("message {name} about {start}, due {}: {status}", row.due_at.rfc3339()));
        }
        let (belief, history) = (self.belief, self.told.join("\n    "));
        self.report.found.push(format!("the patient believes {belief:?}, true is {truth:?}, {when}\n    {history}"));
        Ok(())
    }
}

fn staff() -> Context {
    Context {
        actor: Actor::User { id: UserId::nil(), name: Name::from("Recepción") },
        // An ADMIN may reopen an appointment at any time.
        role: ActorRole::Admin,
        channel: Channel::Api,
        ..Context::of_system("check".to_owned())
    }
}

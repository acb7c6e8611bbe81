//! What `manage.py dumpdata` wrote, into a table.

mod appointments;
pub mod deeds;
mod messages;
mod people;
mod places;

use super::dump::{
    ACTION, APPOINTMENT, CLINIC, DOCTOR, Dump, MODELS, NOTIFICATION, PATIENT, ROOM, Row, SCHEDULE, USER,
};
use super::progress::Progress;
use super::refusal::{self, Refusal};
use super::report::{Complaint, Report};
use super::specialties::Specialties;
use super::{ImportError, context, expect_admin, old_ids};
use app::directory::records::{Next, Profile};
use app::{App, AppError, Context};
use domain::ids::Id;
use domain::record::Record;
use domain::time::{Instant, Zone};
use domain::violation::{Rule, Violations};
use std::collections::{HashMap, HashSet};
use store::item::Entity;

/// Imports a dump. The clinics get this time zone.
///
/// # Errors
/// [`ImportError`].
pub async fn import(app: &App, text: &str, zone: Zone) -> Result<Report, ImportError> {
    expect_admin(app).await?;
    let mut report = Report::default();
    for model in MODELS {
        report.count(model);
    }
    let dump = Dump::parse(text, &mut report)?;
    let mut import = Import {
        app,
        ctx: context(),
        zone,
        dump: &dump,
        progress: Progress::of(dump.len()),
        report,
        here: HashSet::new(),
        taken: HashMap::new(),
        specialties: Specialties::default(),
        windows: Vec::new(),
        appointments: Vec::new(),
    };
    for model in MODELS {
        import.progress.say(model);
        match model {
            // They come with their appointments, in one transaction.
            APPOINTMENT => Box::pin(import.appointments()).await?,
            ACTION | NOTIFICATION => {}
            _ => {
                for (pk, row) in dump.rows(model) {
                    // Boxed: together they are too large for a thread's stack.
                    let done = match model {
                        USER => Box::pin(import.user(pk, row)).await,
                        CLINIC => Box::pin(import.clinic(pk, row)).await,
                        ROOM => Box::pin(import.room(pk, row)).await,
                        DOCTOR => Box::pin(import.doctor(pk, row)).await,
                        PATIENT => Box::pin(import.patient(pk, row)).await,
                        SCHEDULE => Box::pin(import.schedule(pk, row)).await,
                        _ => continue,
                    };
                    import.note(model, pk, done)?;
                    import.progress.done(1);
                }
            }
        }
    }
    Ok(import.report)
}

/// An import under way.
struct Import<'a> {
    app: &'a App,
    ctx: Context,
    zone: Zone,
    dump: &'a Dump,
    progress: Progress,
    report: Report,
    /// The rows that are in the table.
    here: HashSet<(&'static str, u64)>,
    /// Values that only one may have: which row of the dump has them.
    taken: HashMap<(String, String), u64>,
    /// The specialties that were found or made.
    specialties: Specialties,
    /// The windows that are in the table.
    windows: Vec<(u64, app::availability::schedules::WindowDraft)>,
    /// The appointments that are in the table and take time.
    appointments: Vec<appointments::Taken>,
}

impl Import<'_> {
    /// Notes what became of a row.
    fn note(&mut self, model: &'static str, pk: u64, done: Result<bool, Refusal>) -> Result<(), ImportError> {
        match done {
            Ok(new) => {
                self.here.insert((model, pk));
                self.report.took(model, new);
                Ok(())
            }
            Err(Refusal::Row(complaints)) => {
                self.report.refuse(model, pk, complaints);
                Ok(())
            }
            Err(Refusal::Import(error)) => Err(error),
        }
    }

    /// The number in a field that names a row of another model, which is in the table.
    fn link(&self, row: &Row, field: &str, model: &'static str) -> Result<u64, Complaint> {
        let Some(pk) = row.get(field).as_u64() else {
            return Err(Complaint::wrong(field, refusal::rule(&Rule::Required)));
        };
        if self.here.contains(&(model, pk)) {
            Ok(pk)
        } else if self.dump.has(model, pk) {
            Err(Complaint::wrong(field, format!("{model} {pk} isn't imported.")))
        } else {
            Err(Complaint::wrong(field, format!("There is no {model} {pk}.")))
        }
    }

    /// The same as an id.
    fn linked<I: Id>(&self, row: &Row, field: &str, model: &'static str) -> Result<I, Refusal> {
        match self.link(row, field, model) {
            Ok(pk) => Ok(old_ids::id(model, pk)),
            Err(complaint) => Err(Refusal::Row(vec![complaint])),
        }
    }

    /// When a row was made and changed; now, where it doesn't say.
    fn times(&self, row: &Row, made: &str, changed: &str) -> Result<(Instant, Instant), Violations> {
        let mut v = Violations::default();
        let now = self.app.now();
        let mut at = |field: &str| {
            let given = if row.text(field).is_empty() { Ok(now) } else { row.instant(field, self.zone) };
            // Another clock may have been ahead of ours.
            v.take(field, given).map(|at| at.min(now))
        };
        let (made, changed) = (at(made), at(changed));
        v.finish(made.zip(changed)).map(|(made, changed)| (made, changed.max(made)))
    }

    /// Brings a record under the id of its number.
    async fn bring<P: Profile>(
        &mut self,
        (model, pk): (&str, u64),
        next: Next<P>,
        (created_at, updated_at): (Instant, Instant),
    ) -> Result<bool, Refusal>
    where
        Record<P::Id, P>: Entity,
    {
        let id = old_ids::id(model, pk);
        let record = Record { is_active: next.is_active, updated_at, ..Record::new(id, next.profile, created_at) };
        let values: Vec<(String, String)> =
            P::uniques(&record).iter().map(|value| (value.field().to_owned(), store::Key::unique(value).pk)).collect();
        let brought = app::integration::import::bring(self.app, &self.ctx, &record).await;
        self.told_apart(model, pk, &values, brought)
    }

    /// A value that another row of the dump has is a complaint that names that row.
    fn told_apart(
        &mut self,
        model: &str,
        pk: u64,
        values: &[(String, String)],
        brought: Result<bool, AppError>,
    ) -> Result<bool, Refusal> {
        if let Err(AppError::AlreadyExists { field }) = &brought {
            let other = values.iter().filter(|(name, _)| name == field).find_map(|value| self.taken.get(value));
            if let Some(other) = other {
                return Err(Refusal::Row(vec![Complaint::wrong(field, format!("The same as {model} {other}."))]));
            }
        }
        let new = brought?;
        self.taken.extend(values.iter().cloned().map(|value| (value, pk)));
        Ok(new)
    }
}

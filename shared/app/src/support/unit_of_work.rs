//! What one attempt of a use case is going to change.

use crate::App;
use crate::support::change::audit_row;
use crate::support::context::Context;
use crate::support::retry::AttemptError;
use domain::actor::Actor;
use domain::ids::Id;
use domain::notification::Notification;
use domain::time::Instant;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Arc;
use store::agenda::AgendaChanges;
use store::audit::{AuditAction, AuditRow, FieldChange};
use store::idempotency::OutcomeRow;
use store::{Purpose, Transaction};

/// The changes of one attempt, with their author and their time. All are written by [`commit`](Self::commit), or none.
///
/// The modules that own a noun add methods for its changes: [`history`](crate::appointments::history) for appointments,
/// [`slot`](crate::appointments::slot) for agendas, [`notification_rows`](crate::messaging::notification_rows) for
/// messages to patients.
pub struct UnitOfWork<'a> {
    pub app: &'a App,
    pub ctx: &'a Context,
    /// The time of this attempt, which every row of it gets.
    pub now: Instant,
    pub(crate) transaction: Transaction,
    /// Added to the transaction by [`commit`](Self::commit).
    pub(crate) agenda: AgendaChanges,
    /// The new messages to patients, which are in the transaction.
    pub(crate) messages: Vec<Notification>,
}

impl<'a> UnitOfWork<'a> {
    #[must_use]
    pub fn new(app: &'a App, ctx: &'a Context) -> Self {
        Self::at(app, ctx, app.now())
    }

    /// Begins at another time than the clock's.
    #[must_use]
    pub fn at(app: &'a App, ctx: &'a Context, now: Instant) -> Self {
        let (transaction, agenda) = (Transaction::default(), AgendaChanges::default());
        Self { app, ctx, now, transaction, agenda, messages: Vec::new() }
    }

    /// Begins the changes of a request that takes effect once.
    #[must_use]
    pub fn with_outcome(app: &'a App, ctx: &'a Context, resource: impl Id) -> Self {
        let mut uow = Self::new(app, ctx);
        uow.record_outcome(resource);
        uow
    }

    /// Adds the outcome of the request, so that it takes effect once. `resource` is the record that it changes.
    pub fn record_outcome(&mut self, resource: impl Id) {
        self.add_outcome(&self.ctx.outcome_row(resource, self.now));
    }

    /// Adds the outcome of a request.
    pub fn add_outcome(&mut self, outcome: &OutcomeRow) {
        // It may replace an expired one that DynamoDB has not deleted yet.
        self.transaction.create_over_expired(Purpose::Idempotency, outcome, self.now);
    }

    /// Adds a row to the audit trail. A transaction that is not sent within five minutes is built again, so that no row
    /// is added to a window that is [sealed](crate::audit::seals).
    pub fn audit(&mut self, record: (&str, impl Display), action: AuditAction, changes: BTreeMap<String, FieldChange>) {
        self.audit_as(self.ctx.actor.clone(), record, action, changes);
    }

    /// Adds a row to the audit trail about a change of another author than the context's.
    pub fn audit_as(
        &mut self,
        actor: Actor,
        record: (&str, impl Display),
        action: AuditAction,
        changes: BTreeMap<String, FieldChange>,
    ) {
        let clock = Arc::clone(&self.app.clock);
        self.transaction.set_deadline(self.now, move || clock.now());
        let row = audit_row(self.app, self.ctx, self.now, record, action);
        let row = AuditRow { actor: actor.without_patients_name(), changes, ..row };
        self.transaction.create(Purpose::Append, &row);
    }

    /// Adds the changes of agendas so far to the transaction. Only needed before the end to keep the actions of an
    /// appointment together, or to count them.
    pub(crate) fn write_agenda(&mut self) {
        std::mem::take(&mut self.agenda).write(&mut self.transaction);
    }

    /// Writes all changes, or none.
    ///
    /// # Errors
    /// [`AttemptError::Retry`] where another attempt may succeed.
    pub async fn commit(mut self) -> Result<(), AttemptError> {
        self.write_agenda();
        Ok(self.app.table.transact(self.transaction).await?)
    }

    /// Ends a request that changes nothing. With a client's key its outcome is written even so: a repeat has the same
    /// outcome, although the record may have changed in between.
    ///
    /// # Errors
    /// [`AttemptError::Retry`] where another attempt may succeed.
    pub async fn commit_unchanged(self) -> Result<(), AttemptError> {
        if self.ctx.idempotency_key.from_client { self.commit().await } else { Ok(()) }
    }
}

//! Who asks, by which way, and how often the request may have an effect: once.

use crate::App;
use crate::support::attempts::Failure;
use crate::support::change;
use crate::support::error::AppError;
use domain::actor::{Actor, Channel};
use domain::ids::{Id, UserId};
use domain::lifecycle::By;
use domain::time::Instant;
use domain::user::{Role, Scope, User};
use store::ahead::Ahead;
use store::idempotency::{KEPT, Outcome};
use store::{Entity, Key, Transaction};

/// A request, as far as use cases care.
#[derive(Clone)]
pub struct Context {
    /// Who asks.
    pub actor: Actor,
    /// As whom.
    pub by: By,
    /// Seeing which clinics.
    pub scope: Scope,
    /// By which way.
    pub channel: Channel,
    /// The request's id, for the audit trail and the log.
    pub request_id: String,
    /// The caller's address.
    pub ip_address: Option<String>,
    /// What makes the request happen once.
    pub once: Once,
    /// The row that its path names, where that was read along with the caller's.
    pub ahead: Ahead,
}

domain::opaque!(Context);

/// What makes a request happen once.
#[derive(Debug, Clone)]
pub struct Once {
    /// Hash of user, route and key.
    pub scope: String,
    /// Hash of the body.
    pub fingerprint: String,
    /// Whether the key is the client's. If so it may have been used before, and an outcome that is
    /// found is taken for that of an earlier request; otherwise it is this request's own, whose
    /// answer was lost.
    pub from_client: bool,
}

impl Once {
    /// For a request without a key: nobody can have used it before, but a lost answer can still be
    /// told from a write that never happened.
    #[must_use]
    pub fn fresh() -> Self {
        Self { scope: uuid::Uuid::new_v4().simple().to_string(), fingerprint: String::new(), from_client: false }
    }
}

/// What a use case did.
#[derive(Debug, Clone)]
pub struct Done<T> {
    /// The thing as it is now.
    pub value: T,
    /// Whether an earlier request had done it.
    pub replayed: bool,
}

impl Context {
    /// The context of somebody who signed in.
    #[must_use]
    pub fn of_user(user: &User, request_id: String, ip_address: Option<String>, once: Once) -> Self {
        Self {
            actor: Actor::User { id: user.id, name: user.profile.display_name() },
            by: match user.profile.role {
                Role::Operator => By::Operator,
                Role::Admin => By::Admin,
            },
            scope: user.profile.scope(),
            channel: Channel::Api,
            request_id,
            ip_address,
            once,
            ahead: Ahead::default(),
        }
    }

    /// The context of the scheduled job, and of what happens by itself.
    #[must_use]
    pub fn of_system(request_id: String) -> Self {
        Self {
            actor: Actor::System,
            by: By::System,
            scope: Scope::Everywhere,
            channel: Channel::System,
            request_id,
            ip_address: None,
            once: Once::fresh(),
            ahead: Ahead::default(),
        }
    }

    /// A row that may have been read ahead.
    ///
    /// # Errors
    /// What reading says.
    pub async fn get<E: Entity>(&self, app: &App, key: &Key) -> Result<Option<E>, AppError> {
        Ok(app.table.get_ahead(&self.ahead, key).await?)
    }

    /// The user who asks.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User { id, .. } => Some(id),
            Actor::Patient { .. } | Actor::System => None,
        }
    }

    /// Whether a request has to look for an earlier outcome before it does anything: its key may
    /// have been used, or the answer to its own earlier attempt was lost.
    #[must_use]
    pub fn may_be_done(&self, attempt: u32) -> bool {
        self.once.from_client || attempt > 0
    }

    /// The key of the outcome.
    #[must_use]
    pub fn outcome_key(&self) -> Key {
        Key::idempotency(&self.once.scope)
    }

    /// The id of what this request did before, given the outcome's row.
    ///
    /// # Errors
    /// [`AppError::IdempotencyMismatch`].
    pub fn outcome<I: Id>(&self, row: Option<Outcome>, now: Instant) -> Result<Option<I>, AppError> {
        // The table forgets late; the contract says 24 hours.
        let Some(row) = row.filter(|row| now.since(row.created_at) < KEPT) else {
            return Ok(None);
        };
        if row.fingerprint != self.once.fingerprint {
            return Err(AppError::IdempotencyMismatch);
        }
        Ok(I::parse(&row.resource))
    }

    /// Looks for the outcome of an earlier attempt or request.
    ///
    /// # Errors
    /// [`AppError::IdempotencyMismatch`], or what reading says.
    pub async fn done_before<I: Id>(&self, app: &App, attempt: u32) -> Result<Option<I>, AppError> {
        if !self.may_be_done(attempt) {
            return Ok(None);
        }
        let row = app.table.get::<Outcome>(&self.outcome_key()).await?;
        self.outcome(row, app.now())
    }

    /// What the same request did meanwhile, where this one is refused. Two deliveries of a request can
    /// run at once; then the first one's effect can be just what the second one trips over, after it
    /// found no outcome yet.
    ///
    /// # Errors
    /// `refusal`, if no other delivery had an effect.
    pub async fn done_meanwhile<I: Id>(&self, app: &App, refusal: AppError) -> Result<I, AppError> {
        match self.done_before(app, 0).await {
            Ok(Some(id)) => Ok(id),
            _ => Err(refusal),
        }
    }

    /// A transaction that can happen once.
    #[must_use]
    pub fn begin(&self, resource: impl Id, now: Instant) -> Transaction {
        let mut transaction = Transaction::default();
        self.remember(&mut transaction, resource, now);
        transaction
    }

    /// Adds to a transaction that it can happen once.
    pub fn remember(&self, transaction: &mut Transaction, resource: impl Id, now: Instant) {
        let outcome = Outcome {
            scope: self.once.scope.clone(),
            fingerprint: self.once.fingerprint.clone(),
            resource: resource.to_string(),
            created_at: now,
        };
        change::remember(transaction, &outcome);
    }

    /// Commits a transaction.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn commit(&self, app: &App, transaction: Transaction) -> Result<(), Failure> {
        app.table.transact(transaction).await.map_err(Failure::from)
    }
}

//! The context of a request: its caller, its channel and its idempotency key.

use crate::App;
use crate::support::error::AppError;
use domain::actor::{Actor, Channel};
use domain::ids::{Id, UserId};
use domain::lifecycle::ActorRole;
use domain::time::Instant;
use domain::user::{Role, Scope, User};
use store::idempotency::{OutcomeRow, RETENTION};
use store::prefetched::Prefetched;
use store::{Entity, Key};

/// The caller and the metadata of a request.
#[derive(Clone)]
pub struct Context {
    pub actor: Actor,
    pub role: ActorRole,
    /// The clinics that the caller may see.
    pub scope: Scope,
    pub channel: Channel,
    /// For the audit trail and the log.
    pub request_id: String,
    pub ip_address: Option<String>,
    pub idempotency_key: IdempotencyKey,
    /// The row that the request path names, if it was read together with the caller's rows.
    pub prefetched: Prefetched,
}

domain::opaque!(Context);

/// The key under which a request takes effect once.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// Hash of user, route and key: the key of the outcome row.
    pub scope: String,
    /// Hash of the request body.
    pub fingerprint: String,
    /// Whether the client sent the key. Then a recorded outcome is that of an earlier request. Otherwise it is the
    /// outcome of this request's own earlier attempt, whose answer was lost.
    pub from_client: bool,
}

impl IdempotencyKey {
    /// A random key for a request without one. It tells a write whose answer was lost from a write that never happened.
    #[must_use]
    pub fn generated() -> Self {
        Self { scope: uuid::Uuid::new_v4().simple().to_string(), fingerprint: String::new(), from_client: false }
    }
}

/// The result of a use case that takes effect once per idempotency key.
#[derive(Debug, Clone)]
pub struct Outcome<T> {
    /// The current state of the record.
    pub value: T,
    /// Whether an earlier request with the same key took effect, and this one did nothing.
    pub replayed: bool,
}

impl Context {
    /// The context of a signed-in user.
    #[must_use]
    pub fn of_user(
        user: &User,
        request_id: String,
        ip_address: Option<String>,
        idempotency_key: IdempotencyKey,
    ) -> Self {
        Self {
            actor: Actor::User { id: user.id, name: user.profile.display_name() },
            role: match user.profile.role {
                Role::Operator => ActorRole::Operator,
                Role::Admin => ActorRole::Admin,
            },
            scope: user.profile.scope(),
            channel: Channel::Api,
            request_id,
            ip_address,
            idempotency_key,
            prefetched: Prefetched::default(),
        }
    }

    /// The context of what the scheduled job does, and of what becomes of a message.
    #[must_use]
    pub fn of_scheduled_job() -> Self {
        Self::of_system("scheduled".to_owned())
    }

    /// The context of changes that no user requests.
    #[must_use]
    pub fn of_system(request_id: String) -> Self {
        Self {
            actor: Actor::System,
            role: ActorRole::System,
            scope: Scope::Everywhere,
            channel: Channel::System,
            request_id,
            ip_address: None,
            idempotency_key: IdempotencyKey::generated(),
            prefetched: Prefetched::default(),
        }
    }

    /// Reads a row, unless it was prefetched.
    pub async fn get_or_prefetched<E: Entity>(&self, app: &App, key: &Key) -> Result<Option<E>, AppError> {
        Ok(app.table.get_or_prefetched(&self.prefetched, key).await?)
    }

    /// Whether the reception desk or an ADMIN makes the request.
    #[must_use]
    pub fn is_staff(&self) -> bool {
        matches!(self.role, ActorRole::Operator | ActorRole::Admin)
    }

    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        match self.actor {
            Actor::User { id, .. } => Some(id),
            Actor::Patient { .. } | Actor::System => None,
        }
    }

    /// Whether an outcome may be recorded already: the client's key may have been used before, or the answer to an
    /// earlier attempt was lost.
    #[must_use]
    pub fn may_have_outcome(&self, attempt: u32) -> bool {
        self.idempotency_key.from_client || attempt > 0
    }

    #[must_use]
    pub fn outcome_key(&self) -> Key {
        Key::idempotency(&self.idempotency_key.scope)
    }

    /// Returns the id of the record that an earlier attempt or request changed.
    ///
    /// # Errors
    /// [`AppError::IdempotencyMismatch`] where that request had another body.
    pub fn outcome_id<I: Id>(&self, row: Option<OutcomeRow>, now: Instant) -> Result<Option<I>, AppError> {
        // DynamoDB deletes expired rows with a delay; the API promises 24 hours.
        let Some(row) = row.filter(|row| now.since(row.created_at) < RETENTION) else {
            return Ok(None);
        };
        if row.fingerprint != self.idempotency_key.fingerprint {
            return Err(AppError::IdempotencyMismatch);
        }
        Ok(I::parse(&row.resource))
    }

    /// Reads the outcome of an earlier attempt or request.
    ///
    /// # Errors
    /// [`AppError::IdempotencyMismatch`] where that request had another body.
    pub async fn previous_outcome<I: Id>(&self, app: &App, attempt: u32) -> Result<Option<I>, AppError> {
        if !self.may_have_outcome(attempt) {
            return Ok(None);
        }
        let row = app.table.get::<OutcomeRow>(&self.outcome_key()).await?;
        self.outcome_id(row, app.now())
    }

    /// Reads the outcome of a concurrent delivery of the same request, where this one failed. Both deliveries can find
    /// no outcome at first; then the effect of the faster one can be the reason why the other one fails.
    ///
    /// # Errors
    /// `error`, if no other delivery took effect.
    pub async fn concurrent_outcome<I: Id>(&self, app: &App, error: AppError) -> Result<I, AppError> {
        match self.previous_outcome(app, 0).await {
            Ok(Some(id)) => Ok(id),
            _ => Err(error),
        }
    }

    /// The outcome row of this request.
    pub(crate) fn outcome_row(&self, resource: impl Id, now: Instant) -> OutcomeRow {
        OutcomeRow {
            scope: self.idempotency_key.scope.clone(),
            fingerprint: self.idempotency_key.fingerprint.clone(),
            resource: resource.to_string(),
            created_at: now,
        }
    }
}

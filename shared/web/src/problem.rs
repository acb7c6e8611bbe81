//! What a handler answers when it refuses: one type for what use cases say and for what is wrong
//! with the HTTP itself.
//!
//! A problem becomes a response in two steps, because only the outermost layer knows the request's
//! id and language: [`Problem`] sets the status and rides along as an extension; `service` writes the
//! `application/problem+json`.

use crate::render;
use app::AppError;
use axum::response::{IntoResponse, Response};
use domain::language::Language;
use domain::violation::Violations;
use http::StatusCode;
use std::sync::Arc;

/// A refusal.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// A use case's.
    #[error(transparent)]
    App(#[from] AppError),
    /// Of the HTTP itself.
    #[error(transparent)]
    Http(#[from] Refusal),
}

/// What can be wrong with a request before any use case sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body isn't one JSON object.
    #[error("the body is malformed")]
    Malformed,
    /// The body is longer than [`crate::body::MAX_BODY`].
    #[error("the body is too large")]
    TooLarge,
    /// The body isn't JSON by its content type.
    #[error("the content type is not supported")]
    UnsupportedMediaType,
    /// The path is known but not with this method.
    #[error("the method is not allowed")]
    MethodNotAllowed {
        /// Those that are.
        allow: String,
    },
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::App(violations.into())
    }
}

impl Problem {
    /// The problem that a bare status stands for: what the router itself answers.
    pub(crate) fn of_status(status: StatusCode, allow: Option<&str>) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => AppError::NotAuthenticated.into(),
            StatusCode::FORBIDDEN => AppError::PermissionDenied.into(),
            StatusCode::NOT_FOUND => AppError::NotFound.into(),
            StatusCode::METHOD_NOT_ALLOWED => {
                Refusal::MethodNotAllowed { allow: allow.unwrap_or_default().to_owned() }.into()
            }
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge.into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Refusal::UnsupportedMediaType.into(),
            status if status.is_client_error() => Refusal::Malformed.into(),
            status => AppError::Internal(format!("a handler answered {status} by itself")).into(),
        }
    }

    /// What kind of refusal it is.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::App(error) => match error {
                AppError::Validation(_) => Code::ValidationError,
                AppError::InvalidCursor => Code::InvalidCursor,
                AppError::NotAuthenticated => Code::NotAuthenticated,
                AppError::InvalidCredentials => Code::InvalidCredentials,
                AppError::OtpRequired => Code::OtpRequired,
                AppError::TokenExpired => Code::TokenExpired,
                AppError::PermissionDenied => Code::PermissionDenied,
                AppError::NotFound => Code::NotFound,
                AppError::AlreadyExists { .. } => Code::AlreadyExists,
                AppError::SlotTaken(_) => Code::SlotTaken,
                AppError::OutsideAvailability => Code::OutsideAvailability,
                AppError::IllegalTransition { .. } => Code::IllegalTransition,
                AppError::InUse(_) => Code::InUse,
                AppError::AlreadySent => Code::AlreadySent,
                AppError::PreconditionFailed => Code::PreconditionFailed,
                AppError::IdempotencyMismatch => Code::IdempotencyMismatch,
                AppError::Throttled { .. } => Code::Throttled,
                AppError::Busy(_) => Code::Busy,
                AppError::Internal(_) => Code::InternalError,
            },
            Self::Http(Refusal::Malformed) => Code::Malformed,
            Self::Http(Refusal::TooLarge) => Code::TooLarge,
            Self::Http(Refusal::UnsupportedMediaType) => Code::UnsupportedMediaType,
            Self::Http(Refusal::MethodNotAllowed { .. }) => Code::MethodNotAllowed,
        }
    }

    /// The document of it, for an answer that isn't one to HTTP.
    #[must_use]
    pub fn document(&self, language: Language, request_id: &str) -> serde_json::Value {
        serde_json::from_slice(&render::document(self, language, request_id)).unwrap_or_default()
    }

    /// What only the operator may read, if there is something.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::App(AppError::Busy(reason) | AppError::Internal(reason)) => Some(reason),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code().status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident $code:literal $status:ident),+ $(,)?) => {
        /// The kinds of refusal, as clients tell them apart. Codes never change with the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])+ $name,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code, as clients see it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status that it comes with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// Fields break rules.
    ValidationError "validation_error" BAD_REQUEST,
    /// Not one JSON object.
    Malformed "malformed" BAD_REQUEST,
    /// A cursor that isn't ours, or isn't any more.
    InvalidCursor "invalid_cursor" BAD_REQUEST,
    /// Nobody is signed in.
    NotAuthenticated "not_authenticated" UNAUTHORIZED,
    /// Wrong e-mail address or password.
    InvalidCredentials "invalid_credentials" UNAUTHORIZED,
    /// The password is right; a second factor is needed.
    OtpRequired "otp_required" UNAUTHORIZED,
    /// The access token has run out.
    TokenExpired "token_expired" UNAUTHORIZED,
    /// The role doesn't allow it.
    PermissionDenied "permission_denied" FORBIDDEN,
    /// No such thing.
    NotFound "not_found" NOT_FOUND,
    /// Not with this method.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED,
    /// A unique value is taken.
    AlreadyExists "already_exists" CONFLICT,
    /// The time is taken.
    SlotTaken "slot_taken" CONFLICT,
    /// The doctor isn't there then.
    OutsideAvailability "outside_availability" CONFLICT,
    /// Not from this status.
    IllegalTransition "illegal_transition" CONFLICT,
    /// Something depends on it.
    InUse "in_use" CONFLICT,
    /// The message has been sent.
    AlreadySent "already_sent" CONFLICT,
    /// It has changed since.
    PreconditionFailed "precondition_failed" PRECONDITION_FAILED,
    /// The body is too long.
    TooLarge "too_large" PAYLOAD_TOO_LARGE,
    /// Not JSON.
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE,
    /// The same key with another body.
    IdempotencyMismatch "idempotency_mismatch" UNPROCESSABLE_ENTITY,
    /// Too many tries.
    Throttled "throttled" TOO_MANY_REQUESTS,
    /// Come back in a moment.
    Busy "busy" SERVICE_UNAVAILABLE,
    /// A defect.
    InternalError "internal_error" INTERNAL_SERVER_ERROR,
}

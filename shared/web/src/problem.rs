//! Error responses of handlers: one type for the errors of use cases and those of the HTTP request itself.
//!
//! A problem becomes a response in two steps, because only the outermost layer knows the request's id and language:
//! [`Problem`] sets the status and is attached as an extension; `service` writes the `application/problem+json`.

use crate::{answer, render};
use app::AppError;
use app::support::error::MediaRefusal;
use axum::response::{IntoResponse, Response};
use domain::language::Language;
use domain::violation::Violations;
use http::StatusCode;
use std::borrow::Cow;
use std::sync::Arc;
use wire::AffectedView;

#[derive(Debug, thiserror::Error)]
pub enum Problem {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Http(#[from] RequestError),
}

/// An error of the HTTP request, found before any use case is called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The body isn't one JSON object.
    #[error("the body is malformed")]
    Malformed,
    /// The body is longer than [`crate::body::MAX_BODY`] bytes.
    #[error("the body is too large")]
    TooLarge,
    /// The `Content-Type` isn't JSON in UTF-8.
    #[error("the content type is not supported")]
    UnsupportedMediaType,
    /// The path exists, but not with this method.
    #[error("the method is not allowed")]
    MethodNotAllowed {
        /// The value of the `Allow` header.
        allow: String,
    },
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Self::App(violations.into())
    }
}

impl Problem {
    /// The problem of a response that has nothing but a status: the router's own.
    pub(crate) fn from_status(status: StatusCode, allow: Option<&str>) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => AppError::NotAuthenticated.into(),
            StatusCode::FORBIDDEN => AppError::PermissionDenied.into(),
            StatusCode::NOT_FOUND => AppError::NotFound.into(),
            StatusCode::METHOD_NOT_ALLOWED => {
                RequestError::MethodNotAllowed { allow: allow.unwrap_or_default().to_owned() }.into()
            }
            StatusCode::PAYLOAD_TOO_LARGE => RequestError::TooLarge.into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => RequestError::UnsupportedMediaType.into(),
            status if status.is_client_error() => RequestError::Malformed.into(),
            status => AppError::Internal(format!("a handler answered {status} without a problem")).into(),
        }
    }

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
                AppError::SlotTaken { .. } => Code::SlotTaken,
                AppError::OutsideAvailability { .. } => Code::OutsideAvailability,
                AppError::OverbookLimit { .. } => Code::OverbookLimit,
                AppError::IllegalTransition { .. } => Code::IllegalTransition,
                AppError::InUse(_) => Code::InUse,
                AppError::AlreadySent => Code::AlreadySent,
                AppError::PreconditionFailed => Code::PreconditionFailed,
                AppError::IdempotencyMismatch => Code::IdempotencyMismatch,
                AppError::MediaRefused(MediaRefusal::Type) => Code::UnsupportedMediaType,
                AppError::MediaRefused(MediaRefusal::TooLong) => Code::TooLarge,
                AppError::Throttled { .. } => Code::Throttled,
                AppError::Busy(_) => Code::Busy,
                // A dry run is answered by `into_response`, without a code.
                AppError::Unreadable(_) | AppError::Internal(_) | AppError::DryRun(_) => Code::InternalError,
            },
            Self::Http(RequestError::Malformed) => Code::Malformed,
            Self::Http(RequestError::TooLarge) => Code::TooLarge,
            Self::Http(RequestError::UnsupportedMediaType) => Code::UnsupportedMediaType,
            Self::Http(RequestError::MethodNotAllowed { .. }) => Code::MethodNotAllowed,
        }
    }

    /// The problem document, for callers other than HTTP.
    #[must_use]
    pub fn document(&self, language: Language, request_id: &str) -> serde_json::Value {
        serde_json::from_slice(&render::document(self, language, request_id)).unwrap_or_default()
    }

    /// The reason for the log, which clients don't get.
    pub(crate) fn internal_reason(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::App(AppError::Busy(reason) | AppError::Internal(reason)) => Some(reason.into()),
            Self::App(AppError::Unreadable(row)) => Some(row.to_string().into()),
            _ => None,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Self::App(AppError::DryRun(affected)) = &self {
            return answer::json(StatusCode::OK, &AffectedView::from(affected));
        }
        let mut response = self.code().status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident $code:literal $status:ident),+ $(,)?) => {
        /// The codes of problems, by which clients tell them apart. They don't depend on the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])+ $name,)+
        }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)+ }
            }
        }
    };
}

codes! {
    /// Fields are invalid.
    ValidationError "validation_error" BAD_REQUEST,
    /// The body isn't one JSON object.
    Malformed "malformed" BAD_REQUEST,
    /// The cursor is forged, of another list, or expired.
    InvalidCursor "invalid_cursor" BAD_REQUEST,
    /// There is no valid token.
    NotAuthenticated "not_authenticated" UNAUTHORIZED,
    /// Wrong e-mail address or password.
    InvalidCredentials "invalid_credentials" UNAUTHORIZED,
    /// The password is correct; a second factor is needed.
    OtpRequired "otp_required" UNAUTHORIZED,
    /// The access token has expired.
    TokenExpired "token_expired" UNAUTHORIZED,
    /// The role doesn't allow it.
    PermissionDenied "permission_denied" FORBIDDEN,
    /// No such path or resource.
    NotFound "not_found" NOT_FOUND,
    /// The path doesn't have this method.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED,
    /// A unique value is taken.
    AlreadyExists "already_exists" CONFLICT,
    /// The time is taken by another appointment.
    SlotTaken "slot_taken" CONFLICT,
    /// The doctor isn't available then.
    OutsideAvailability "outside_availability" CONFLICT,
    /// The doctor can't be overbooked once more on that day.
    OverbookLimit "overbook_limit" CONFLICT,
    /// The appointment's status doesn't allow the action.
    IllegalTransition "illegal_transition" CONFLICT,
    /// Appointments depend on the resource.
    InUse "in_use" CONFLICT,
    /// The message has been sent.
    AlreadySent "already_sent" CONFLICT,
    /// The resource has changed since it was read.
    PreconditionFailed "precondition_failed" PRECONDITION_FAILED,
    /// The body is too long.
    TooLarge "too_large" PAYLOAD_TOO_LARGE,
    /// The body isn't JSON.
    UnsupportedMediaType "unsupported_media_type" UNSUPPORTED_MEDIA_TYPE,
    /// The idempotency key was used with another body.
    IdempotencyMismatch "idempotency_mismatch" UNPROCESSABLE_ENTITY,
    /// Too many attempts.
    Throttled "throttled" TOO_MANY_REQUESTS,
    /// The service can't answer now; retry.
    Busy "busy" SERVICE_UNAVAILABLE,
    /// A bug.
    InternalError "internal_error" INTERNAL_SERVER_ERROR,
}

//! The operations on messages of patients.

use super::client::Precondition;
use super::{ApiClient, Conversation, Inbound, QuickReply, ScreenError};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde::de::IgnoredAny;
use serde_json::json;

/// The messages that a list shows at most.
const LISTED: usize = 200;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyOutcome {
    Sent,
    /// It is delivered as soon as the patient writes.
    Kept,
}

impl ApiClient {
    /// The messages of patients that need attention.
    pub async fn open_inbound(&self) -> Result<Vec<Inbound>, ScreenError> {
        self.first("/api/notifications/inbound/?needs_attention=true", LISTED).await
    }

    /// The latest messages of patients.
    pub async fn recent_inbound(&self) -> Result<Vec<Inbound>, ScreenError> {
        self.first("/api/notifications/inbound/?", LISTED).await
    }

    pub async fn conversation(&self, id: &str) -> Result<Conversation, ScreenError> {
        self.get(&format!("/api/notifications/inbound/{id}/")).await
    }

    /// Takes a message off the worklist.
    pub async fn settle_inbound(&self, id: &str) -> Result<(), ScreenError> {
        let body = json!({ "needs_attention": false });
        let path = format!("/api/notifications/inbound/{id}/");
        self.change::<IgnoredAny>(Method::PATCH, &path, &body, Precondition::default()).await.map(drop)
    }

    /// Answers a message.
    pub async fn reply(&self, id: &str, text: &str, key: &str) -> Result<ReplyOutcome, ScreenError> {
        let precondition = Precondition { idempotency_key: Some(key), version: None };
        let path = format!("/api/notifications/inbound/{id}/reply/");
        let answer = self.exchange(Method::POST, &path, Some(&json!({ "body": text })), precondition).await?;
        Ok(if answer.status() == StatusCode::ACCEPTED { ReplyOutcome::Kept } else { ReplyOutcome::Sent })
    }

    /// The clinic's quick replies for a message. None where the deployment has no such path.
    pub async fn quick_replies(&self, id: &str) -> Result<Vec<QuickReply>, ScreenError> {
        match self.first(&format!("/api/notifications/inbound/{id}/quick-replies/?"), 50).await {
            Err(ScreenError::Problem(problem)) if problem.status == 404 => Ok(Vec::new()),
            outcome => outcome,
        }
    }

    /// What was sent with a message: its type, and its bytes.
    pub async fn media(&self, id: &str, number: &str) -> Result<(String, Bytes), ScreenError> {
        let path = format!("/api/notifications/inbound/{id}/media/{number}/");
        let answer = self.exchange(Method::GET, &path, None, Precondition::default()).await?;
        let media_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok((media_type.to_owned(), answer.into_body()))
    }

    /// Says whose number a message came from.
    pub async fn link_inbound(&self, id: &str, patient: &str, key: &str) -> Result<(), ScreenError> {
        let precondition = Precondition { idempotency_key: Some(key), version: None };
        let path = format!("/api/notifications/inbound/{id}/link/");
        let body = json!({ "patient": patient });
        self.change::<IgnoredAny>(Method::POST, &path, &body, precondition).await.map(drop)
    }
}

//! A Secrets Manager that only pretends: versions of one secret with their stages, by the rules that its
//! API documents, behind the protocol that the SDK speaks.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use testkit::test_app::Trouble;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The secret's ARN, mostly.
pub(crate) const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:citas/signing-AbCdEf";
/// The other one that is rotated.
pub(crate) const CURSORS: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:citas/cursors-GhIjKl";

/// A running one.
pub(crate) struct SecretsManager {
    endpoint: String,
    secret: Arc<Mutex<Secret>>,
    serving: AbortHandle,
}

/// What it knows.
#[derive(Default)]
struct Secret {
    arn: String,
    /// The operations that were asked for.
    asked: Vec<String>,
    rotated: bool,
    versions: BTreeMap<String, Version>,
    /// Whether the answer to the next write is lost, after its effect.
    loses_answer: bool,
    writes: usize,
}

#[derive(Default)]
struct Version {
    text: Option<String>,
    stages: BTreeSet<String>,
}

impl SecretsManager {
    /// One whose secret has this text.
    pub(crate) async fn start(text: &str) -> Result<Self, Trouble> {
        Self::start_with(SECRET, text).await
    }

    /// The same with this secret.
    pub(crate) async fn start_with(arn: &str, text: &str) -> Result<Self, Trouble> {
        let version = Version { text: Some(text.to_owned()), stages: BTreeSet::from(["AWSCURRENT".to_owned()]) };
        let versions = BTreeMap::from([("v0".to_owned(), version)]);
        let secret = Arc::new(Mutex::new(Secret { arn: arn.to_owned(), rotated: true, versions, ..Secret::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let routes = Router::new().route("/", post(answer)).with_state(Arc::clone(&secret));
        let serving = tokio::spawn(axum::serve(listener, routes).into_future()).abort_handle();
        Ok(Self { endpoint, secret, serving })
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A rotation begins: there is a version without a value yet.
    pub(crate) fn begin(&self, version: &str) {
        self.stage(version, None);
    }

    /// A version that is being made has this text.
    pub(crate) fn stage(&self, version: &str, text: Option<&str>) {
        let mut secret = self.secret.lock().unwrap();
        secret.take("AWSPENDING");
        let stages = BTreeSet::from(["AWSPENDING".to_owned()]);
        secret.versions.insert(version.to_owned(), Version { text: text.map(str::to_owned), stages });
    }

    /// Nobody wants it rotated any more.
    pub(crate) fn disable(&self) {
        self.secret.lock().unwrap().rotated = false;
    }

    /// The answer to the next write is lost.
    pub(crate) fn lose_answer(&self) {
        self.secret.lock().unwrap().loses_answer = true;
    }

    /// The operations that were asked for since the last time.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.secret.lock().unwrap().asked)
    }

    /// How many writes there were.
    pub(crate) fn writes(&self) -> usize {
        self.secret.lock().unwrap().writes
    }

    /// The version at a stage, and its text.
    pub(crate) fn at(&self, stage: &str) -> Option<(String, String)> {
        let secret = self.secret.lock().unwrap();
        let (id, version) = secret.versions.iter().find(|(_, version)| version.stages.contains(stage))?;
        Some((id.clone(), version.text.clone().unwrap_or_default()))
    }
}

impl Drop for SecretsManager {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Secret {
    fn take(&mut self, stage: &str) {
        for version in self.versions.values_mut() {
            version.stages.remove(stage);
        }
    }

    fn call(&mut self, operation: &str, request: &Value) -> Result<Value, &'static str> {
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        if request["SecretId"] != self.arn {
            return Err("ResourceNotFoundException");
        }
        match operation {
            "DescribeSecret" => {
                let stages: BTreeMap<_, _> =
                    self.versions.iter().map(|(id, version)| (id, version.stages.iter().collect::<Vec<_>>())).collect();
                Ok(json!({ "ARN": self.arn, "RotationEnabled": self.rotated, "VersionIdsToStages": stages }))
            }
            "GetSecretValue" => {
                let (wanted, stage) = (text("VersionId"), text("VersionStage").unwrap_or("AWSCURRENT".to_owned()));
                let found = self
                    .versions
                    .iter()
                    .find(|(id, version)| {
                        wanted.as_ref().is_none_or(|wanted| wanted == *id) && version.stages.contains(&stage)
                    })
                    .and_then(|(id, version)| Some((id, version.text.as_ref()?)));
                let (id, text) = found.ok_or("ResourceNotFoundException")?;
                Ok(json!({ "ARN": self.arn, "VersionId": id, "SecretString": text }))
            }
            "PutSecretValue" => {
                let (id, text) = (text("ClientRequestToken").unwrap(), text("SecretString").unwrap());
                let known = self.versions.get(&id).and_then(|version| version.text.clone());
                if known.is_some_and(|known| known != text) {
                    return Err("ResourceExistsException");
                }
                let stages = request["VersionStages"].as_array().unwrap().iter();
                let stages: Vec<String> = stages.map(|stage| stage.as_str().unwrap().to_owned()).collect();
                for stage in &stages {
                    self.take(stage);
                }
                let version = self.versions.entry(id).or_default();
                version.text = Some(text);
                version.stages.extend(stages);
                Ok(json!({ "ARN": self.arn }))
            }
            "UpdateSecretVersionStage" => {
                let (stage, to) = (text("VersionStage").unwrap(), text("MoveToVersionId").unwrap());
                let from = text("RemoveFromVersionId").unwrap_or_default();
                let has = self.versions.get(&from).is_some_and(|version| version.stages.contains(&stage));
                if !has || !self.versions.contains_key(&to) {
                    return Err("InvalidParameterException");
                }
                self.take(&stage);
                self.versions.get_mut(&to).unwrap().stages.insert(stage);
                self.take("AWSPREVIOUS");
                self.versions.get_mut(&from).unwrap().stages.insert("AWSPREVIOUS".to_owned());
                Ok(json!({ "ARN": self.arn }))
            }
            other => panic!("{other} isn't asked for"),
        }
    }
}

async fn answer(State(secret): State<Arc<Mutex<Secret>>>, headers: HeaderMap, body: String) -> Response {
    let operation = headers["x-amz-target"].to_str().unwrap().trim_start_matches("secretsmanager.").to_owned();
    let mut secret = secret.lock().unwrap();
    secret.asked.push(operation.clone());
    let answer = secret.call(&operation, &serde_json::from_str(&body).unwrap());
    if matches!(operation.as_str(), "PutSecretValue" | "UpdateSecretVersionStage") {
        secret.writes += 1;
        if std::mem::take(&mut secret.loses_answer) {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "__type": code, "Message": "as documented" })),
    };
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}

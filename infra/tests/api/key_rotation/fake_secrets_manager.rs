//! A fake of the Secrets Manager API with one secret: its versions and stages follow the documented rules. The SDK
//! connects to it over HTTP.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use testkit::test_app::TestError;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// The ARN of the signing secret.
pub(crate) const SECRET: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:citas/signing-AbCdEf";
/// The ARN of the cursor secret.
pub(crate) const CURSORS: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:citas/cursors-GhIjKl";

/// A running fake. It stops when it is dropped.
pub(crate) struct FakeSecretsManager {
    endpoint: String,
    secret: Arc<Mutex<FakeSecret>>,
    serving: AbortHandle,
}

#[derive(Default)]
struct FakeSecret {
    arn: String,
    /// The names of the operations that were called.
    operations: Vec<String>,
    rotated: bool,
    versions: BTreeMap<String, SecretVersion>,
    /// Whether the answer to the next write is lost after the write.
    loses_next_answer: bool,
    writes: usize,
}

#[derive(Default)]
struct SecretVersion {
    text: Option<String>,
    stages: BTreeSet<String>,
}

impl FakeSecretsManager {
    /// Starts a fake whose signing secret has this value.
    pub(crate) async fn start(text: &str) -> Result<Self, TestError> {
        Self::start_with(SECRET, text).await
    }

    /// Starts a fake with a secret of this ARN and value.
    pub(crate) async fn start_with(arn: &str, text: &str) -> Result<Self, TestError> {
        let version = SecretVersion { text: Some(text.to_owned()), stages: BTreeSet::from(["AWSCURRENT".to_owned()]) };
        let versions = BTreeMap::from([("v0".to_owned(), version)]);
        let secret =
            Arc::new(Mutex::new(FakeSecret { arn: arn.to_owned(), rotated: true, versions, ..FakeSecret::default() }));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let routes = Router::new().route("/", post(answer)).with_state(Arc::clone(&secret));
        let serving = tokio::spawn(axum::serve(listener, routes).into_future()).abort_handle();
        Ok(Self { endpoint, secret, serving })
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Begins a rotation: creates a pending version without a value.
    pub(crate) fn begin_rotation(&self, version: &str) {
        self.set_pending(version, None);
    }

    /// Creates a pending version with this value.
    pub(crate) fn set_pending(&self, version: &str, text: Option<&str>) {
        let mut secret = self.secret.lock().unwrap();
        secret.remove_stage("AWSPENDING");
        let stages = BTreeSet::from(["AWSPENDING".to_owned()]);
        secret.versions.insert(version.to_owned(), SecretVersion { text: text.map(str::to_owned), stages });
    }

    pub(crate) fn disable_rotation(&self) {
        self.secret.lock().unwrap().rotated = false;
    }

    pub(crate) fn lose_next_answer(&self) {
        self.secret.lock().unwrap().loses_next_answer = true;
    }

    /// The operations that were called since the last time.
    pub(crate) fn take_operations(&self) -> Vec<String> {
        std::mem::take(&mut self.secret.lock().unwrap().operations)
    }

    pub(crate) fn writes(&self) -> usize {
        self.secret.lock().unwrap().writes
    }

    /// The id and the value of the version at a stage.
    pub(crate) fn version_at(&self, stage: &str) -> Option<(String, String)> {
        let secret = self.secret.lock().unwrap();
        let (id, version) = secret.versions.iter().find(|(_, version)| version.stages.contains(stage))?;
        Some((id.clone(), version.text.clone().unwrap_or_default()))
    }
}

impl Drop for FakeSecretsManager {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl FakeSecret {
    fn remove_stage(&mut self, stage: &str) {
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
                    self.remove_stage(stage);
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
                self.remove_stage(&stage);
                self.versions.get_mut(&to).unwrap().stages.insert(stage);
                self.remove_stage("AWSPREVIOUS");
                self.versions.get_mut(&from).unwrap().stages.insert("AWSPREVIOUS".to_owned());
                Ok(json!({ "ARN": self.arn }))
            }
            other => panic!("{other} isn't implemented"),
        }
    }
}

async fn answer(State(secret): State<Arc<Mutex<FakeSecret>>>, headers: HeaderMap, body: String) -> Response {
    let operation = headers["x-amz-target"].to_str().unwrap().trim_start_matches("secretsmanager.").to_owned();
    let mut secret = secret.lock().unwrap();
    secret.operations.push(operation.clone());
    let answer = secret.call(&operation, &serde_json::from_str(&body).unwrap());
    if matches!(operation.as_str(), "PutSecretValue" | "UpdateSecretVersionStage") {
        secret.writes += 1;
        if std::mem::take(&mut secret.loses_next_answer) {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let (status, body) = match answer {
        Ok(answer) => (StatusCode::OK, answer),
        Err(code) => (StatusCode::BAD_REQUEST, json!({ "__type": code, "Message": "as documented" })),
    };
    (status, [("content-type", "application/x-amz-json-1.1")], body.to_string()).into_response()
}

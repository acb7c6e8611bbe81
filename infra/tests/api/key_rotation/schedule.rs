//! Tests of the four steps of a rotation by Secrets Manager, with the real SDK and a fake Secrets Manager. Each step
//! can be repeated.

use super::fake_secrets_manager::{CURSORS, FakeSecretsManager, SECRET};
use crate::events::ROTATE;
use crate::payload;
use app::support::key_ring::KeyRingError;
use identity::keys::KeyError;
use lambda_runtime::{Context, LambdaEvent};
use local::observer::{ServiceCall, observe};
use platform::secrets::rotation::{RotationError, RotationStep, SecretRotation, StepName};
use serde_json::Value;
use testkit::test_app::{TestApp, TestError};

const OLD: &str = "0123456789abcdef0123456789abcdef-old";
const STEPS: [StepName; 4] =
    [StepName::CreateSecret, StepName::SetSecret, StepName::TestSecret, StepName::FinishSecret];

fn step(step: StepName, version: &str) -> RotationStep {
    RotationStep { step, secret_id: SECRET.to_owned(), client_request_token: version.to_owned() }
}

#[tokio::test]
async fn a_rotation_puts_a_new_key_first_and_keeps_the_previous_one() -> Result<(), TestError> {
    let manager = FakeSecretsManager::start(OLD).await?;
    let rotation = SecretRotation::local(manager.endpoint());
    let mut before = OLD.to_owned();
    for version in ["v1", "v2"] {
        manager.begin_rotation(version);
        for name in STEPS {
            assert_eq!(manager.version_at("AWSCURRENT").unwrap().1, before, "in use until the last step");
            rotation.step(&step(name, version)).await?;
        }
        let (current, text) = manager.version_at("AWSCURRENT").unwrap();
        let keys: Vec<&str> = text.split(' ').collect();
        assert_eq!((current.as_str(), keys.len()), (version, 2), "{text}");
        assert_eq!(keys[1], before.split(' ').next().unwrap(), "the key that signed until now");
        assert_eq!(manager.version_at("AWSPREVIOUS").unwrap().1, before);
        before = text;
    }
    assert!(!before.contains(OLD), "the oldest is gone");
    Ok(())
}

#[tokio::test]
async fn steps_can_be_repeated_and_answers_can_be_lost() -> Result<(), TestError> {
    let manager = FakeSecretsManager::start(OLD).await?;
    let rotation = SecretRotation::local(manager.endpoint());
    manager.begin_rotation("v1");
    for name in STEPS {
        manager.lose_next_answer();
        // The SDK retries; if that fails, Secrets Manager repeats the step.
        let _ = rotation.step(&step(name, "v1")).await;
        let text = manager.version_at("AWSPENDING").unwrap().1;
        rotation.step(&step(name, "v1")).await?;
        assert_eq!(manager.version_at("AWSPENDING").unwrap().1, text, "{name:?} makes no other key");
    }
    let writes = manager.writes();
    assert_eq!(manager.version_at("AWSCURRENT").unwrap().0, "v1");
    for name in STEPS {
        rotation.step(&step(name, "v1")).await?;
    }
    assert_eq!(manager.writes(), writes, "what is done is done");
    Ok(())
}

#[tokio::test]
async fn a_version_that_is_not_pending_is_left_alone() -> Result<(), TestError> {
    let manager = FakeSecretsManager::start(OLD).await?;
    let rotation = SecretRotation::local(manager.endpoint());
    for name in STEPS {
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotPending), "{name:?} of no version");
    }
    for name in [StepName::TestSecret, StepName::FinishSecret] {
        manager.begin_rotation("v1");
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotPending), "{name:?} of nothing yet");
        manager.set_pending("v1", Some("tooshort"));
        let short = Err(RotationError::KeyRing(KeyRingError::Key(KeyError::TooShort)));
        assert_eq!(rotation.step(&step(name, "v1")).await, short);
        manager.set_pending("v1", Some(" "));
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::Empty));
    }
    let other = RotationStep { secret_id: "another".to_owned(), ..step(StepName::FinishSecret, "v1") };
    let missing = Err(RotationError::Refused("ResourceNotFoundException".to_owned()));
    assert_eq!(rotation.step(&other).await, missing);
    manager.disable_rotation();
    for name in STEPS {
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotEnabled), "{name:?}");
    }
    assert_eq!((manager.writes(), manager.version_at("AWSCURRENT").unwrap().1.as_str()), (0, OLD));
    Ok(())
}

/// For a new schedule Secrets Manager runs the test step on a version with the current value.
#[tokio::test]
async fn a_secret_that_was_never_rotated_passes_the_test() -> Result<(), TestError> {
    let manager = FakeSecretsManager::start(OLD).await?;
    manager.set_pending("trial", Some(OLD));
    SecretRotation::local(manager.endpoint()).step(&step(StepName::TestSecret, "trial")).await?;
    Ok(())
}

/// Invokes the function, and reports its calls of Secrets Manager to the check of its IAM policy.
async fn invoke(app: &TestApp, manager: &FakeSecretsManager, event: Value) -> Result<Value, lambda_runtime::Error> {
    let rotation = SecretRotation::local(manager.endpoint());
    let name = if event["SecretId"] == CURSORS { "cursors" } else { "signing" };
    let invocation = async {
        let answer = auth::admin::handle(&app.system.app, &rotation, LambdaEvent::new(event, Context::default())).await;
        for operation in manager.take_operations() {
            let action = format!("secretsmanager:{operation}");
            observe(&ServiceCall::Service { action: &action, resource: name });
        }
        answer
    };
    app.system.run_as_function("auth-admin", invocation).await
}

#[tokio::test]
async fn the_function_accepts_the_events_of_secrets_manager() -> Result<(), TestError> {
    let app = TestApp::start().await?;
    for secret in [SECRET, CURSORS] {
        let manager = FakeSecretsManager::start_with(secret, OLD).await?;
        let mut event = payload::json(ROTATE);
        event["SecretId"] = secret.into();
        let version = event["ClientRequestToken"].as_str().unwrap().to_owned();
        manager.begin_rotation(&version);
        for name in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            event["Step"] = name.into();
            invoke(&app, &manager, event.clone()).await?;
        }
        assert_eq!(manager.version_at("AWSCURRENT").unwrap().0, version);
        event["Step"] = "deleteSecret".into();
        assert!(invoke(&app, &manager, event).await.is_err());
    }
    Ok(())
}

//! Secrets Manager rotates a secret in four steps, each of which may come twice: the real SDK against a
//! Secrets Manager that only pretends.

use super::secrets_manager::{CURSORS, SECRET, SecretsManager};
use crate::events::ROTATE;
use crate::payload;
use app::support::secret_words::Unfit;
use identity::keys::KeyError;
use lambda_runtime::{Context, LambdaEvent};
use local::observer::{Call, observe};
use platform::secrets::rotation::{Rotation, RotationError, Step, StepName};
use serde_json::Value;
use testkit::test_app::{TestApp, Trouble};

const OLD: &str = "0123456789abcdef0123456789abcdef-old";
const STEPS: [StepName; 4] =
    [StepName::CreateSecret, StepName::SetSecret, StepName::TestSecret, StepName::FinishSecret];

fn step(step: StepName, version: &str) -> Step {
    Step { step, secret_id: SECRET.to_owned(), client_request_token: version.to_owned() }
}

#[tokio::test]
async fn a_new_word_comes_in_front_and_the_one_before_is_kept() -> Result<(), Trouble> {
    let manager = SecretsManager::start(OLD).await?;
    let rotation = Rotation::local(manager.endpoint());
    let mut before = OLD.to_owned();
    for version in ["v1", "v2"] {
        manager.begin(version);
        for name in STEPS {
            assert_eq!(manager.at("AWSCURRENT").unwrap().1, before, "in use until the last step");
            rotation.step(&step(name, version)).await?;
        }
        let (current, text) = manager.at("AWSCURRENT").unwrap();
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!((current.as_str(), words.len()), (version, 2), "{text}");
        assert_eq!(words[1], before.split(' ').next().unwrap(), "the word that signed until now");
        assert_eq!(manager.at("AWSPREVIOUS").unwrap().1, before);
        before = text;
    }
    assert!(!before.contains(OLD), "the oldest is gone");
    Ok(())
}

#[tokio::test]
async fn each_step_may_come_twice_and_any_answer_may_be_lost() -> Result<(), Trouble> {
    let manager = SecretsManager::start(OLD).await?;
    let rotation = Rotation::local(manager.endpoint());
    manager.begin("v1");
    for name in STEPS {
        manager.lose_answer();
        // The SDK asks again; where that isn't enough, Secrets Manager does.
        let _ = rotation.step(&step(name, "v1")).await;
        let text = manager.at("AWSPENDING").unwrap().1;
        rotation.step(&step(name, "v1")).await?;
        assert_eq!(manager.at("AWSPENDING").unwrap().1, text, "{name:?} makes no other word");
    }
    let writes = manager.writes();
    assert_eq!(manager.at("AWSCURRENT").unwrap().0, "v1");
    for name in STEPS {
        rotation.step(&step(name, "v1")).await?;
    }
    assert_eq!(manager.writes(), writes, "what is done is done");
    Ok(())
}

#[tokio::test]
async fn what_is_not_being_rotated_is_left_alone() -> Result<(), Trouble> {
    let manager = SecretsManager::start(OLD).await?;
    let rotation = Rotation::local(manager.endpoint());
    for name in STEPS {
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotPending), "{name:?} of no version");
    }
    for name in [StepName::TestSecret, StepName::FinishSecret] {
        manager.begin("v1");
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotPending), "{name:?} of nothing yet");
        manager.stage("v1", Some("tooshort"));
        let short = Err(RotationError::Unfit(Unfit::Key(KeyError::TooShort)));
        assert_eq!(rotation.step(&step(name, "v1")).await, short);
        manager.stage("v1", Some(" "));
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::Empty));
    }
    let other = Step { secret_id: "another".to_owned(), ..step(StepName::FinishSecret, "v1") };
    let missing = Err(RotationError::Refused("ResourceNotFoundException".to_owned()));
    assert_eq!(rotation.step(&other).await, missing);
    manager.disable();
    for name in STEPS {
        assert_eq!(rotation.step(&step(name, "v1")).await, Err(RotationError::NotEnabled), "{name:?}");
    }
    assert_eq!((manager.writes(), manager.at("AWSCURRENT").unwrap().1.as_str()), (0, OLD));
    Ok(())
}

/// With a new schedule Secrets Manager tries the function on a version like the current one.
#[tokio::test]
async fn a_secret_that_was_never_rotated_passes_the_test() -> Result<(), Trouble> {
    let manager = SecretsManager::start(OLD).await?;
    manager.stage("trial", Some(OLD));
    Rotation::local(manager.endpoint()).step(&step(StepName::TestSecret, "trial")).await?;
    Ok(())
}

/// Invokes the function. What it asks Secrets Manager for, it asks in its own name.
async fn invoke(app: &TestApp, manager: &SecretsManager, event: Value) -> Result<Value, lambda_runtime::Error> {
    let rotation = Rotation::local(manager.endpoint());
    let name = if event["SecretId"] == CURSORS { "cursors" } else { "signing" };
    let invocation = async {
        let answer = auth::admin::handle(&app.system.app, &rotation, LambdaEvent::new(event, Context::default())).await;
        for operation in manager.take_asked() {
            let action = format!("secretsmanager:{operation}");
            observe(&Call::Service { action: &action, resource: name });
        }
        answer
    };
    app.system.acting_as("auth-admin", invocation).await
}

#[tokio::test]
async fn the_function_takes_the_event_as_secrets_manager_sends_it() -> Result<(), Trouble> {
    let app = TestApp::start().await?;
    for secret in [SECRET, CURSORS] {
        let manager = SecretsManager::start_with(secret, OLD).await?;
        let mut event = payload::json(ROTATE);
        event["SecretId"] = secret.into();
        let version = event["ClientRequestToken"].as_str().unwrap().to_owned();
        manager.begin(&version);
        for name in ["createSecret", "setSecret", "testSecret", "finishSecret"] {
            event["Step"] = name.into();
            invoke(&app, &manager, event.clone()).await?;
        }
        assert_eq!(manager.at("AWSCURRENT").unwrap().0, version);
        event["Step"] = "deleteSecret".into();
        assert!(invoke(&app, &manager, event).await.is_err());
    }
    Ok(())
}

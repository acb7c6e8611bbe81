//! A worker that sends due notifications and records it afterwards, as many systems do. The exploration must find that
//! it sends messages twice.

use app::support::ports::{OutgoingMessage, SendOutcome};
use domain::notification::{Address, MessageText, Notification, NotificationStatus};
use store::Transaction;
use store::keys::{Key, SHARDS};
use store::notification::{DuePointer, save};
use store::patterns;
use testkit::test_app::TestApp;

/// Sends the due notifications.
pub async fn run(app: &TestApp) -> Result<(), lambda_runtime::Error> {
    let app = &app.system.app;
    let now = app.now();
    for shard in 0..SHARDS {
        let due: Vec<DuePointer> = app.table.query_all(&patterns::due(now.utc_day(), shard, now)).await?;
        for pointer in due {
            let Some(before) = app.table.get::<Notification>(&Key::notification(pointer.notification)).await? else {
                continue;
            };
            if before.status != NotificationStatus::Pending {
                continue;
            }
            let outgoing = OutgoingMessage {
                to: before.to.clone().unwrap_or_else(|| Address(String::new())),
                body: MessageText(format!("Recordatorio {}", before.appointment)),
                template: None,
                valid_seconds: 60,
                reference: format!("{}.1", before.id),
            };
            if let SendOutcome::Accepted(sid) = app.messenger.send(&outgoing).await {
                let after = Notification {
                    status: NotificationStatus::Sent,
                    external_id: Some(sid),
                    sent_at: Some(now),
                    next_at: None,
                    attempts: 1,
                    version: before.version + 1,
                    ..before.clone()
                };
                let mut transaction = Transaction::default();
                save(&mut transaction, &before, &after);
                app.table.transact(transaction).await?;
            }
        }
    }
    Ok(())
}

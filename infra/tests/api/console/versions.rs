//! Changes that meet another desk's: both versions are shown, and one is taken. What was confirmed can be undone.

use super::{Visitor, hidden, html};
use crate::clinic_setup::{ClinicSetup, id};
use serde_json::json;

async fn operator(setup: &ClinicSetup) -> Visitor<'_> {
    Visitor::signed_in(&setup.app, "operator@example.com").await
}

/// The rows of the table of versions: label, own, saved.
fn rows(page: &str) -> Vec<Vec<String>> {
    let table = page.split("class=\"versions\"").nth(1).unwrap().split("</tbody>").next().unwrap();
    let rows = table.split("<tbody>").nth(1).unwrap().split("<tr>").skip(1);
    let cells = |row: &str| -> Vec<String> {
        row.split("</t").filter_map(|cell| Some(cell.rsplit_once('>')?.1.to_owned())).take(3).collect()
    };
    rows.map(cells).collect()
}

#[tokio::test]
async fn notes_that_another_desk_changed_are_shown_beside_the_own_and_overwritten() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let api = format!("/api/appointments/{appointment}/");
    let visitor = operator(&setup).await;
    let version = hidden(html(&visitor.get(&format!("/appointments/{appointment}")).await), "version");
    let admin = setup.admin().await;
    admin.patch(&api, &json!({ "notes": "Trae estudios", "reason": "Control" })).await.unwrap();
    let path = format!("/appointments/{appointment}/notes");
    let form = [("reason", "Control"), ("notes", "Viene en <silla>"), ("version", version.as_str())];
    let refused = visitor.post(&path, &form).await;
    assert_eq!(refused.status, 412, "{refused:?}");
    assert_eq!(rows(html(&refused)), [["Notas", "Viene en &lt;silla&gt;", "Trae estudios"]], "the reason is the same");
    assert_eq!(setup.appointment(&appointment).await["notes"], "Trae estudios");
    // Overwriting sends the same form with the version that is saved now.
    let version = hidden(html(&refused), "version");
    let again = [("reason", "Control"), ("notes", "Viene en <silla>"), ("version", version.as_str())];
    assert!(hidden(html(&refused), "notes").contains("silla"));
    assert_eq!(visitor.post(&path, &again).await.status, 303);
    assert_eq!(setup.appointment(&appointment).await["notes"], "Viene en <silla>");
    // Saved once more meanwhile: it is asked again.
    assert_eq!(visitor.post(&path, &again).await.status, 412);
}

#[tokio::test]
async fn an_action_on_an_older_version_says_what_was_wanted_and_what_is_saved_by_whom() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let (page, path) = (format!("/appointments/{appointment}"), format!("/appointments/{appointment}/actions"));
    let visitor = operator(&setup).await;
    let version = hidden(html(&visitor.get(&page).await), "version");
    setup.act(&appointment, &json!({ "action": "confirm" })).await.expect_status(200).unwrap();
    let form = [("action", "cancel"), ("reason", "Viaja"), ("told", "here"), ("version", &version), ("key", "a")];
    let refused = visitor.post(&path, &form).await;
    assert_eq!(refused.status, 412, "{refused:?}");
    let row = &rows(html(&refused))[0];
    assert_eq!((row[0].as_str(), row[1].as_str()), ("Estado", "Cancelada"));
    assert!(row[2].starts_with("Confirmada · lunes 15 de diciembre, 10:00"), "{row:?}");
    assert!(html(&refused).contains("Lo guardado · operator@example.com"), "{refused:?}");
    let (version, key) = (hidden(html(&refused), "version"), hidden(html(&refused), "key"));
    assert_ne!(key, "a", "another version is another change");
    let again = [("action", "cancel"), ("reason", "Viaja"), ("told", "here"), ("version", &version), ("key", &key)];
    assert_eq!(visitor.post(&path, &again).await.status, 303);
    assert_eq!(setup.appointment(&appointment).await["status"], "CANCELLED");
}

#[tokio::test]
async fn a_patient_that_another_desk_changed_is_shown_in_both_versions() {
    let setup = ClinicSetup::new().await;
    let visitor = operator(&setup).await;
    let path = format!("/patients/{}/edit", setup.patient);
    let version = hidden(html(&visitor.get(&path).await), "version");
    let api = format!("/api/patients/{}/", setup.patient);
    setup.admin().await.patch(&api, &json!({ "address": "Belgrano 10" })).await.unwrap().expect_status(200).unwrap();
    let form = |version| {
        [
            ("first_name", "Lucía"),
            ("last_name", "Fernández"),
            ("document_number", "30123456"),
            ("phone_number", "+12025550141"),
            ("document_type", "CC"),
            ("language", "es"),
            ("address", "San Martín 5"),
            ("version", version),
        ]
    };
    let refused = visitor.post(&path, &form(&version)).await;
    assert_eq!(refused.status, 412, "{refused:?}");
    assert_eq!(rows(html(&refused)), [["Dirección", "San Martín 5", "Belgrano 10"]]);
    assert!(html(&refused).contains("value=\"San Martín 5\"") && html(&refused).contains("Guardar lo mío"));
    let version = hidden(html(&refused), "version");
    assert_eq!(visitor.post(&path, &form(&version)).await.status, 303);
    let saved = setup.operator().await.get(&api).await.unwrap();
    assert_eq!(saved.text("address"), "San Martín 5");
    assert!(html(&visitor.get(&path).await).contains("Guardar</button>"), "nothing is overwritten here");
}

/// The notice is in the answer for the script, which removes it after 10 s.
#[tokio::test]
async fn a_confirmation_can_be_undone_at_once() {
    let setup = ClinicSetup::new().await;
    let appointment = id(&setup.book("10:00").await);
    let path = format!("/appointments/{appointment}/actions");
    let visitor = operator(&setup).await.as_script();
    let confirmed = visitor.post(&path, &[("action", "confirm"), ("key", "a")]).await;
    let notice = html(&confirmed).split("data-brief").nth(1).unwrap().split("</form>").next().unwrap().to_owned();
    assert!(notice.contains("Confirmada · ") && notice.contains(">Deshacer</button>"), "{notice}");
    assert_eq!(hidden(&notice, "action"), "unconfirm");
    let (version, key) = (hidden(&notice, "version"), hidden(&notice, "key"));
    let undone = visitor.post(&path, &[("action", "unconfirm"), ("version", &version), ("key", &key)]).await;
    assert!(undone.status == 200 && !html(&undone).contains("data-brief"), "{undone:?}");
    assert_eq!(setup.appointment(&appointment).await["status"], "PENDING");
}

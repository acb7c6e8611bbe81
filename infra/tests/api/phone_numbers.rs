//! Tests that phone numbers are read as people write them, that the answer says how, and that what is no number is
//! refused with an example.

use crate::clinic_setup::ClinicSetup;
use crate::patients::{LIST, complete_patient};
use domain::language::Language;
use serde_json::{Value, json};

fn patient(document: &str, phone: &str) -> Value {
    let mut body = complete_patient();
    body["document_number"] = json!(document);
    body["phone_number"] = json!(phone);
    body
}

/// K31.
#[tokio::test]
async fn a_number_says_how_it_was_read() {
    let setup = ClinicSetup::new().await;
    let operator = setup.operator().await;
    for (document, written, read, phone_type) in [
        ("1", "11 2345-6789", "+541123456789", "landline"),
        ("2", "011 15 2345-6780", "+5491123456780", "mobile"),
        ("3", "551187654321", "+5511987654321", "mobile"),
        ("4", "5215512345678", "+525512345678", "unknown"),
    ] {
        let made = operator.post(LIST, &patient(document, written)).await.unwrap().expect_status(201).unwrap();
        assert_eq!((&made.body["phone_number"], &made.body["phone_type"]), (&json!(read), &json!(phone_type)));
        let path = format!("{LIST}{}/", made.id());
        let contact = json!({ "name": "Marta", "phone_number": written });
        let contact = operator.post(&format!("{path}contacts/"), &contact).await.unwrap().expect_status(201).unwrap();
        assert_eq!(contact.body["phone_type"], phone_type);
    }
}

/// K31.
#[tokio::test]
async fn what_is_no_number_is_refused_with_an_example_of_the_country() {
    let setup = ClinicSetup::new().await;
    for (phone, language, wanted) in [
        ("300-CLINICA", Language::Es, "El teléfono lleva letras u otros signos."),
        ("11 2345", Language::En, "The phone number has too few digits."),
        ("11 2345-6789 / 11 2345-6780", Language::Pt, "Sobram números no telefone."),
        ("+5400000000", Language::Es, "No hay ningún teléfono con este número."),
    ] {
        let client = setup.operator().await.header("accept-language", language.code()).unwrap();
        let refused = client.post(LIST, &patient("1", phone)).await.unwrap().expect_status(400).unwrap();
        let said = refused.body["errors"]["phone_number"][0].as_str().unwrap().to_owned();
        assert!(said.starts_with(wanted) && said.contains("+54 9 341 412-3456"), "{phone}: {said}");
        assert!(!refused.body.to_string().contains(phone), "the number isn't repeated");
    }
}

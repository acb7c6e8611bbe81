//! Registration and correction of a patient.

use crate::answer::Answer;
use crate::api::{Patient, ScreenError};
use crate::page::{self, Frame, Tab};
use crate::parts::field::{self, TextField};
use crate::parts::notice;
use crate::parts::versions::{self, FieldVersions};
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::language::Language;
use futures_util::future;
use http::StatusCode;
use maud::{Markup, html};
use serde_json::{Value, json};

/// The empty form. With the number of an inbound message, where the patient is who wrote it.
pub async fn show_new(request: &PageRequest) -> Result<Answer, ScreenError> {
    let frame = Frame::load(request).await?;
    let number = match request.query.id("inbound") {
        Some(id) => Some(request.api.conversation(id).await?.from),
        None => None,
    };
    // A sender who hides the number has an id instead.
    let number = number.filter(|number| number.starts_with('+'));
    Ok(new_page(request, &frame, number.as_deref(), &html! {}))
}

pub async fn create(request: &PageRequest) -> Result<Answer, ScreenError> {
    let key = request.form.get("key");
    match request.api.create_patient(&body(request), key).await {
        Ok(patient) => Ok(Answer::see(request.to(&after_registration(request, &patient.id, key).await))),
        Err(failure) => refused(request, None, failure).await,
    }
}

/// Links the number of the message that the patient was registered from. Leads to its conversation, else to the card.
async fn after_registration(request: &PageRequest, patient: &str, key: &str) -> String {
    let Some(inbound) = request.form.id("inbound") else { return format!("/patients/{patient}?saved=1") };
    match request.api.link_inbound(inbound, patient, &format!("{key}-link")).await {
        Ok(()) => format!("/messages/{inbound}?linked=1"),
        Err(_) => format!("/patients/{patient}?saved=1&unlinked=1"),
    }
}

pub async fn show_edit(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let (frame, patient) = future::try_join(Frame::load(request), request.api.patient(id)).await?;
    Ok(edit_page(request, &frame, &patient, &html! {}))
}

pub async fn edit(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    match request.api.edit_patient(id, &body(request), request.form.given("version")).await {
        Ok(patient) => Ok(Answer::see(request.to(&format!("/patients/{}?saved=1", patient.id)))),
        Err(failure) => refused(request, Some(id), failure).await,
    }
}

async fn refused(request: &PageRequest, id: Option<&str>, failure: ScreenError) -> Result<Answer, ScreenError> {
    let ScreenError::Problem(problem) = failure else { return Err(failure) };
    let frame = Frame::load(request).await?;
    let patient = match id {
        Some(id) => Some(request.api.patient(id).await?),
        None => None,
    };
    if let (Some(saved), "precondition_failed") = (&patient, problem.code.as_str()) {
        return Ok(changed_meanwhile(request, &frame, saved));
    }
    let existing = Some(problem.existing_id.as_str()).filter(|id| crate::fields::is_id(id));
    let message = html! {
        (notice::problem(request, &problem))
        @if let Some(existing) = existing {
            p { a class="button" href=(request.to(&format!("/patients/{existing}"))) { (request.say(words::THIS_ONE)) } }
        }
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::BAD_REQUEST);
    let page = match &patient {
        Some(patient) => edit_page(request, &frame, patient, &message),
        None => new_page(request, &frame, None, &message),
    };
    Ok(page.status(status))
}

/// What the user filled in beside what somebody else saved. The form below has the user's, and saves over the other.
fn changed_meanwhile(request: &PageRequest, frame: &Frame, saved: &Patient) -> Answer {
    let values = values(saved);
    let fields: Vec<FieldVersions<'_>> = values
        .iter()
        .map(|(name, value)| FieldVersions {
            label: request.field_name(name),
            own: request.form.get(name),
            saved: value.unwrap_or_default(),
        })
        .collect();
    let back = request.to(&format!("/patients/{}/edit", saved.id));
    let message = html! {
        (versions::table(request, &fields, None))
        p class="actions" { a class="button" href=(back) { (request.say(words::TAKE_SAVED)) } }
    };
    edit_page(request, frame, saved, &message).status(StatusCode::PRECONDITION_FAILED)
}

/// The fields of the form as they are saved.
fn values(patient: &Patient) -> [(&'static str, Option<&str>); 10] {
    [
        ("first_name", Some(&patient.first_name)),
        ("last_name", patient.last_name.as_deref()),
        ("document_number", patient.document_number.as_deref()),
        ("phone_number", patient.phone_number.as_deref()),
        ("document_type", patient.document_type.as_deref()),
        ("birth_date", patient.birth_date.as_deref()),
        ("email", patient.email.as_deref()),
        ("address", patient.address.as_deref()),
        ("language", patient.language.as_deref()),
        ("notes", patient.notes.as_deref()),
    ]
}

fn new_page(request: &PageRequest, frame: &Frame, number: Option<&str>, message: &Markup) -> Answer {
    let inbound = request.query.id("inbound").or(request.form.id("inbound"));
    let form = html! {
        (field::key())
        @if let Some(inbound) = inbound { (field::hidden("inbound", inbound)) }
        div class="two" { (fields(request, None, number, true)) }
        button type="submit" class="primary" { (request.say(words::SAVE)) }
    };
    form_page(request, frame, (request.say(words::NEW_PATIENT), "/patients/new"), message, &form)
}

fn edit_page(request: &PageRequest, frame: &Frame, patient: &Patient, message: &Markup) -> Answer {
    // The version that the form was drawn with isn't the saved one any more.
    let given = request.form.given("version");
    let is_overwritten = given.is_some_and(|version| version != patient.version.to_string());
    let form = html! {
        (field::hidden("version", &patient.version.to_string()))
        div class="two" { (fields(request, Some(patient), None, true)) }
        button type="submit" class="primary" { (request.say(if is_overwritten { words::OVERWRITE } else { words::SAVE })) }
    };
    let path = format!("/patients/{}/edit", patient.id);
    form_page(request, frame, (&patient.full_name, &path), message, &form)
}

fn form_page(
    request: &PageRequest,
    frame: &Frame,
    (title, path): (&str, &str),
    message: &Markup,
    form: &Markup,
) -> Answer {
    let main = html! {
        h1 { (title) }
        (message)
        form method="post" action=(request.to(path)) class="card stack narrow" { (form) }
    };
    page::whole(request, frame, Tab::Patients, title, &main)
}

/// The fields of a patient: those that a booking needs, or all. `number` is filled in where no other is known.
pub(crate) fn fields(request: &PageRequest, patient: Option<&Patient>, number: Option<&str>, all: bool) -> Markup {
    let of = |known: fn(&Patient) -> Option<&str>, name: &str| {
        let stored = patient.and_then(known).or(number.filter(|_| name == "phone_number")).unwrap_or_default();
        request.form.given(name).unwrap_or(stored).to_owned()
    };
    let text = |name: &'static str, word: Word, known: fn(&Patient) -> Option<&str>, kind: &'static str| {
        let value = of(known, name);
        field::text(TextField {
            name,
            label: request.say(word),
            kind,
            value: &value,
            is_required: all && REQUIRED.contains(&name),
            ..Default::default()
        })
    };
    html! {
        (text("first_name", words::FIRST_NAME, |patient| Some(&patient.first_name), "text"))
        (text("last_name", words::LAST_NAME, |patient| patient.last_name.as_deref(), "text"))
        (text("document_number", words::DOCUMENT, |patient| patient.document_number.as_deref(), "text"))
        (text("phone_number", words::PHONE, |patient| patient.phone_number.as_deref(), "tel"))
        @if all {
            (text("document_type", words::DOCUMENT_TYPE, |patient| patient.document_type.as_deref(), "text"))
            (text("birth_date", words::BIRTH_DATE, |patient| patient.birth_date.as_deref(), "date"))
            (text("email", words::EMAIL, |patient| patient.email.as_deref(), "email"))
            (text("address", words::ADDRESS, |patient| patient.address.as_deref(), "text"))
            label class="field" {
                span { (request.say(words::LANGUAGE)) }
                select name="language" {
                    @for language in Language::ALL {
                        option value=(language.code()) selected[of(|patient| patient.language.as_deref(), "language") == language.code()] { (language.code()) }
                    }
                }
            }
            (text("notes", words::NOTES, |patient| patient.notes.as_deref(), "text"))
        }
    }
}

const REQUIRED: [&str; 4] = ["first_name", "last_name", "document_number", "phone_number"];
/// The fields that are sent only with the whole form.
const OPTIONAL: [&str; 6] = ["document_type", "birth_date", "email", "address", "language", "notes"];

/// The patient of a form, as the API takes it.
pub(crate) fn body(request: &PageRequest) -> Value {
    let mut body = json!({});
    if let Some(members) = body.as_object_mut() {
        for name in REQUIRED {
            members.insert(name.to_owned(), json!(request.form.get(name)));
        }
        for name in OPTIONAL.into_iter().filter(|_| request.form.has("language")) {
            let value = request.form.given(name);
            // The kind of document has a default.
            if name != "document_type" || value.is_some() {
                members.insert(name.to_owned(), json!(value));
            }
        }
    }
    body
}

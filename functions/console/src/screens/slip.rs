//! An appointment to take along, in the patient's language: for a receipt printer of 80 mm, or in large type on A5.

use crate::answer::Answer;
use crate::api::{Appointment, Clinic, Patient, ScreenError};
use crate::dates;
use crate::page::{self, Tab};
use crate::request::PageRequest;
use crate::words::{self, Word};
use domain::language::Language;
use futures_util::future;
use maud::{Markup, html};

pub async fn show(request: &PageRequest, id: &str) -> Result<Answer, ScreenError> {
    let api = &request.api;
    let appointment = api.appointment(id).await?;
    let (patient, clinics) = future::try_join(api.patient(&appointment.patient), api.clinics()).await?;
    let clinic = clinics.iter().find(|clinic| clinic.id == appointment.clinic);
    let is_large = request.query.get("size") == "a5";
    let path = request.to(&format!("/appointments/{id}"));
    let size = |name: &str, word: Word, is_chosen: bool| {
        html! { a href={ (path) "/slip?size=" (name) } aria-current=[is_chosen.then_some("true")] { (request.say(word)) } }
    };
    let title = request.say(words::SLIP);
    let main = html! {
        div class="head noprint" {
            h1 { (title) }
            div class="choices" {
                div class="segments" role="group" aria-label=(request.say(words::PAPER)) {
                    (size("80", words::PAPER_80, !is_large))
                    (size("a5", words::PAPER_A5, is_large))
                }
                button type="button" class="primary" data-print { (request.say(words::PRINT)) }
                a class="button" href=(path) { (request.say(words::BACK)) }
            }
        }
        (slip(&appointment, &patient, clinic, is_large))
    };
    Ok(page::simple(request, Tab::None, title, &main))
}

/// Who, day, hour, where, phone.
fn slip(appointment: &Appointment, patient: &Patient, clinic: Option<&Clinic>, is_large: bool) -> Markup {
    let language = patient.language.as_deref().and_then(Language::parse).unwrap_or_default();
    let day = dates::date_of(&appointment.start_datetime).map(|date| dates::in_words(date, language));
    let address = clinic.and_then(|clinic| clinic.address.as_deref());
    let phone = clinic.and_then(|clinic| clinic.phone_number.as_deref());
    html! {
        section lang=(language.code()) class={ "slip " (if is_large { "a5" } else { "roll" }) } {
            p class="slip-clinic" { (appointment.clinic_name) }
            p class="slip-who" { (appointment.patient_name) }
            p class="slip-day" { (day.unwrap_or_default()) }
            p class="slip-hour" { (dates::time_of(&appointment.start_datetime)) }
            dl {
                dt { (words::WITH.text(language)) } dd { (appointment.doctor_name) }
                dt { (words::WHERE.text(language)) } dd { (appointment.room_name) @if let Some(address) = address { br; (address) } }
                @if let Some(phone) = phone { dt { (words::PHONE.text(language)) } dd { (phone) } }
            }
        }
    }
}

//! The export of all data about a patient.

use crate::action::ActionView;
use crate::appointment::AppointmentView;
use crate::audit::AuditView;
use crate::checks::days_in_order;
use crate::contact::ContactView;
use crate::inbound::InboundView;
use crate::notification::NotificationView;
use crate::patient::PatientView;
use crate::values::DateTime;
use crate::{Params, View};
use app::privacy::export::{AppointmentRecord, ExportPeriod, NumberRecord, PatientRecord};
use domain::time::LocalDate;

/// Without dates everything is exported.
#[derive(Params)]
#[check(days_in_order(date_from, date_to))]
pub struct ExportParams {
    /// First UTC day of appointments, messages and audit trail, included.
    date_from: Option<LocalDate>,
    /// Last UTC day, included.
    date_to: Option<LocalDate>,
}

impl From<ExportParams> for ExportPeriod {
    fn from(params: ExportParams) -> Self {
        Self { from: params.date_from, to: params.date_to }
    }
}

/// All data that is stored about a patient.
#[derive(View)]
pub struct PatientExportView {
    patient: PatientView,
    contacts: Vec<ContactView>,
    /// Oldest first.
    appointments: Vec<ExportedAppointmentView>,
    /// What is known of the phone numbers of the patient and the contacts beyond the numbers themselves.
    numbers: Vec<ExportedNumberView>,
    /// Messages from the patient, oldest first.
    inbound: Vec<InboundView>,
    /// Audit trail of the patient's data, including reads, oldest first.
    audit: Vec<AuditView>,
}

/// A phone number of the patient or of a contact.
#[derive(View)]
pub struct ExportedNumberView {
    /// Digits of the number as replies are matched by.
    number: String,
    /// Since when the number gets no messages because it asked for none.
    opted_out_since: Option<DateTime>,
    /// Since when nothing about the patient is sent to the number because somebody said that it isn't the patient's.
    wrong_number_since: Option<DateTime>,
    /// WhatsApp user ids of the number.
    external_users: Vec<String>,
}

impl From<NumberRecord> for ExportedNumberView {
    fn from(record: NumberRecord) -> Self {
        Self {
            number: record.number.as_str().to_owned(),
            opted_out_since: record.opted_out_since.map(DateTime::utc),
            wrong_number_since: record.quarantined_since.map(DateTime::utc),
            external_users: record.users.iter().map(|user| user.as_str().to_owned()).collect(),
        }
    }
}

/// An appointment with its history and messages.
#[derive(View)]
pub struct ExportedAppointmentView {
    #[field(flatten)]
    appointment: AppointmentView,
    /// History of the appointment, oldest first.
    actions: Vec<ActionView>,
    /// Messages to the patient about the appointment.
    notifications: Vec<NotificationView>,
}

impl From<PatientRecord> for PatientExportView {
    fn from(record: PatientRecord) -> Self {
        let PatientRecord { patient, appointments, numbers, inbound, audit } = record;
        Self {
            contacts: patient.profile.contacts.iter().map(ContactView::from).collect(),
            patient: PatientView::from(&patient),
            appointments: appointments.iter().map(ExportedAppointmentView::from).collect(),
            numbers: numbers.into_iter().map(ExportedNumberView::from).collect(),
            inbound: inbound.iter().map(InboundView::from).collect(),
            audit: audit.into_iter().map(AuditView::from).collect(),
        }
    }
}

impl From<&AppointmentRecord> for ExportedAppointmentView {
    fn from(record: &AppointmentRecord) -> Self {
        Self {
            appointment: AppointmentView::from(&record.appointment),
            actions: record.actions.iter().map(|row| ActionView::new(row, record.appointment.zone)).collect(),
            notifications: record.notifications.iter().map(NotificationView::from).collect(),
        }
    }
}

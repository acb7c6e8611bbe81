//! The export of all data about a patient.

use crate::action::ActionView;
use crate::appointment::AppointmentView;
use crate::audit::AuditView;
use crate::checks::days_in_order;
use crate::contact::ContactView;
use crate::inbound::InboundView;
use crate::notification::NotificationView;
use crate::patient::PatientView;
use crate::{Params, View};
use app::privacy::export::{AppointmentRecord, ExportPeriod, PatientRecord};
use domain::notification::Notification;
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
    /// Messages from the patient, oldest first.
    inbound: Vec<InboundView>,
    /// Audit trail of the patient's data, including reads, oldest first.
    audit: Vec<AuditView>,
}

/// An appointment with its history and messages.
#[derive(View)]
pub struct ExportedAppointmentView {
    #[field(flatten)]
    appointment: AppointmentView,
    /// History of the appointment, oldest first.
    actions: Vec<ActionView>,
    /// Messages to the patient about the appointment.
    notifications: Vec<ExportedNotificationView>,
}

/// A message to the patient with its text.
#[derive(View)]
pub struct ExportedNotificationView {
    #[field(flatten)]
    notification: NotificationView,
    /// Text of the message; `null` until it is composed.
    text: Option<String>,
}

impl From<PatientRecord> for PatientExportView {
    fn from(record: PatientRecord) -> Self {
        let PatientRecord { patient, appointments, inbound, audit } = record;
        Self {
            contacts: patient.profile.contacts.iter().map(ContactView::from).collect(),
            patient: PatientView::from(&patient),
            appointments: appointments.iter().map(ExportedAppointmentView::from).collect(),
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
            notifications: record.notifications.iter().map(ExportedNotificationView::from).collect(),
        }
    }
}

impl From<&Notification> for ExportedNotificationView {
    fn from(row: &Notification) -> Self {
        Self { notification: NotificationView::from(row), text: row.text.as_ref().map(|text| text.0.clone()) }
    }
}

//! Clinics.

use crate::quick_reply::{QuickReplies, QuickReplyBody, distinct_shortcuts};
use crate::room::RoomView;
use crate::values::{Bounded, DateTime, Entries};
use crate::{Body, Params, View};
use app::directory::clinics::ClinicWithRooms;
use app::directory::records::RecordDraft;
use domain::clinic::{Clinic, ClinicProfile, DEFAULT_MEDIA_DAYS, ReminderSettings};
use domain::emergency_number;
use domain::ids::ClinicId;
use domain::messages::QuickReply;
use domain::phone::Phone;
use domain::text::Line;
use domain::time::{LocalTime, Zone};

/// The data of a clinic.
#[derive(Clone, Body)]
#[check(distinct_shortcuts(quick_replies))]
pub struct ClinicBody {
    #[field(example = "Clínica Norte")]
    name: Line<150>,
    /// Postal address; reminders contain it.
    address: Option<Line<200>>,
    phone_number: Option<Phone>,
    /// IANA name of the time zone. It can't change while the clinic has future appointments, availability windows or
    /// weekly rules.
    #[field(example = "America/Argentina/Buenos_Aires")]
    timezone: Zone,
    /// How many calendar days before the appointment its reminder is sent.
    #[field(default = Bounded::of(ReminderSettings::default().days_before))]
    reminder_days_before: Bounded<u8, 0, 14>,
    /// Local time at which reminders are sent.
    #[field(default = ReminderSettings::default().time)]
    reminder_time: LocalTime,
    /// Local time from which no reminders and notices are sent.
    #[field(default = ReminderSettings::default().quiet_from)]
    quiet_from: LocalTime,
    /// Local time until which no reminders and notices are sent.
    #[field(default = ReminderSettings::default().quiet_until)]
    quiet_until: LocalTime,
    /// Minutes for which an appointment's slot stays reserved after the patient asked for another time.
    #[field(default = Bounded::of(120))]
    hold_minutes: Bounded<u32, 0, 10_080>,
    /// How many appointments may be overbooked ("sobreturnos") per doctor and day.
    #[field(default = Bounded::of(0))]
    overbook_per_day: Bounded<u32, 0, 100>,
    /// Whether patients get a notice about a new appointment.
    #[field(default = false)]
    notify_on_create: bool,
    /// Whether patients get a notice when staff cancel an appointment.
    #[field(default = true)]
    notify_on_cancel: bool,
    /// Whether patients get a notice when staff move an appointment.
    #[field(default = true)]
    notify_on_move: bool,
    /// Number to call in an emergency, for messages to patients. `null` for the number of the clinic's country, by its
    /// time zone; the answer has that number.
    #[field(example = "107")]
    emergency_number: Option<Line<20>>,
    /// Texts that staff often answer messages with.
    #[field(default = Entries(Vec::new()))]
    quick_replies: QuickReplies,
    /// For how many days staff can get the pictures, voice notes and PDFs that patients send.
    #[field(default = Bounded::of(DEFAULT_MEDIA_DAYS))]
    media_days: Bounded<u16, 1, 365>,
    /// A PUT without it leaves it as it is.
    #[field(default = true)]
    is_active: bool,
}

impl From<ClinicBody> for RecordDraft<ClinicProfile> {
    fn from(body: ClinicBody) -> Self {
        // The default stays one, so that it follows the time zone.
        let default = emergency_number::of_zone(body.timezone);
        let profile = ClinicProfile {
            name: body.name,
            address: body.address,
            phone_number: body.phone_number,
            timezone: body.timezone,
            reminders: ReminderSettings {
                days_before: body.reminder_days_before.get(),
                time: body.reminder_time,
                quiet_from: body.quiet_from,
                quiet_until: body.quiet_until,
            },
            hold_minutes: body.hold_minutes.get(),
            overbook_per_day: body.overbook_per_day.get(),
            notify_on_create: body.notify_on_create,
            notify_on_cancel: body.notify_on_cancel,
            notify_on_move: body.notify_on_move,
            emergency_number: body.emergency_number.filter(|number| number.as_str() != default),
            quick_replies: body.quick_replies.0.into_iter().map(QuickReply::from).collect(),
            media_days: body.media_days.get(),
        };
        Self { profile, is_active: body.is_active }
    }
}

impl From<&Clinic> for ClinicBody {
    fn from(clinic: &Clinic) -> Self {
        let profile = clinic.profile.clone();
        Self {
            name: profile.name,
            address: profile.address,
            phone_number: profile.phone_number,
            timezone: profile.timezone,
            reminder_days_before: Bounded::of(profile.reminders.days_before),
            reminder_time: profile.reminders.time,
            quiet_from: profile.reminders.quiet_from,
            quiet_until: profile.reminders.quiet_until,
            hold_minutes: Bounded::of(profile.hold_minutes),
            overbook_per_day: Bounded::of(profile.overbook_per_day),
            notify_on_create: profile.notify_on_create,
            notify_on_cancel: profile.notify_on_cancel,
            notify_on_move: profile.notify_on_move,
            emergency_number: profile.emergency_number,
            quick_replies: Entries(profile.quick_replies.into_iter().map(QuickReplyBody::from).collect()),
            media_days: Bounded::of(profile.media_days),
            is_active: clinic.is_active,
        }
    }
}

/// A clinic with its active rooms.
#[derive(Clone, View)]
pub struct ClinicView {
    id: ClinicId,
    #[field(flatten)]
    body: ClinicBody,
    /// Active rooms, sorted by name.
    rooms: Vec<RoomView>,
    created_at: DateTime,
    updated_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

impl From<&ClinicWithRooms> for ClinicView {
    fn from(found: &ClinicWithRooms) -> Self {
        let clinic = &found.clinic;
        Self {
            id: clinic.id,
            body: ClinicBody {
                emergency_number: Line::parse(emergency_number::of_clinic(&clinic.profile)).ok(),
                ..clinic.into()
            },
            rooms: found.rooms.iter().map(RoomView::from).collect(),
            created_at: DateTime::utc(clinic.created_at),
            updated_at: DateTime::utc(clinic.updated_at),
            version: clinic.version,
        }
    }
}

#[derive(Params)]
pub struct ClinicParams {
    /// `false` lists the deactivated clinics. `true` by default.
    pub is_active: Option<bool>,
}

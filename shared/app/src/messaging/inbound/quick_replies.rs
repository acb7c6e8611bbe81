//! The quick replies of a clinic to an inbound message, with their variables filled from its appointment.

use super::staff_answer::subject;
use super::worklist::get_inbound;
use crate::App;
use crate::directory::records;
use crate::support::context::Context;
use crate::support::error::AppError;
use crate::support::listing::{PageRequest, Slice, paginate};
use domain::clinic::ClinicProfile;
use domain::ids::InboundId;
use domain::messages::QuickReplyContext;
use domain::notification::MessageText;
use domain::text::Line;

/// A quick reply as the patient would read it.
#[derive(Debug)]
pub struct FilledReply {
    pub shortcut: Line<20>,
    pub text: MessageText,
}

/// Lists them in the order of the clinic. Those whose variables can't all be filled are left out; there are none for a
/// sender who can't be answered.
///
/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics.
pub async fn list_quick_replies(
    app: &App,
    ctx: &Context,
    id: InboundId,
    page: &PageRequest,
) -> Result<Slice<FilledReply>, AppError> {
    let message = get_inbound(app, ctx, id).await?;
    let Some((appointment, patient)) = subject(app, ctx, &message).await? else {
        return Ok(paginate(Vec::new(), page));
    };
    let clinic = records::get::<ClinicProfile>(app, appointment.clinic).await?.profile;
    let context = QuickReplyContext {
        first_name: patient.profile.first_name.as_str(),
        doctor: appointment.doctor_name.as_str(),
        clinic: clinic.name.as_str(),
        phone: clinic.phone_number.as_ref().map(|number| number.as_str()),
        start: appointment.start,
        zone: appointment.zone,
    };
    let filled = clinic.quick_replies.iter().enumerate().filter_map(|(index, reply)| {
        let text = MessageText(reply.filled(patient.profile.language, &context)?);
        Some((format!("{index:04}"), FilledReply { shortcut: reply.shortcut.clone(), text }))
    });
    Ok(paginate(filled.collect(), page))
}

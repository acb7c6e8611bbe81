//! Reads a file that a patient sent: a voice note, a picture or a PDF. The provider keeps it.

use super::worklist::get_inbound;
use crate::App;
use crate::directory::records;
use crate::support::change::audit_read;
use crate::support::context::Context;
use crate::support::error::{AppError, MediaRefusal};
use crate::support::ports::MediaError;
use domain::clinic::{ClinicProfile, DEFAULT_MEDIA_DAYS};
use domain::ids::InboundId;
use domain::time::TimeDelta;
use store::audit::AuditAction;

/// WhatsApp's limit for pictures is 5 MB. In base64 a longer file than this doesn't fit into a response of Lambda, which
/// has at most 6 MB with its headers.
pub const MAX_BYTES: usize = 4_500_000;

/// A type of file that is passed on. Others may run in a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    Ogg,
    Jpeg,
    Png,
    Webp,
    Pdf,
}

impl MediaType {
    /// Reads a media type, without its parameters.
    #[must_use]
    pub fn parse(content_type: &str) -> Option<Self> {
        let name = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let all = [Self::Ogg, Self::Jpeg, Self::Png, Self::Webp, Self::Pdf];
        all.into_iter().find(|it| it.name() == name)
    }

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ogg => "audio/ogg",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
        }
    }

    /// Of the name of its file, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Ogg => "ogg",
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Pdf => "pdf",
        }
    }
}

pub struct Media {
    pub media_type: MediaType,
    pub bytes: Vec<u8>,
}

domain::opaque!(Media);

/// Reads the `n`-th file of a message, counted from 0, and writes an audit row.
///
/// # Errors
/// [`AppError::NotFound`], also for a message about an appointment outside the caller's clinics, after the clinic's
/// `media_days`, and where the provider has the file no more; [`AppError::MediaRefused`]; [`AppError::Busy`] if the
/// provider can't be asked.
pub async fn read_media(app: &App, ctx: &Context, id: InboundId, n: usize) -> Result<Media, AppError> {
    let message = get_inbound(app, ctx, id).await?;
    let media = message.media.get(n).ok_or(AppError::NotFound)?;
    let days = match message.clinic {
        Some(clinic) => records::get::<ClinicProfile>(app, clinic).await?.profile.media_days,
        None => DEFAULT_MEDIA_DAYS,
    };
    if app.now() >= message.written_or_received_at().plus(TimeDelta::days(days.into())) {
        return Err(AppError::NotFound);
    }
    let refused = |refusal| AppError::MediaRefused(refusal);
    MediaType::parse(&media.content_type).ok_or(refused(MediaRefusal::Type))?;
    audit_read(app, ctx, ("inbound", id), AuditAction::Read).await?;
    match app.messenger.media(media, MAX_BYTES).await {
        Ok(found) => {
            let media_type = MediaType::parse(&found.content_type).ok_or(refused(MediaRefusal::Type))?;
            Ok(Media { media_type, bytes: found.bytes })
        }
        Err(MediaError::NotFound) => Err(AppError::NotFound),
        Err(MediaError::TooLong) => Err(refused(MediaRefusal::TooLong)),
        Err(error @ MediaError::Unavailable) => Err(AppError::Busy(error.to_string())),
    }
}

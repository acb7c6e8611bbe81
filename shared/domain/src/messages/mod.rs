//! Every text that patients receive, in every language.
//!
//! No text names the reason of an appointment or the doctor, because WhatsApp must not carry clinical detail.
//! A text contains at most a first name, the clinic, its address, and the local date and time.

mod dates;
mod emergency;
mod numbered;
mod quick_reply;
mod reply;
mod template;
mod template_buttons;
mod variable;

pub use dates::spell_date_time;
pub use emergency::previous_number;
pub use numbered::ListedAppointment;
pub use quick_reply::{MAX_TEXT, QuickReply, QuickReplyContext, QuickReplyText, has_repeated_shortcut};
pub use reply::{Reply, render_reply};
pub use template::{Template, TemplateContext};
pub use template_buttons::TemplateButton;
pub use variable::TemplateVariable;

//! The event that creates the first ADMIN.

use crate::Body;
use app::accounts::first_admin::FirstAdmin;
use domain::email::Email;
use domain::text::Line;
use identity::password::Password;

/// The first ADMIN to create.
#[derive(Body)]
pub struct FirstAdminBody {
    email: Email,
    password: Password,
    first_name: Option<Line<100>>,
    last_name: Option<Line<100>>,
}

impl FirstAdminBody {
    #[must_use]
    pub fn into_parts(self) -> (FirstAdmin, Password) {
        let Self { email, password, first_name, last_name } = self;
        (FirstAdmin { email, first_name, last_name }, password)
    }
}

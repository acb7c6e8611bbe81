//! Users.

use crate::values::DateTime;
use crate::{Body, Params, View};
use app::accounts::own_account::OwnAccount;
use app::accounts::second_factor::SecondFactorState;
use app::directory::records::RecordDraft;
use domain::email::Email;
use domain::ids::{ClinicId, UserId};
use domain::language::Language;
use domain::text::Line;
use domain::user::{Credentials, Role, User, UserProfile};
use identity::password::Password;
use std::collections::BTreeSet;

/// The data of a user, as an ADMIN sets it.
#[derive(Clone, Body)]
pub struct UserBody {
    /// Sign-in name; unique, case-insensitive.
    #[field(format = "email", example = "recepcion@clinica.example")]
    email: Email,
    first_name: Option<Line<100>>,
    last_name: Option<Line<100>>,
    /// `ADMIN` or `OPERATOR`.
    #[field(example = "OPERATOR")]
    role: Role,
    /// Ids of the clinics that the user has access to; empty for all clinics.
    clinics: Option<BTreeSet<ClinicId>>,
    /// The language of the console: `es`, `pt` or `en`. A PUT without it leaves it as it is.
    language: Option<Language>,
    /// A PUT without it leaves it as it is.
    #[field(default = true)]
    is_active: bool,
    /// 12 to 128 characters. Required for a new user, never returned.
    #[field(write_only)]
    pub password: Option<Password>,
}

impl From<UserBody> for RecordDraft<UserProfile> {
    fn from(body: UserBody) -> Self {
        let profile = UserProfile {
            email: body.email,
            first_name: body.first_name,
            last_name: body.last_name,
            role: body.role,
            clinics: body.clinics.unwrap_or_default(),
            language: body.language,
            // Placeholders: the use case sets the credentials.
            credentials: Credentials { password: String::new(), generation: 0, last_login_at: None },
        };
        Self { profile, is_active: body.is_active }
    }
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        let profile = user.profile.clone();
        Self {
            email: profile.email,
            first_name: profile.first_name,
            last_name: profile.last_name,
            role: profile.role,
            clinics: Some(profile.clinics),
            language: profile.language,
            is_active: user.is_active,
            password: None,
        }
    }
}

/// The fields that users can change of their own account.
#[derive(Clone, Body)]
pub struct MeBody {
    #[field(example = "Ana")]
    pub first_name: Option<Line<100>>,
    #[field(example = "Ríos")]
    pub last_name: Option<Line<100>>,
    /// The language of the console: `es`, `pt` or `en`. `null` for that of the browser.
    pub language: Option<Language>,
}

impl From<&User> for MeBody {
    fn from(user: &User) -> Self {
        Self {
            first_name: user.profile.first_name.clone(),
            last_name: user.profile.last_name.clone(),
            language: user.profile.language,
        }
    }
}

/// A user.
#[derive(Clone, View)]
pub struct UserView {
    id: UserId,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// `ADMIN` or `OPERATOR`.
    role: Role,
    /// Ids of the clinics that the user has access to; empty for all clinics.
    clinics: BTreeSet<ClinicId>,
    /// The language of the console; `null` if the user has chosen none.
    language: Option<Language>,
    is_active: bool,
    last_login_at: Option<DateTime>,
    created_at: DateTime,
    updated_at: DateTime,
    /// Increases by one with each change.
    version: u64,
}

impl From<&User> for UserView {
    fn from(user: &User) -> Self {
        let profile = &user.profile;
        Self {
            id: user.id,
            email: profile.email.as_str().to_owned(),
            first_name: profile.first_name.as_ref().map(|line| line.as_str().to_owned()),
            last_name: profile.last_name.as_ref().map(|line| line.as_str().to_owned()),
            role: profile.role,
            clinics: profile.clinics.clone(),
            language: profile.language,
            is_active: user.is_active,
            last_login_at: profile.credentials.last_login_at.map(DateTime::utc),
            created_at: DateTime::utc(user.created_at),
            updated_at: DateTime::utc(user.updated_at),
            version: user.version,
        }
    }
}

/// The caller's own user.
#[derive(View)]
pub struct MeView {
    #[field(flatten)]
    user: UserView,
    second_factor: SecondFactorView,
}

/// The second factor of the caller's own user.
#[derive(View)]
pub struct SecondFactorView {
    /// Whether signing in asks for a code.
    active: bool,
    /// Whether the user can do no more than set one up without it.
    required: bool,
}

impl From<&OwnAccount> for MeView {
    fn from(own: &OwnAccount) -> Self {
        let SecondFactorState { active, required } = own.second_factor;
        Self { user: UserView::from(&own.user), second_factor: SecondFactorView { active, required } }
    }
}

#[derive(Params)]
pub struct UserParams {
    /// `false` lists the deactivated users. `true` by default.
    pub is_active: Option<bool>,
}

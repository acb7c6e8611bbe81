//! The routes of the console: one table, with the screen of each.

use crate::answer::Answer;
use crate::api::ScreenError;
use crate::fields::is_id;
use crate::request::PageRequest;
use crate::screens::patients::{self, card, edit};
use crate::screens::{
    account, agenda, appointment, booking, messages, preview, second_factor, sign_in, slip, worklist,
};
use http::Method;

/// One row of [`ROUTES`].
#[derive(Debug, Clone, Copy)]
pub struct RouteRow {
    /// As `/appointments/{id}`: what the log names.
    pub pattern: &'static str,
    get: bool,
    post: bool,
    pub needs_session: bool,
}

/// A route with the id and the number in its path; empty if it has none.
#[derive(Clone)]
pub struct RouteMatch {
    pub route: &'static RouteRow,
    pub id: String,
    pub number: String,
}

domain::opaque!(RouteMatch);

const fn row(pattern: &'static str, get: bool, post: bool, needs_session: bool) -> RouteRow {
    RouteRow { pattern, get, post, needs_session }
}

pub const ROUTES: [RouteRow; 45] = [
    row("/", true, false, false),
    row("/sign-in", true, true, false),
    row("/sign-out", false, true, false),
    row("/session", false, true, false),
    row("/account", true, false, true),
    row("/account/keys", false, true, true),
    row("/account/language", false, true, true),
    row("/account/password", false, true, true),
    row("/account/sessions", false, true, true),
    row("/account/second-factor", false, true, true),
    row("/account/second-factor/drop", false, true, true),
    row("/agenda", true, false, true),
    row("/agenda/day", true, false, true),
    row("/agenda/print", true, false, true),
    row("/week", true, false, true),
    row("/week/days", true, false, true),
    row("/booking", true, true, true),
    row("/booking/draft", false, true, true),
    row("/booking/patients", false, true, true),
    row("/booking/preview", false, true, true),
    row("/appointments/{id}", true, false, true),
    row("/appointments/{id}/actions", false, true, true),
    row("/appointments/{id}/notes", false, true, true),
    row("/appointments/{id}/preview", false, true, true),
    row("/appointments/{id}/move", true, false, true),
    row("/appointments/{id}/again", true, false, true),
    row("/appointments/{id}/slip", true, false, true),
    row("/appointments/{id}/beside", true, false, true),
    row("/messages", true, false, true),
    row("/messages/list", true, false, true),
    row("/messages/{id}", true, false, true),
    row("/messages/{id}/chat", true, false, true),
    row("/messages/{id}/link", true, true, true),
    row("/messages/{id}/media/{number}", true, false, true),
    row("/messages/{id}/quick-replies", true, false, true),
    row("/messages/{id}/reply", false, true, true),
    row("/messages/{id}/settled", false, true, true),
    row("/patients", true, true, true),
    row("/patients/new", true, true, true),
    row("/patients/{id}", true, false, true),
    row("/patients/{id}/edit", true, true, true),
    row("/patients/{id}/messages", true, false, true),
    row("/worklist", true, false, true),
    row("/worklist/take", false, true, true),
    row("/worklist/done", false, true, true),
];

impl RouteRow {
    #[must_use]
    pub fn serves(&self, method: &Method) -> bool {
        (self.get && *method == Method::GET) || (self.post && *method == Method::POST)
    }

    /// The value of `Allow`.
    #[must_use]
    pub fn methods(&self) -> String {
        let methods = [(self.get, "GET, HEAD"), (self.post, "POST")];
        methods.into_iter().filter(|(served, _)| *served).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }
}

/// The route of a path. A literal segment comes before an id.
#[must_use]
pub fn find(path: &str) -> Option<RouteMatch> {
    let exact = ROUTES.iter().find(|route| route.pattern == path);
    if let Some(route) = exact {
        return Some(RouteMatch { route, id: String::new(), number: String::new() });
    }
    ROUTES.iter().find_map(|route| {
        let (before, after) = route.pattern.split_once("{id}")?;
        let rest = path.strip_prefix(before)?;
        let (id, number) = match after.strip_suffix("{number}") {
            Some(between) => rest.split_once(between)?,
            None => (rest.strip_suffix(after)?, ""),
        };
        let is_number = number.len() <= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        let has_number = number.is_empty() != after.ends_with("{number}");
        (is_id(id) && is_number && has_number).then(|| RouteMatch { route, id: id.into(), number: number.into() })
    })
}

pub(crate) async fn call(request: &PageRequest, found: &RouteMatch) -> Result<Answer, ScreenError> {
    let id = found.id.as_str();
    let is_post = request.method == Method::POST;
    match (found.route.pattern, is_post) {
        ("/", _) => Ok(Answer::see(request.to(if request.session.refresh.is_some() { "/agenda" } else { "/sign-in" }))),
        ("/sign-in", false) => Ok(sign_in::show(request)),
        ("/sign-in", true) => sign_in::sign_in(request).await,
        ("/sign-out", _) => sign_in::sign_out(request).await,
        ("/session", _) => sign_in::renew(request).await,
        ("/account", _) => account::show(request).await,
        ("/account/keys", _) => Ok(account::switch_keys(request)),
        ("/account/language", _) => account::choose_language(request).await,
        ("/account/password", _) => account::change_password(request).await,
        ("/account/sessions", _) => account::end_sessions(request).await,
        ("/account/second-factor", _) => second_factor::enrol(request).await,
        ("/account/second-factor/drop", _) => second_factor::drop_factor(request).await,
        ("/agenda", _) => agenda::show(request).await,
        ("/agenda/day", _) => agenda::show_day(request).await,
        ("/agenda/print", _) => agenda::show_list(request).await,
        ("/week", _) => agenda::week::show(request).await,
        ("/week/days", _) => agenda::week::show_days(request).await,
        ("/booking", false) => booking::show(request).await,
        ("/booking", true) => booking::book(request).await,
        ("/booking/draft", _) => booking::resume(request).await,
        ("/booking/patients", _) => booking::find_patients(request).await,
        ("/booking/preview", _) => preview::of_booking(request).await,
        ("/appointments/{id}", _) => appointment::show(request, id).await,
        ("/appointments/{id}/actions", _) => appointment::act(request, id).await,
        ("/appointments/{id}/preview", _) => preview::of_action(request, id).await,
        ("/appointments/{id}/notes", _) => appointment::edit_notes(request, id).await,
        ("/appointments/{id}/move", _) => appointment::show_times(request, id).await,
        ("/appointments/{id}/again", _) => appointment::show_times_for_another(request, id).await,
        ("/appointments/{id}/slip", _) => slip::show(request, id).await,
        ("/appointments/{id}/beside", _) => messages::beside::show(request, id).await,
        ("/messages", _) => messages::show_inbox(request).await,
        ("/messages/list", _) => messages::show_inbox_part(request).await,
        ("/messages/{id}", _) => messages::show(request, id).await,
        ("/messages/{id}/chat", _) => messages::show_chat_part(request, id).await,
        ("/messages/{id}/link", false) => messages::link::show(request, id).await,
        ("/messages/{id}/link", true) => messages::link::link(request, id).await,
        ("/messages/{id}/media/{number}", _) => messages::media::show(request, id, &found.number).await,
        ("/messages/{id}/quick-replies", _) => messages::show_quick_replies(request, id).await,
        ("/messages/{id}/reply", _) => messages::reply(request, id).await,
        ("/messages/{id}/settled", _) => messages::settle(request, id).await,
        ("/patients", false) => patients::show_search(request).await,
        ("/patients", true) => patients::search(request).await,
        ("/patients/new", false) => edit::show_new(request).await,
        ("/patients/new", true) => edit::create(request).await,
        ("/patients/{id}", _) => card::show(request, id).await,
        ("/patients/{id}/edit", false) => edit::show_edit(request, id).await,
        ("/patients/{id}/edit", true) => edit::edit(request, id).await,
        ("/patients/{id}/messages", _) => messages::thread::show_of_patient(request, id).await,
        ("/worklist", _) => worklist::show(request).await,
        ("/worklist/take", _) => worklist::take(request).await,
        ("/worklist/done", _) => worklist::settle(request).await,
        _ => Err(ScreenError::NotFound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_one_route() {
        for (path, pattern, id) in [
            ("/agenda/day", "/agenda/day", ""),
            ("/patients/new", "/patients/new", ""),
            ("/patients/0194", "/patients/{id}", "0194"),
            ("/appointments/0194/actions", "/appointments/{id}/actions", "0194"),
            ("/messages/0194/media/2", "/messages/{id}/media/{number}", "0194"),
        ] {
            let found = find(path).unwrap();
            assert_eq!((found.route.pattern, found.id.as_str()), (pattern, id), "{path}");
        }
        for path in [
            "/agendas",
            "/patients/a/b",
            "/appointments/",
            "/appointments/../x",
            "/a/123/console.js",
            "/messages/0194/media/",
            "/messages/0194/media/a",
            "/messages/0194/media/1/2",
            "/messages/0194/media/1234",
        ] {
            assert!(find(path).is_none(), "{path}");
        }
    }
}

//! Which paths name a row that a GET is answered with: it is read along with the rows of who asks
//! ([`app::support::path_row`]). A path that stands here in vain makes its function read for nothing, and one that is missing
//! makes it read later: `cargo lab costs` tells.

use app::support::path_row::PathRow;
use domain::ids::Id;
use http::Method;

/// The row that a request is answered with, by the pattern of its route.
pub(crate) fn path_row(method: &Method, pattern: &str, path: &str) -> Option<PathRow> {
    if method != Method::GET {
        return None;
    }
    match pattern {
        "/api/appointments/{id}/" => id(path).map(PathRow::Appointment),
        "/api/clinics/clinics/{id}/" => id(path).map(PathRow::Clinic),
        "/api/clinics/rooms/{id}/" => id(path).map(PathRow::Room),
        "/api/doctors/{id}/" => id(path).map(PathRow::Doctor),
        "/api/notifications/{id}/" => id(path).map(PathRow::Notification),
        "/api/patients/{id}/" => id(path).map(PathRow::Patient),
        _ => None,
    }
}

/// The last segment, where it is an id: its handler says what is wrong with another one.
fn id<I: Id>(path: &str) -> Option<I> {
    path.trim_end_matches('/').rsplit('/').next().and_then(I::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::DoctorId;

    #[test]
    fn a_path_names_a_row_where_it_ends_with_its_id() {
        let (pattern, doctor) = ("/api/doctors/{id}/", "01940000-0000-7000-8000-000000000005");
        let row = |method: Method, path: &str| path_row(&method, pattern, path);
        let named = DoctorId::parse(doctor).map(PathRow::Doctor);
        assert!(named.is_some());
        assert_eq!(row(Method::GET, &format!("/api/doctors/{doctor}/")), named);
        assert_eq!(row(Method::GET, &format!("/api/doctors/{doctor}")), named);
        assert_eq!(row(Method::PATCH, &format!("/api/doctors/{doctor}/")), None);
        assert_eq!(row(Method::GET, "/api/doctors/nobody/"), None);
        assert_eq!(path_row(&Method::GET, "/api/doctors/", "/api/doctors/"), None);
    }
}

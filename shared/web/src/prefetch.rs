//! Prefetching: the row that a GET's path names is read in the same round trip as the caller's rows
//! ([`app::support::prefetch`]). A superfluous entry costs a read, and a missing one costs a round trip: `cargo lab
//! costs` measures both.

use app::support::prefetch::PrefetchTarget;
use domain::ids::Id;
use http::Method;

/// The row that a request will read, by the pattern of its route.
pub(crate) fn prefetch_target(method: &Method, pattern: &str, path: &str) -> Option<PrefetchTarget> {
    if method != Method::GET {
        return None;
    }
    match pattern {
        "/api/appointments/{id}/" => id(path).map(PrefetchTarget::Appointment),
        "/api/clinics/clinics/{id}/" => id(path).map(PrefetchTarget::Clinic),
        "/api/clinics/rooms/{id}/" => id(path).map(PrefetchTarget::Room),
        "/api/doctors/{id}/" => id(path).map(PrefetchTarget::Doctor),
        "/api/notifications/{id}/" => id(path).map(PrefetchTarget::Notification),
        "/api/patients/{id}/" => id(path).map(PrefetchTarget::Patient),
        _ => None,
    }
}

/// The last segment, if it is an id; a malformed one is the handler's to refuse.
fn id<I: Id>(path: &str) -> Option<I> {
    path.trim_end_matches('/').rsplit('/').next().and_then(I::parse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::DoctorId;

    #[test]
    fn a_get_of_one_resource_prefetches_its_row() {
        let (pattern, doctor) = ("/api/doctors/{id}/", "01940000-0000-7000-8000-000000000005");
        let row = |method: Method, path: &str| prefetch_target(&method, pattern, path);
        let named = DoctorId::parse(doctor).map(PrefetchTarget::Doctor);
        assert!(named.is_some());
        assert_eq!(row(Method::GET, &format!("/api/doctors/{doctor}/")), named);
        assert_eq!(row(Method::GET, &format!("/api/doctors/{doctor}")), named);
        assert_eq!(row(Method::PATCH, &format!("/api/doctors/{doctor}/")), None);
        assert_eq!(row(Method::GET, "/api/doctors/nobody/"), None);
        assert_eq!(prefetch_target(&Method::GET, "/api/doctors/", "/api/doctors/"), None);
    }
}

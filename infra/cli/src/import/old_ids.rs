//! Derives the ids of imported rows from model and number, so that a second import finds the rows of the first.
//!
//! An id is a UUIDv7 whose time is the old number and whose rest is a hash of model and number. So imported rows keep
//! their order, and sort before rows that are created here.

use domain::ids::Id;
use domain::text::fold;
use uuid::Uuid;

/// The UUIDv5 namespace of the hashes.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f6c_645f_6964_5f6f_665f_636c_696e_6963);

/// The id for a number of a model.
#[must_use]
pub fn id<I: Id>(model: &str, pk: u64) -> I {
    derive(pk, &format!("{model}:{pk}"))
}

/// The id for a name, ignoring case and accents.
#[must_use]
pub fn named<I: Id>(kind: &str, name: &str) -> I {
    derive(0, &format!("{kind}:{}", fold(name)))
}

fn derive<I: Id>(millis: u64, name: &str) -> I {
    let hash = Uuid::new_v5(&NAMESPACE, name.as_bytes());
    let tail = hash.as_bytes().first_chunk::<10>().copied().unwrap_or_default();
    // A UUIDv7 has 48 bits of time.
    I::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis & 0xffff_ffff_ffff, &tail).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::{DoctorId, SpecialtyId};

    #[test]
    fn numbers_keep_their_ids_and_their_order() {
        let ids: Vec<DoctorId> = (1..500).map(|pk| id("doctors.doctor", pk)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.uuid().get_version_num() == 7));
        assert_ne!(id::<DoctorId>("doctors.doctor", 2), id("patients.patient", 2));
        // Tables that were imported into have these.
        assert_eq!(id::<DoctorId>("doctors.doctor", 2).to_string(), "00000000-0002-747b-9c4c-11b753668f6a");
        let named = |name| named::<SpecialtyId>("specialty", name);
        assert_eq!(named("Cardiología"), named("  cardiologia "));
    }
}

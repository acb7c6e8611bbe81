//! SHA-256 of one text, and of a list of parts.

use sha2::{Digest, Sha256};

/// Each part is hashed with its length, so that `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) fn sha256_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_depend_on_the_boundaries_of_parts() {
        assert_ne!(sha256_of_parts([b"ab".as_slice(), b"c"]), sha256_of_parts([b"a".as_slice(), b"bc"]));
        assert_eq!(hex(&sha256(b""))[..16], *"e3b0c44298fc1c14");
    }
}

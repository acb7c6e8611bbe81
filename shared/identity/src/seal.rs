//! Seals of the audit trail: signed statements that prove that the rows of a period are unchanged.
//!
//! The rows of a period are the leaves of a Merkle tree (RFC 6962, section 2.1: leaves and nodes are
//! hashed differently, so that neither passes for the other). A [`SealStatement`] contains the [`merkle_root`], the
//! number of rows, digests of their ids in order and sorted, and the digest of the previous statement. So the statements
//! form a chain, in which none can be removed or inserted. [`SealKey`] signs it (Ed25519, RFC 8032).
//!
//! Two attacks are not detected: the holder of the key can seal anything, and removing the last seals of a table also
//! removes the proof of their rows. Copies of the seals in an archive that can't be overwritten protect against both.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{self, Context},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};

use crate::keys::{KeyError, MIN_SECRET_BYTES, PublicKey};

/// Domain separation of seal keys: the same secret gives another key than for tokens.
const KEY_LABEL: &[u8] = b"citas audit seal key 1\0";
/// The prefix of every signed statement, so that no other signed text passes for one.
const STATEMENT_LABEL: &[u8] = b"citas audit seal 1\0";

/// The prefix of hashed data, so that a hash of one kind is never one of another.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Leaf = 0,
    Node = 1,
    List = 2,
    Statement = 3,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// `previous` of the first statement of a chain.
    pub const NOTHING: Self = Self([0; 32]);

    fn of(tag: Tag, parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&digest::SHA256);
        context.update(&[tag as u8]);
        for part in parts {
            context.update(part);
        }
        Self::finish(context)
    }

    fn finish(context: Context) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        Self(bytes)
    }

    /// In base64url without padding.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

#[must_use]
pub fn leaf_digest(row: &[u8]) -> Digest {
    Digest::of(Tag::Leaf, &[row])
}

/// The root of the tree. Without leaves it is the hash of the empty text.
#[must_use]
pub fn merkle_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::finish(Context::new(&digest::SHA256)),
        [one] => *one,
        more => {
            // The largest power of two that is less than the number of leaves.
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            Digest::of(Tag::Node, &[&merkle_root(left).0, &merkle_root(right).0])
        }
    }
}

/// The digest of a list of texts, in the given order.
#[must_use]
pub fn list<'a>(texts: impl IntoIterator<Item = &'a str>) -> Digest {
    let mut context = Context::new(&digest::SHA256);
    context.update(&[Tag::List as u8]);
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    Digest::finish(context)
}

/// The signed contents of a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealStatement {
    /// The shard of the audit trail.
    pub shard: u8,
    /// The number of earlier statements of the shard.
    pub number: u64,
    /// In milliseconds since 1970, inclusive.
    pub from: i64,
    /// In milliseconds since 1970, exclusive.
    pub to: i64,
    /// The number of rows.
    pub rows: u64,
    /// The Merkle root of the rows.
    pub root: Digest,
    /// The digest of the rows' ids, in the order of the rows.
    pub order: Digest,
    /// The digest of the rows' ids, sorted.
    pub members: Digest,
    /// The digest of the previous statement.
    pub previous: Digest,
}

impl SealStatement {
    /// All members at fixed width, so that different statements have different bytes.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = STATEMENT_LABEL.to_vec();
        bytes.push(self.shard);
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(self.from.to_be_bytes());
        bytes.extend(self.to.to_be_bytes());
        bytes.extend(self.rows.to_be_bytes());
        for digest in [self.root, self.order, self.members, self.previous] {
            bytes.extend(digest.0);
        }
        bytes
    }

    /// `previous` of the next statement.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(Tag::Statement, &[&self.bytes()])
    }

    #[must_use]
    pub fn is_signed(&self, signature: &str, key: &PublicKey) -> bool {
        let decoded = URL_SAFE_NO_PAD.decode(signature).ok().zip(URL_SAFE_NO_PAD.decode(key.x()).ok());
        decoded.is_some_and(|(signature, key)| {
            UnparsedPublicKey::new(&ED25519, key).verify(&self.bytes(), &signature).is_ok()
        })
    }
}

/// The key that signs seals. Redacted in `Debug`.
pub struct SealKey {
    public: PublicKey,
    pair: Ed25519KeyPair,
}

impl SealKey {
    /// `secret` is any random text of at least 32 bytes. The same secret always gives the same key, which is never one
    /// that signs tokens.
    ///
    /// # Errors
    /// [`KeyError::TooShort`] below 32 bytes: hashing adds no entropy.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() < MIN_SECRET_BYTES {
            return Err(KeyError::TooShort);
        }
        let seed = digest::digest(&digest::SHA256, &[KEY_LABEL, secret].concat());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref()).map_err(|_| KeyError::Rejected)?;
        Ok(Self { public: PublicKey::from_bytes(pair.public_key().as_ref()), pair })
    }

    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature in base64url; deterministic.
    #[must_use]
    pub fn sign(&self, statement: &SealStatement) -> String {
        URL_SAFE_NO_PAD.encode(self.pair.sign(&statement.bytes()))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.public.kid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn hex(digest: Digest) -> String {
        digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn statement() -> SealStatement {
        let nothing = Digest::NOTHING;
        let (root, order, members) = (leaf_digest(b"a"), list(["a"]), list(["a"]));
        SealStatement { shard: 1, number: 2, from: 3, to: 4, rows: 5, root, order, members, previous: nothing }
    }

    /// The test vectors of Certificate Transparency's reference implementation.
    #[test]
    fn the_tree_is_that_of_rfc_6962() {
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let leaves: Vec<Digest> = inputs.iter().map(|input| leaf_digest(input)).collect();
        for (size, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(hex(merkle_root(&leaves[..size])), expected, "{size}");
        }
    }

    #[test]
    fn digests_of_lists_depend_on_order_and_boundaries() {
        assert_ne!(list(["ab", "c"]), list(["a", "bc"]));
        assert_ne!(list(["a", "b"]), list(["b", "a"]));
        assert_ne!(list([]), list([""]));
    }

    #[test]
    fn a_signature_is_valid_for_its_statement_and_key_only() {
        let (key, signed) = (SealKey::from_secret(SECRET).unwrap(), statement());
        let signature = key.sign(&signed);
        assert!(signed.is_signed(&signature, key.public()));
        assert_eq!(signature, key.sign(&signed));
        let other = SealKey::from_secret(b"0123456789abcdef0123456789abcdeg").unwrap();
        assert!(!signed.is_signed(&signature, other.public()));
        assert!(!signed.is_signed(&other.sign(&signed), key.public()));
        assert!(!signed.is_signed("", key.public()) && !signed.is_signed("?", key.public()));
        let digest = leaf_digest(b"b");
        for changed in [
            SealStatement { shard: 2, ..signed },
            SealStatement { number: 3, ..signed },
            SealStatement { from: 4, ..signed },
            SealStatement { to: 5, ..signed },
            SealStatement { rows: 6, ..signed },
            SealStatement { root: digest, ..signed },
            SealStatement { order: digest, ..signed },
            SealStatement { members: digest, ..signed },
            SealStatement { previous: digest, ..signed },
        ] {
            assert!(!changed.is_signed(&signature, key.public()), "{changed:?}");
            assert_ne!(changed.digest(), signed.digest());
        }
    }

    /// Even if both secrets were set to the same text.
    #[test]
    fn a_seal_key_is_never_the_key_that_signs_tokens() {
        let tokens = SigningKey::from_secret(SECRET).unwrap();
        let seals = SealKey::from_secret(SECRET).unwrap();
        assert_ne!(tokens.public(), seals.public());
        assert_eq!(SealKey::from_secret(&SECRET[1..]).err(), Some(KeyError::TooShort));
        assert_eq!(format!("{seals:?}"), format!("SealKey({})", seals.public().kid()));
    }

    #[test]
    fn digests_and_public_keys_round_trip_through_text() {
        let digest = leaf_digest(b"a");
        assert_eq!(Digest::parse(&digest.text()), Some(digest));
        assert_eq!(Digest::parse("c2hvcnQ"), None);
        let key = SealKey::from_secret(SECRET).unwrap();
        assert_eq!(PublicKey::parse(key.public().x()).as_ref(), Some(key.public()));
        assert_eq!(PublicKey::parse("c2hvcnQ"), None);
    }
}

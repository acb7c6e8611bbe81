//! Seals over the audit trail: what proves that a stretch of it is as it was?
//!
//! The rows of a stretch are the leaves of a Merkle tree (RFC 6962, section 2.1: leaves and nodes are
//! hashed apart, so that neither passes for the other). A [`Statement`] holds its [`root`], how many
//! rows there are, their ids in order and sorted, and the digest of the statement before: so statements
//! are a chain, and none can be taken out or put in. [`SealKey`] signs it (Ed25519, RFC 8032).
//!
//! What can't be told: who holds the key can seal anything, and who can remove the last seals of a
//! table takes what they proved along. Copies of the seals that nobody can overwrite stand against both.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    digest::{self, Context},
    signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey},
};

use crate::keys::{KeyError, MIN_SECRET_BYTES, PublicKey};

/// What seeds of seal keys are hashed with: a secret that signs tokens, too, would be another key here.
const KEY_LABEL: &[u8] = b"citas audit seal key 1\0";
/// What every statement begins with, so that nothing else that is ever signed passes for one.
const STATEMENT_LABEL: &[u8] = b"citas audit seal 1\0";

/// What goes before what is hashed, so that a hash of one kind is never one of another.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Tag {
    Leaf = 0,
    Node = 1,
    List = 2,
    Statement = 3,
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first statement of a chain has for the one before it.
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

    /// Reads [`text`](Self::text).
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

/// The leaf of a row, by the row's bytes.
#[must_use]
pub fn leaf(row: &[u8]) -> Digest {
    Digest::of(Tag::Leaf, &[row])
}

/// The root over leaves. Without any it is the hash of nothing.
#[must_use]
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::finish(Context::new(&digest::SHA256)),
        [one] => *one,
        more => {
            // The largest power of two that leaves something over.
            let (left, right) = more.split_at(more.len().next_power_of_two() / 2);
            Digest::of(Tag::Node, &[&root(left).0, &root(right).0])
        }
    }
}

/// The digest of a list of texts, as they come.
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

/// What a seal says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Of which part of the trail.
    pub shard: u8,
    /// How many statements of that part came before.
    pub number: u64,
    /// From this instant, in milliseconds since 1970 …
    pub from: i64,
    /// … to that one, excluded.
    pub to: i64,
    /// How many rows there are.
    pub rows: u64,
    /// The root over them.
    pub root: Digest,
    /// Their ids in the order of the rows.
    pub order: Digest,
    /// Their ids sorted.
    pub members: Digest,
    /// The statement before.
    pub previous: Digest,
}

impl Statement {
    /// All members at their full width: no two statements have the same bytes.
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

    /// What the next one has for the one before it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(Tag::Statement, &[&self.bytes()])
    }

    /// Whether this key has signed it.
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
    /// The key of a secret: any random text of at least 32 bytes. The same secret is the same key, and
    /// never one that signs tokens.
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

    /// The half that verifies.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature of a statement in base64url: always the same for the same statement.
    #[must_use]
    pub fn sign(&self, statement: &Statement) -> String {
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

    fn statement() -> Statement {
        let nothing = Digest::NOTHING;
        let (root, order, members) = (leaf(b"a"), list(["a"]), list(["a"]));
        Statement { shard: 1, number: 2, from: 3, to: 4, rows: 5, root, order, members, previous: nothing }
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
        let leaves: Vec<Digest> = inputs.iter().map(|input| leaf(input)).collect();
        for (size, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(hex(root(&leaves[..size])), expected, "{size}");
        }
    }

    #[test]
    fn lists_are_told_apart_by_where_their_texts_end() {
        assert_ne!(list(["ab", "c"]), list(["a", "bc"]));
        assert_ne!(list(["a", "b"]), list(["b", "a"]));
        assert_ne!(list([]), list([""]));
    }

    #[test]
    fn a_signature_is_good_for_its_statement_and_key_only() {
        let (key, said) = (SealKey::from_secret(SECRET).unwrap(), statement());
        let signature = key.sign(&said);
        assert!(said.is_signed(&signature, key.public()));
        assert_eq!(signature, key.sign(&said));
        let other = SealKey::from_secret(b"0123456789abcdef0123456789abcdeg").unwrap();
        assert!(!said.is_signed(&signature, other.public()));
        assert!(!said.is_signed(&other.sign(&said), key.public()));
        assert!(!said.is_signed("", key.public()) && !said.is_signed("?", key.public()));
        let digest = leaf(b"b");
        for changed in [
            Statement { shard: 2, ..said },
            Statement { number: 3, ..said },
            Statement { from: 4, ..said },
            Statement { to: 5, ..said },
            Statement { rows: 6, ..said },
            Statement { root: digest, ..said },
            Statement { order: digest, ..said },
            Statement { members: digest, ..said },
            Statement { previous: digest, ..said },
        ] {
            assert!(!changed.is_signed(&signature, key.public()), "{changed:?}");
            assert_ne!(changed.digest(), said.digest());
        }
    }

    /// Another's secret in the wrong place must not make tokens.
    #[test]
    fn it_is_never_the_key_that_signs_tokens() {
        let tokens = SigningKey::from_secret(SECRET).unwrap();
        let seals = SealKey::from_secret(SECRET).unwrap();
        assert_ne!(tokens.public(), seals.public());
        assert_eq!(SealKey::from_secret(&SECRET[1..]).err(), Some(KeyError::TooShort));
        assert_eq!(format!("{seals:?}"), format!("SealKey({})", seals.public().kid()));
    }

    #[test]
    fn digests_and_public_keys_are_read_as_they_were_written() {
        let digest = leaf(b"a");
        assert_eq!(Digest::parse(&digest.text()), Some(digest));
        assert_eq!(Digest::parse("c2hvcnQ"), None);
        let key = SealKey::from_secret(SECRET).unwrap();
        assert_eq!(PublicKey::parse(key.public().x()).as_ref(), Some(key.public()));
        assert_eq!(PublicKey::parse("c2hvcnQ"), None);
    }
}

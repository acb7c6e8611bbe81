//! What did all tests together use? Where [`VARIABLE`] names a folder, each process that runs tests adds
//! what its functions do to a file of its own in there. Each run has to have a folder of its own: what an
//! earlier one used says nothing of this one.

use super::policy::Roles;
use super::request::Request;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The environment variable that names the folder.
pub const VARIABLE: &str = "CITAS_IAM_LOG";

/// One action of a function on one thing: a line of the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// As `auth-admin`.
    pub function: String,
    /// As `dynamodb:GetItem`.
    pub action: String,
    /// By its name in the template.
    pub resource: String,
    /// The beginning of a partition; empty where it is about none.
    pub partition: String,
}

impl std::fmt::Display for Use {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\t{}\t{}\t{}", self.function, self.action, self.resource, self.partition)
    }
}

impl Use {
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next();
        let read = Self { function: next()?, action: next()?, resource: next()?, partition: next()? };
        next().is_none().then_some(read)
    }

    /// What a call uses: each of its partitions.
    #[must_use]
    pub fn all(function: &str, request: &Request) -> Vec<Self> {
        let one = |partition: &str| Self {
            function: function.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            partition: partition.to_owned(),
        };
        if request.partitions.is_empty() {
            return vec![one("")];
        }
        request.partitions.iter().map(|partition| one(partition)).collect()
    }

    /// Whether it makes use of what is allowed: of the very partition, of any where all are allowed.
    fn is_of(&self, allowed: &Self) -> bool {
        let same = (&self.function, &self.action) == (&allowed.function, &allowed.action);
        let partition = allowed.partition.is_empty() || self.partition == allowed.partition;
        same && partition && self.resource.starts_with(&allowed.resource)
    }
}

/// What this process has noted, and where.
struct Log {
    noted: BTreeSet<Use>,
    file: File,
}

static LOG: LazyLock<io::Result<Option<Mutex<Log>>>> = LazyLock::new(|| {
    let Some(folder) = std::env::var_os(VARIABLE) else { return Ok(None) };
    std::fs::create_dir_all(&folder)?;
    let path = Path::new(&folder).join(format!("{}.tsv", std::process::id()));
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(Some(Mutex::new(Log { noted: BTreeSet::new(), file })))
});

/// Notes a call, where somebody wants to know.
pub(super) fn note(function: &str, request: &Request) -> io::Result<()> {
    let log = LOG.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let Some(log) = log else { return Ok(()) };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    for used in Use::all(function, request) {
        if log.noted.insert(used.clone()) {
            log.file.write_all(format!("{used}\n").as_bytes())?;
        }
    }
    Ok(())
}

/// Everything in a folder.
///
/// # Errors
/// Where it can't be read, or something else is in it.
pub fn read(folder: &Path) -> io::Result<BTreeSet<Use>> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let strange = || io::Error::new(io::ErrorKind::InvalidData, format!("{line:?} is no line of a log"));
            all.insert(Use::parse(line).ok_or_else(strange)?);
        }
    }
    Ok(all)
}

/// What is allowed and wasn't used.
#[must_use]
pub fn unused(roles: &Roles, used: &BTreeSet<Use>) -> Vec<Use> {
    roles.allowed().into_iter().filter(|allowed| !used.iter().any(|one| one.is_of(allowed))).collect()
}

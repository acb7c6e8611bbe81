//! Collects the permissions that all tests together use. If [`VARIABLE`] names a folder, each test process appends
//! the calls of its functions to a file of its own there. Each test run needs a folder of its own: what an earlier
//! run used says nothing about this one.

use super::policy::Roles;
use super::request::IamRequest;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The environment variable that names the folder.
pub const VARIABLE: &str = "CITAS_IAM_LOG";

/// One permission that a function used: a line of the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PermissionUse {
    /// For example `auth-admin`.
    pub function: String,
    /// For example `dynamodb:GetItem`.
    pub action: String,
    /// The logical id in the template.
    pub resource: String,
    /// The prefix of a partition key; empty if the action has no partition.
    pub partition: String,
}

impl std::fmt::Display for PermissionUse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\t{}\t{}\t{}", self.function, self.action, self.resource, self.partition)
    }
}

impl PermissionUse {
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split('\t').map(str::to_owned);
        let mut next = || columns.next();
        let read = Self { function: next()?, action: next()?, resource: next()?, partition: next()? };
        next().is_none().then_some(read)
    }

    /// The permissions that a call uses, one for each partition.
    #[must_use]
    pub fn of_request(function: &str, request: &IamRequest) -> Vec<Self> {
        let permission = |partition: &str| Self {
            function: function.to_owned(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            partition: partition.to_owned(),
        };
        if request.partitions.is_empty() {
            return vec![permission("")];
        }
        request.partitions.iter().map(|partition| permission(partition)).collect()
    }

    /// Whether it uses an allowed permission: of the same partition, or of any if all are allowed.
    fn uses(&self, allowed: &Self) -> bool {
        let same = (&self.function, &self.action) == (&allowed.function, &allowed.action);
        let partition = allowed.partition.is_empty() || self.partition == allowed.partition;
        same && partition && self.resource.starts_with(&allowed.resource)
    }
}

/// What this process has written so far, and its file.
struct Log {
    noted: BTreeSet<PermissionUse>,
    file: File,
}

static LOG: LazyLock<io::Result<Option<Mutex<Log>>>> = LazyLock::new(|| {
    let Some(folder) = std::env::var_os(VARIABLE) else { return Ok(None) };
    std::fs::create_dir_all(&folder)?;
    let path = Path::new(&folder).join(format!("{}.tsv", std::process::id()));
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(Some(Mutex::new(Log { noted: BTreeSet::new(), file })))
});

/// Records a call, if [`VARIABLE`] is set.
pub(super) fn note(function: &str, request: &IamRequest) -> io::Result<()> {
    let log = LOG.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
    let Some(log) = log else { return Ok(()) };
    let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
    for used in PermissionUse::of_request(function, request) {
        if log.noted.insert(used.clone()) {
            log.file.write_all(format!("{used}\n").as_bytes())?;
        }
    }
    Ok(())
}

/// Reads the files of a folder.
///
/// # Errors
/// Also if a line is not one of a log.
pub fn read(folder: &Path) -> io::Result<BTreeSet<PermissionUse>> {
    let mut all = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let invalid =
                || io::Error::new(io::ErrorKind::InvalidData, format!("{line:?} is not a line of a permission log"));
            all.insert(PermissionUse::parse(line).ok_or_else(invalid)?);
        }
    }
    Ok(all)
}

/// The allowed permissions that were not used.
#[must_use]
pub fn unused(roles: &Roles, used: &BTreeSet<PermissionUse>) -> Vec<PermissionUse> {
    roles.allowed().into_iter().filter(|allowed| !used.iter().any(|one| one.uses(allowed))).collect()
}

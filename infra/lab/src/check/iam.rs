//! `cargo lab check iam`: reports permissions of the functions' roles that no test uses. The tests record what they
//! use, see [`testkit::iam`].

use crate::options::IamOptions;
use std::io::Write as _;
use testkit::iam::log::{read, unused};
use testkit::iam::policy::Roles;
use testkit::template::DeploymentTemplate;
use testkit::test_app::TestError;

/// Prints the unused permissions.
///
/// # Errors
/// A permission is unused, or the log or the template can't be read.
pub fn iam(options: &IamOptions) -> Result<(), TestError> {
    let roles = Roles::of(&DeploymentTemplate::read()?)?;
    let used = read(&options.log)?;
    if options.list {
        for permission in &used {
            writeln!(std::io::stdout(), "{permission}")?;
        }
    }
    if used.is_empty() {
        return Err(
            format!("no permission was used: did the tests run with CITAS_IAM_LOG={}?", options.log.display()).into()
        );
    }
    let (allowed, unused) = (roles.allowed(), unused(&roles, &used));
    for permission in &unused {
        writeln!(std::io::stdout(), "no test uses: {}", permission.to_string().replace('\t', " "))?;
    }
    if unused.is_empty() {
        writeln!(std::io::stdout(), "{} permissions are allowed, and each is used by a test", allowed.len())?;
        Ok(())
    } else {
        Err(format!("of {} permissions that the roles allow, no test uses {}", allowed.len(), unused.len()).into())
    }
}

//! `cargo lab check iam`: is everything that the functions' roles allow used by some test? The tests say
//! what they use, see [`testkit::iam`].

use crate::options::IamOptions;
use std::io::Write as _;
use testkit::iam::log::{read, unused};
use testkit::iam::policy::Roles;
use testkit::template::Template;
use testkit::test_app::Trouble;

/// Tells what isn't used.
///
/// # Errors
/// Where there is something, or the log or the template can't be read.
pub fn iam(options: &IamOptions) -> Result<(), Trouble> {
    let roles = Roles::of(&Template::read()?)?;
    let used = read(&options.log)?;
    if options.list {
        for one in &used {
            writeln!(std::io::stdout(), "{one}")?;
        }
    }
    if used.is_empty() {
        return Err(format!("nothing was used: did the tests know of {}?", options.log.display()).into());
    }
    let (allowed, unused) = (roles.allowed(), unused(&roles, &used));
    for right in &unused {
        writeln!(std::io::stdout(), "no test uses: {}", right.to_string().replace('\t', " "))?;
    }
    if unused.is_empty() {
        writeln!(std::io::stdout(), "rights: {} are allowed, and each is used by a test", allowed.len())?;
        Ok(())
    } else {
        Err(format!("of {} rights that the roles allow, no test uses {}", allowed.len(), unused.len()).into())
    }
}

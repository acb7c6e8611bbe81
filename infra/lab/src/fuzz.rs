//! `cargo lab fuzz`: mutates valid inputs at random and checks a property of the code that parses them.
//!
//! A [`FuzzTarget`] has valid inputs, and a property that must hold for any bytes. The inputs are mutated at random
//! ([`mutation`]). An input that violates the property or causes a panic is printed, so that
//! `--target NAME --input BASE64` checks it again. Messages, forms and signatures are parsed directly ([`parsers`]);
//! tokens, cursors and bodies go through the whole API ([`requests`]).
//!
//! It is not a coverage-guided fuzzer, since those need a nightly compiler. It finds faults near valid inputs.

pub mod mutation;
pub mod parsers;
pub mod requests;

use crate::options::FuzzOptions;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use testkit::test_app::{TestApp, TestError};

/// A property of an input; the error says how the input violates it.
pub type Property = Box<dyn for<'a> Fn(&'a [u8]) -> BoxFuture<'a, Result<(), String>>>;

/// A parser or an endpoint that reads untrusted input.
pub struct FuzzTarget {
    pub name: &'static str,
    /// Valid inputs, which are mutated.
    pub inputs: Vec<Vec<u8>>,
    /// Must hold for any input.
    pub property: Property,
}

/// An input that violates the property of its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PropertyViolation {
    pub target: &'static str,
    pub input: Vec<u8>,
    /// How the input violates it.
    pub reason: String,
}

impl std::fmt::Display for PropertyViolation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {}", self.target, self.reason)?;
        writeln!(f, "  {}", self.input.escape_ascii())?;
        write!(f, "  cargo lab fuzz --target {} --input {}", self.target, STANDARD.encode(&self.input))
    }
}

impl FuzzTarget {
    /// Checks the property for an input; a panic violates it.
    pub async fn check_input(&self, input: &[u8]) -> Result<(), PropertyViolation> {
        let result = AssertUnwindSafe(async { (self.property)(input).await }).catch_unwind().await;
        let result = result.unwrap_or_else(|_| Err("it panics".to_owned()));
        result.map_err(|reason| PropertyViolation { target: self.name, input: input.to_vec(), reason })
    }

    /// Checks the valid inputs and then mutated ones, `max_inputs` in all or as many as `time` allows. Returns how many
    /// were checked.
    ///
    /// # Errors
    /// The first violation.
    pub async fn run(&self, seed: u64, max_inputs: usize, time: Duration) -> Result<usize, PropertyViolation> {
        let (began, mut random) = (Instant::now(), fastrand::Rng::with_seed(seed));
        for input in &self.inputs {
            self.check_input(input).await?;
        }
        let mut checked = self.inputs.len();
        while checked < max_inputs && began.elapsed() < time {
            let Some(input) = mutation::mutated(&mut random, &self.inputs) else { break };
            self.check_input(&input).await?;
            checked += 1;
        }
        Ok(checked)
    }
}

/// Every target.
pub async fn targets() -> Result<Vec<FuzzTarget>, TestError> {
    let mut targets = parsers::targets()?;
    targets.extend(requests::targets(TestApp::start().await?).await?);
    Ok(targets)
}

/// Runs every target, or the one that the options name.
///
/// # Errors
/// The first violation with its seed, or an error of the fuzzer itself.
pub async fn fuzz(options: &FuzzOptions) -> Result<(), TestError> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let mut targets = targets().await?;
    targets.retain(|target| options.target.as_deref().is_none_or(|name| name == target.name));
    let count = u32::try_from(targets.len())?;
    if count == 0 {
        return Err("there is no such target".into());
    }
    let mut out = std::io::stdout();
    if let Some(input) = &options.input {
        let input = STANDARD.decode(input)?;
        for target in targets {
            target.check_input(&input).await.map_err(|violation| violation.to_string())?;
        }
        return Ok(writeln!(out, "the property holds")?);
    }
    writeln!(std::io::stderr(), "seed {seed}")?;
    for target in targets {
        let (max_inputs, time) = match options.inputs {
            Some(inputs) => (inputs, Duration::MAX),
            None => (usize::MAX, Duration::from_secs(options.seconds) / count),
        };
        let checked =
            target.run(seed, max_inputs, time).await.map_err(|violation| format!("{violation}\nseed {seed}"))?;
        writeln!(out, "{}: {checked} inputs", target.name)?;
    }
    Ok(())
}

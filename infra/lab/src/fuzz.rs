//! `cargo lab fuzz`: does anything that a stranger can send break what reads it?
//!
//! A [`Target`] has inputs that are fine, and a law that must hold for any bytes at all. The inputs are
//! changed at random ([`mutation`]); an input that breaks the law, or makes it panic, is printed so that
//! `--target NAME --input BASE64` tries it again. Words, forms and signatures are tried by themselves
//! ([`words`]); tokens, cursors and bodies through the whole API ([`requests`]).
//!
//! It is no coverage-guided fuzzer: those need a nightly compiler. It finds what is near to good inputs.

pub mod mutation;
pub mod requests;
pub mod words;

use crate::options::FuzzOptions;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::io::Write as _;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use testkit::test_app::{TestApp, Trouble};

/// A law: says in what way an input breaks it.
pub type Law = Box<dyn for<'a> Fn(&'a [u8]) -> BoxFuture<'a, Result<(), String>>>;

/// Something that reads what strangers send.
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Inputs that are fine.
    pub inputs: Vec<Vec<u8>>,
    /// What must hold for any.
    pub law: Law,
}

/// An input that breaks a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Of which target.
    pub target: &'static str,
    /// The input.
    pub input: Vec<u8>,
    /// In what way.
    pub how: String,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}: {}", self.target, self.how)?;
        writeln!(f, "  {}", self.input.escape_ascii())?;
        write!(f, "  cargo lab fuzz --target {} --input {}", self.target, STANDARD.encode(&self.input))
    }
}

impl Target {
    /// Whether the law holds for an input; a panic breaks it.
    ///
    /// # Errors
    /// [`Broken`].
    pub async fn hold(&self, input: &[u8]) -> Result<(), Broken> {
        let held = AssertUnwindSafe(async { (self.law)(input).await }).catch_unwind().await;
        let held = held.unwrap_or_else(|_| Err("it panics".to_owned()));
        held.map_err(|how| Broken { target: self.name, input: input.to_vec(), how })
    }

    /// Tries its inputs, and then so many changed ones, or as many as there is time for.
    ///
    /// # Errors
    /// The first that is [`Broken`].
    pub async fn run(&self, seed: u64, most: usize, time: Duration) -> Result<usize, Broken> {
        let (began, mut random) = (Instant::now(), fastrand::Rng::with_seed(seed));
        for input in &self.inputs {
            self.hold(input).await?;
        }
        let mut tried = self.inputs.len();
        while tried < most && began.elapsed() < time {
            let Some(input) = mutation::changed(&mut random, &self.inputs) else { break };
            self.hold(&input).await?;
            tried += 1;
        }
        Ok(tried)
    }
}

/// All of them.
///
/// # Errors
/// [`Trouble`] with what they need.
pub async fn targets() -> Result<Vec<Target>, Trouble> {
    let mut targets = words::targets()?;
    targets.extend(requests::targets(TestApp::start().await?).await?);
    Ok(targets)
}

/// Tries all of them, or the one that is wanted.
///
/// # Errors
/// What is [`Broken`]; [`Trouble`] of its own machinery.
pub async fn fuzz(options: &FuzzOptions) -> Result<(), Trouble> {
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
            target.hold(&input).await.map_err(|broken| broken.to_string())?;
        }
        return Ok(writeln!(out, "it holds")?);
    }
    writeln!(std::io::stderr(), "seed {seed}")?;
    for target in targets {
        let (most, time) = match options.inputs {
            Some(inputs) => (inputs, Duration::MAX),
            None => (usize::MAX, Duration::from_secs(options.seconds) / count),
        };
        let tried = target.run(seed, most, time).await.map_err(|broken| format!("{broken}\nseed {seed}"))?;
        writeln!(out, "{}: {tried} inputs", target.name)?;
    }
    Ok(())
}

//! The command line of `cargo lab`.

mod bench;

use crate::check::reminders::mishap::Mishap;
pub use bench::{
    AllBenchesOptions, Bench, ColdStartOptions, GrowthOptions, MemoryOptions, RemindersBenchOptions, ThroughputOptions,
    WarmOptions,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Checks under faults, fuzzing, benches and costs.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab")]
pub struct Options {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Repeat the fixed part of every proof, with the fixed seeds; exits 1 where one fails.
    Proofs,
    /// Run every proof with fresh seeds, in turn, and print each seed; exits 1 at the first failure.
    Soak(SoakOptions),
    /// Run one check under faults; exits 1 where a property fails.
    #[command(subcommand)]
    Check(Check),
    /// Change valid inputs at random, and check what reads them; exits 1 where a property fails.
    Fuzz(FuzzOptions),
    /// Print how the labelled messages of patients are read, in each context; exits 1 if one is misread.
    Corpus,
    /// Measure one thing, or all of it into one table.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        /// What.
        #[command(subcommand)]
        which: Option<Bench>,
        /// Where all of it finds what it needs.
        #[command(flatten)]
        options: AllBenchesOptions,
    },
    /// Run the local server, which stops before the call that `POST /_dev/halt/` names: for `check reminders
    /// --processes`.
    #[command(hide = true)]
    BreakpointServer(dev::options::ServeOptions),
    /// Print what each operation costs in DynamoDB, and its budget.
    Costs {
        /// Also what each kind of row costs.
        #[arg(long)]
        detail: bool,
        /// What an appointment's whole life costs instead, in units and in money.
        #[arg(long)]
        money: bool,
    },
}

/// Options of `soak`.
#[derive(Debug, Clone, Args)]
pub struct SoakOptions {
    /// For how many minutes.
    #[arg(long, default_value_t = 20)]
    pub minutes: u64,
    /// The first seed; random and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// The checks.
#[derive(Debug, Clone, Subcommand)]
pub enum Check {
    /// Many clients book, move and cancel at once, on a table that fails; then everything is checked.
    Bookings(BookingsOptions),
    /// Every fault at every call while an appointment is booked and its reminder sent, one fault at a time and two;
    /// exactly one reminder goes out, or this exits 1.
    Reminders(RemindersOptions),
    /// Patients write, messages get lost and are delivered again, the table fails; each message counts once, in its
    /// order, or this exits 1.
    Messages(MessagesOptions),
    /// The same operations on the embedded table and on another DynamoDB have the same answers.
    Differential(DifferentialOptions),
    /// Everything that the functions' roles allow is used by some test; exits 1 if something isn't.
    Iam(IamOptions),
}

/// Options of `check iam`.
#[derive(Debug, Clone, Args)]
pub struct IamOptions {
    /// What the tests used: the folder that `CITAS_IAM_LOG` named when they ran.
    #[arg(value_name = "FOLDER")]
    pub log: PathBuf,
    /// Print what was used, too.
    #[arg(long)]
    pub list: bool,
}

/// Options of `check reminders`.
#[derive(Debug, Clone, Args)]
pub struct RemindersOptions {
    /// How many appointments: 1 or 2.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub appointments: u8,
    /// Stop after so many minutes. Pairs are then chosen by the seed; otherwise all are gone through.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Only one pair of faults in so many, chosen by the seed.
    #[arg(long, value_name = "N", conflicts_with = "minutes")]
    pub one_in: Option<u64>,
    /// Chooses pairs; random and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Real processes instead: `cargo dev` is killed before each of its calls in turn.
    #[arg(long)]
    pub processes: bool,
    /// Only one run, with these mishaps, as 12/crash_after,31/freeze.
    #[arg(long, value_delimiter = ',', value_name = "CALL/WHAT")]
    pub replay: Vec<Mishap>,
}

/// Options of `check messages`.
#[derive(Debug, Clone, Args)]
pub struct MessagesOptions {
    /// How many messages.
    #[arg(long, default_value_t = 2_000)]
    pub messages: usize,
    /// Stop after so many minutes, whatever is left to do.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides what is written and what becomes of it; made up and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Which share of the calls to the table fails, from 0 to 1.
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub faults: f64,
}

/// Options of `fuzz`.
#[derive(Debug, Clone, Args)]
pub struct FuzzOptions {
    /// For how long, all targets together.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// So many inputs for each target, however long that takes.
    #[arg(long, conflicts_with = "seconds")]
    pub inputs: Option<usize>,
    /// Decides what is tried; made up and printed if left out.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Only this one: form, signature, reply, button, token, cursor, body, webhook.
    #[arg(long)]
    pub target: Option<String>,
    /// Try only this input, in Base64.
    #[arg(long, value_name = "BASE64")]
    pub input: Option<String>,
}

/// Options of `check differential`.
#[derive(Debug, Clone, Args)]
pub struct DifferentialOptions {
    /// Where the other DynamoDB is, as http://127.0.0.1:4599. A table is made there, and removed.
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// How many operations.
    #[arg(long, default_value_t = 300)]
    pub operations: u64,
    /// Decides what is asked for.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `check bookings`.
#[derive(Debug, Clone, Args)]
pub struct BookingsOptions {
    /// How many operations.
    #[arg(long, default_value_t = 20_000)]
    pub operations: u64,
    /// Stop after so many minutes, whatever is left to do.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// What a run begins with, to have it again; made up and printed if left out. Clients decide the
    /// same and the table fails the same, but who is first is up to the machine: only a run with one
    /// client is the very same.
    #[arg(long)]
    pub seed: Option<u64>,
    /// How many clients at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub clients: u16,
    /// Which share of the calls to the table fails, from 0 to 1.
    #[arg(long, default_value_t = 0.15, value_parser = share)]
    pub faults: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

/// The options as they are where none is given.
///
/// # Errors
/// Where one of them has no default.
pub(crate) fn defaults<T: Args>() -> Result<T, clap::Error> {
    T::from_arg_matches(&T::augment_args(clap::Command::new("lab")).try_get_matches_from(["lab"])?)
}

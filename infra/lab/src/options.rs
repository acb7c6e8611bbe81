//! The command line of `cargo lab`.

mod bench;

use crate::check::reminders::fault::InjectedFault;
pub use bench::{
    AllBenchesOptions, Bench, ColdStartOptions, GrowthOptions, MemoryOptions, RemindersBenchOptions, ThroughputOptions,
    WarmOptions,
};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// Checks under faults, fuzzing, benches and costs.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", bin_name = "cargo lab")]
pub struct LabCli {
    #[command(subcommand)]
    pub command: LabCommand,
}

#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Repeat the fixed part of every proof with the fixed seeds; exits 1 if one fails.
    Proofs,
    /// Run every proof with fresh seeds, in turn, and print each seed; exits 1 at the first failure.
    Soak(SoakOptions),
    /// Run one check under faults; exits 1 if a property fails.
    #[command(subcommand)]
    Check(Check),
    /// Mutate valid inputs at random and check what parses them; exits 1 if a property fails.
    Fuzz(FuzzOptions),
    /// Print how the labelled patient messages are classified, by context; exits 1 if one is misclassified.
    Corpus,
    /// Run one bench, or all benches into one table.
    #[command(args_conflicts_with_subcommands = true)]
    Bench {
        #[command(subcommand)]
        which: Option<Bench>,
        #[command(flatten)]
        options: AllBenchesOptions,
    },
    /// Run the local server with a breakpoint: it stops before the call that `POST /_dev/halt/` names. Used by `check
    /// reminders --processes`.
    #[command(hide = true)]
    BreakpointServer(dev::options::ServeOptions),
    /// Print what each operation costs in DynamoDB, and its budget.
    Costs {
        /// Also print the cost of each kind of row.
        #[arg(long)]
        detail: bool,
        /// Print the cost of one appointment from booking to reply instead, in units and in money.
        #[arg(long)]
        money: bool,
    },
}

#[derive(Debug, Clone, Args)]
pub struct SoakOptions {
    /// Duration in minutes.
    #[arg(long, default_value_t = 20)]
    pub minutes: u64,
    /// The seed of the first round; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Check {
    /// Many clients book, move and cancel at once on a faulty table; then table and answers are checked.
    Bookings(BookingsOptions),
    /// Inject every fault at every call while an appointment is booked and its reminder is sent, one fault at a time
    /// and two; exits 1 unless exactly one reminder is sent each time.
    Reminders(RemindersOptions),
    /// Deliver patients' messages never, once or repeatedly on a faulty table; exits 1 unless each is processed once
    /// and in order.
    Messages(MessagesOptions),
    /// Close and open the time of an appointment at random while its patient, staff and the job act; exits 1 if
    /// anything promises closed time.
    Closures(ClosuresOptions),
    /// Try every conversation of up to five messages with a number that has up to three appointments, by distinct states;
    /// exits 1 if a bare answer does what the last list doesn't offer under it.
    Conversations(ConversationsOptions),
    /// Change one appointment at random on a faulty table; exits 1 unless the last message that its patient got is true.
    Notices(NoticesOptions),
    /// Search for every patient of a generated town in eight ways, and measure searches in a larger one; exits 1 if one
    /// finds nobody or costs too much.
    Search(SearchOptions),
    /// Run the same operations on the embedded table and on another DynamoDB, and compare the answers.
    Differential(DifferentialOptions),
    /// Check that a test uses every permission that the functions' roles allow; exits 1 if one is unused.
    Iam(IamOptions),
}

/// Options of `check search`.
#[derive(Debug, Clone, Args)]
pub struct SearchOptions {
    /// Patients who are all searched for.
    #[arg(long, default_value_t = 10_000)]
    pub patients: usize,
    /// Patients of the town in which costs are measured.
    #[arg(long, default_value_t = 100_000)]
    pub cost_patients: usize,
    /// Chooses names, documents and numbers.
    #[arg(long, default_value_t = 21)]
    pub seed: u64,
}

/// Options of `check iam`.
#[derive(Debug, Clone, Args)]
pub struct IamOptions {
    /// The folder that `CITAS_IAM_LOG` named when the tests ran.
    #[arg(value_name = "FOLDER")]
    pub log: PathBuf,
    /// Also print the permissions that were used.
    #[arg(long)]
    pub list: bool,
}

/// Options of `check reminders`.
#[derive(Debug, Clone, Args)]
pub struct RemindersOptions {
    /// Number of appointments: 1 or 2.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub appointments: u8,
    /// Stop after so many minutes. The seed then chooses the pairs of faults; otherwise all pairs are run.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Run one pair of faults in N, chosen by the seed.
    #[arg(long, value_name = "N", conflicts_with = "minutes")]
    pub one_in: Option<u64>,
    /// Chooses the pairs of faults; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Use real processes instead: the local server is killed before each of its calls in turn.
    #[arg(long)]
    pub processes: bool,
    /// Do a single run with these faults, as 12/crash_after,31/freeze.
    #[arg(long, value_delimiter = ',', value_name = "CALL/FAULT")]
    pub replay: Vec<InjectedFault>,
}

/// Options of `check messages`.
#[derive(Debug, Clone, Args)]
pub struct MessagesOptions {
    /// Number of messages.
    #[arg(long, default_value_t = 2_000)]
    pub messages: usize,
    /// Stop after so many minutes.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides the messages, their deliveries and the faults; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// The share of the calls to the table that fails, from 0 to 1.
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub faults: f64,
}

/// Options of `check closures`.
#[derive(Debug, Clone, Args)]
pub struct ClosuresOptions {
    /// Number of runs.
    #[arg(long, default_value_t = 10_000)]
    pub runs: usize,
    /// Stop after so many minutes.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides the operations, their order and the lost connections; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Options of `check conversations`.
#[derive(Debug, Clone, Args)]
pub struct ConversationsOptions {
    /// At most this many states for each number of appointments.
    #[arg(long, default_value_t = 100_000)]
    pub states: usize,
    /// So many longer random conversations for each number of appointments.
    #[arg(long, default_value_t = 3_500)]
    pub walks: usize,
    /// Decides the random conversations; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
}

/// Options of `check notices`.
#[derive(Debug, Clone, Args)]
pub struct NoticesOptions {
    /// Number of histories.
    #[arg(long, default_value_t = 500)]
    pub histories: usize,
    /// Stop after so many minutes.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides the histories and the faults; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// The share of the calls to the table that fails, from 0 to 1.
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    pub faults: f64,
}

#[derive(Debug, Clone, Args)]
pub struct FuzzOptions {
    /// Duration in seconds, all targets together.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// Number of inputs for each target, whatever time they take.
    #[arg(long, conflicts_with = "seconds")]
    pub inputs: Option<usize>,
    /// Decides the mutations; by default random and printed.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Run one target only: form, signature, reply, button, token, cursor, body, webhook.
    #[arg(long)]
    pub target: Option<String>,
    /// Check one input only, in Base64.
    #[arg(long, value_name = "BASE64")]
    pub input: Option<String>,
}

/// Options of `check differential`.
#[derive(Debug, Clone, Args)]
pub struct DifferentialOptions {
    /// URL of the other DynamoDB, as http://127.0.0.1:4599. A table is created there and removed.
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// Number of operations.
    #[arg(long, default_value_t = 300)]
    pub operations: u64,
    /// Decides the requests.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// Options of `check bookings`.
#[derive(Debug, Clone, Args)]
pub struct BookingsOptions {
    /// Number of operations.
    #[arg(long, default_value_t = 20_000)]
    pub operations: u64,
    /// Stop after so many minutes.
    #[arg(long)]
    pub minutes: Option<u64>,
    /// Decides the requests and the faults; by default random and printed. The order in which clients run is up to the
    /// machine, so that only a run with one client is repeated exactly.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Number of concurrent clients.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub clients: u16,
    /// The share of the calls to the table that fails, from 0 to 1.
    #[arg(long, default_value_t = 0.15, value_parser = share)]
    pub faults: f64,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

/// Default options.
///
/// # Errors
/// If one of the options has no default.
pub(crate) fn defaults<T: Args>() -> Result<T, clap::Error> {
    T::from_arg_matches(&T::augment_args(clap::Command::new("lab")).try_get_matches_from(["lab"])?)
}

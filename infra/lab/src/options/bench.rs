//! What `cargo lab bench` takes.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Options of `bench`, where it measures everything.
#[derive(Debug, Clone, Args)]
pub struct AllBenchesOptions {
    /// Where the functions' release binaries are, the baselines' with them.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Where their zips are.
    #[arg(long, default_value = "target/lambda/x86_64", value_name = "DIR")]
    pub zips: PathBuf,
}

/// What to measure.
#[derive(Debug, Clone, Subcommand)]
pub enum Bench {
    /// Many reminders that are due at once: exits 1 where a promise isn't kept.
    Reminders(RemindersBenchOptions),
    /// What the first request to each function waits for, of release binaries: `infra/checks/build` makes them,
    /// and `cargo build --release --package baselines` what they are held against.
    ColdStart(ColdStartOptions),
    /// What an operation takes besides its calls to the table, of the same binaries.
    Warm(WarmOptions),
    /// What operations cost beside more and more appointments: exits 1 where one costs more.
    Growth(GrowthOptions),
    /// How many requests a second the local server answers, by how many clients at once.
    Throughput(ThroughputOptions),
    /// What operations take with the share of a processor that comes with an amount of memory.
    Memory(MemoryOptions),
    /// A worker of `reminders`: it is started by it.
    #[command(hide = true)]
    Worker {
        /// What to do, as JSON.
        task: String,
    },
}

/// Options of `bench cold-start`.
#[derive(Debug, Clone, Args)]
pub struct ColdStartOptions {
    /// Where the binaries are, the baselines' with them.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Where their zips are.
    #[arg(long, default_value = "target/lambda/x86_64", value_name = "DIR")]
    pub zips: PathBuf,
    /// How often each is started.
    #[arg(long, default_value_t = 15)]
    pub rounds: u32,
}

/// Options of `bench warm`.
#[derive(Debug, Clone, Args)]
pub struct WarmOptions {
    /// Where the binaries are, the baselines' with them.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// How often each operation is done.
    #[arg(long, default_value_t = 100)]
    pub rounds: u32,
}

/// Options of `bench growth`.
#[derive(Debug, Clone, Args)]
pub struct GrowthOptions {
    /// Beside how many appointments.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    pub appointments: Vec<usize>,
    /// Where to keep the tables in files, for more appointments than fit into memory (about 30 kB each). They stay.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// How often each read is timed.
    #[arg(long, default_value_t = 50)]
    pub rounds: u32,
}

/// Options of `bench throughput`.
#[derive(Debug, Clone, Args)]
pub struct ThroughputOptions {
    /// How many clients.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16")]
    pub clients: Vec<usize>,
    /// How many requests by each number of them.
    #[arg(long, default_value_t = 2_000)]
    pub requests: u32,
}

/// Options of `bench memory`.
#[derive(Debug, Clone, Args)]
pub struct MemoryOptions {
    /// Where the binaries are.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// How much memory, in MB.
    #[arg(long, value_delimiter = ',', default_value = "128,256,512,1024")]
    pub sizes: Vec<u16>,
    /// How often each operation is done.
    #[arg(long, default_value_t = 100)]
    pub rounds: u32,
}

/// Options of `bench reminders`.
#[derive(Debug, Clone, Args)]
pub struct RemindersBenchOptions {
    /// How many reminders; a tenth of them is measured beside.
    #[arg(long, default_value_t = 100_000)]
    pub reminders: usize,
    /// Over how many clinics.
    #[arg(long, default_value_t = 1_000)]
    pub clinics: usize,
}

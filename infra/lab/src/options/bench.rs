//! The command line of `cargo lab bench`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Options of `bench` without a subcommand, which runs all benches.
#[derive(Debug, Clone, Args)]
pub struct AllBenchesOptions {
    /// Folder of the release binaries of the functions and of the baselines.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Folder of the functions' zips.
    #[arg(long, default_value = "target/lambda/x86_64", value_name = "DIR")]
    pub zips: PathBuf,
}

#[derive(Debug, Clone, Subcommand)]
pub enum Bench {
    /// Send many reminders that are due at once; exits 1 if one is lost or doubled, or a limit is exceeded.
    Reminders(RemindersBenchOptions),
    /// Measure start and first request of each function's release binary. Build them with `infra/checks/build`, and the
    /// baselines with `cargo build --release --package baselines`.
    ColdStart(ColdStartOptions),
    /// Measure what an operation takes besides its calls to the table, with the same binaries.
    Warm(WarmOptions),
    /// Measure operations in tables of growing size; exits 1 if one costs more in a larger table.
    Growth(GrowthOptions),
    /// Measure how many requests a second the local server answers, by number of concurrent clients.
    Throughput(ThroughputOptions),
    /// Measure operations with the processor share that Lambda grants for a memory size.
    Memory(MemoryOptions),
    /// A worker process of `bench reminders`, which starts it.
    #[command(hide = true)]
    Worker {
        /// A `WorkerTask` as JSON.
        task: String,
    },
}

/// Options of `bench cold-start`.
#[derive(Debug, Clone, Args)]
pub struct ColdStartOptions {
    /// Folder of the release binaries of the functions and of the baselines.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Folder of the functions' zips.
    #[arg(long, default_value = "target/lambda/x86_64", value_name = "DIR")]
    pub zips: PathBuf,
    /// Number of starts of each binary.
    #[arg(long, default_value_t = 15)]
    pub rounds: u32,
}

/// Options of `bench warm`.
#[derive(Debug, Clone, Args)]
pub struct WarmOptions {
    /// Folder of the release binaries of the functions and of the baselines.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Number of measured runs of each operation.
    #[arg(long, default_value_t = 100)]
    pub rounds: u32,
}

/// Options of `bench growth`.
#[derive(Debug, Clone, Args)]
pub struct GrowthOptions {
    /// Numbers of appointments that the tables hold.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000")]
    pub appointments: Vec<usize>,
    /// Folder to keep the tables in files, for more appointments than fit into memory (about 30 kB each). The files
    /// are not removed.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
    /// Number of timed runs of each read.
    #[arg(long, default_value_t = 50)]
    pub rounds: u32,
}

/// Options of `bench throughput`.
#[derive(Debug, Clone, Args)]
pub struct ThroughputOptions {
    /// Numbers of concurrent clients.
    #[arg(long, value_delimiter = ',', default_value = "1,4,16")]
    pub clients: Vec<usize>,
    /// Number of requests for each number of clients.
    #[arg(long, default_value_t = 2_000)]
    pub requests: u32,
}

/// Options of `bench memory`.
#[derive(Debug, Clone, Args)]
pub struct MemoryOptions {
    /// Folder of the functions' release binaries.
    #[arg(long, default_value = "target/x86_64-unknown-linux-gnu/release", value_name = "DIR")]
    pub binaries: PathBuf,
    /// Memory sizes, in MB.
    #[arg(long, value_delimiter = ',', default_value = "128,256,512,1024")]
    pub sizes: Vec<u16>,
    /// Number of measured runs of each operation.
    #[arg(long, default_value_t = 100)]
    pub rounds: u32,
}

/// Options of `bench reminders`.
#[derive(Debug, Clone, Args)]
pub struct RemindersBenchOptions {
    /// Number of reminders; a tenth of it is measured for comparison.
    #[arg(long, default_value_t = 100_000)]
    pub reminders: usize,
    /// Number of clinics.
    #[arg(long, default_value_t = 1_000)]
    pub clinics: usize,
}

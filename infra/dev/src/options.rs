//! The command line of `cargo dev`.

use clap::{Args, Parser, Subcommand};
use domain::time::Instant;
use std::path::PathBuf;

/// The local server, and the generators of committed files.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
pub struct DevCli {
    /// The command; `serve` by default.
    #[command(subcommand)]
    pub command: Option<DevCommand>,
    #[command(flatten)]
    pub serve: ServeOptions,
}

#[derive(Debug, Subcommand)]
pub enum DevCommand {
    /// Run the whole system on this machine.
    Serve(ServeOptions),
    /// Chat as a patient with a local server that is running.
    Phone(PhoneOptions),
    /// Run only the table, for functions that run in other processes, as under `cargo lambda watch`.
    Table(TableOptions),
    /// Run a command of `cargo citas` on the local server's folder. Stop the server first.
    Citas(CitasOptions),
    /// Print the OpenAPI document, or write it to infra/openapi.json.
    Openapi {
        #[arg(long)]
        write: bool,
    },
    /// Print every route as a table.
    Routes,
    /// Print the environment variables of the functions as a table.
    Settings,
    /// A command of an older version, which fails with the command to use instead.
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// The folder for the data.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// Use an empty table in memory, which is deleted at the end.
    #[arg(long)]
    pub memory: bool,
    /// The demo data for an empty table: `day` unless `--memory`, which has `basic`.
    #[arg(long, value_enum)]
    pub seed: Option<Seed>,
    /// The same as `--seed none`.
    #[arg(long, conflicts_with = "seed")]
    pub no_seed: bool,
    /// Start the clock at another time, as 2025-12-13T12:00:00Z; it runs on from there.
    #[arg(long, value_name = "INSTANT", value_parser = parse_instant)]
    pub now: Option<Instant>,
    /// The password of the demo users.
    #[arg(
        long,
        env = "CITAS_DEMO_PASSWORD",
        hide_env_values = true,
        default_value = "citas-demo-password",
        hide = true
    )]
    pub demo_password: String,
}

/// Which demo data an empty table gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Seed {
    /// Two clinics with doctors and patients, and a day of appointments in all states.
    Day,
    /// Two clinics with doctors and patients, and no appointments.
    Basic,
    None,
}

impl ServeOptions {
    #[must_use]
    pub fn seed(&self) -> Seed {
        let usual = if self.memory { Seed::Basic } else { Seed::Day };
        if self.no_seed { Seed::None } else { self.seed.unwrap_or(usual) }
    }
}

#[derive(Debug, Clone, Args)]
pub struct TableOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8001)]
    pub port: u16,
    /// The folder for the functions' environment and secrets.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// The base URL of the functions.
    #[arg(long, default_value = "http://127.0.0.1:9000", value_name = "URL")]
    pub public_url: String,
    /// The password of the demo users.
    #[arg(
        long,
        env = "CITAS_DEMO_PASSWORD",
        hide_env_values = true,
        default_value = "citas-demo-password",
        hide = true
    )]
    pub demo_password: String,
}

#[derive(Debug, Clone, Args)]
pub struct CitasOptions {
    /// The folder of the local server's data.
    #[arg(long, global = true, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// A deployment instead of the folder: for a dry run of an import, which needs the embedded table.
    #[command(flatten)]
    pub target: cli::target::TargetArgs,
    #[command(subcommand)]
    pub command: cli::options::CitasCommand,
}

#[derive(Debug, Clone, Args)]
pub struct PhoneOptions {
    /// The port of the local server.
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// The patient's phone number, as +12025550141; by default the one that got the newest message.
    #[arg(long, value_name = "NUMBER")]
    pub from: Option<String>,
}

fn parse_instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|_| "not an instant with an offset, as 2025-12-13T12:00:00Z".to_owned())
}

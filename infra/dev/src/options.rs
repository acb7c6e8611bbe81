//! The command line of `cargo dev`.

use clap::{Args, Parser, Subcommand};
use domain::time::Instant;
use std::path::PathBuf;

/// The local server, and the generators of committed files.
#[derive(Debug, Parser)]
#[command(name = "cargo dev", bin_name = "cargo dev")]
pub struct Options {
    /// What to do; `serve` if left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Options of `serve`.
    #[command(flatten)]
    pub serve: ServeOptions,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything on this machine.
    Serve(ServeOptions),
    /// Run the table alone, for functions that run elsewhere, as under `cargo lambda watch`.
    Table(TableOptions),
    /// Run a command of `cargo citas` on the local server's folder. Stop the server first.
    Citas(CitasOptions),
    /// Print the OpenAPI document, or write it to infra/openapi.json.
    Openapi {
        /// Write it.
        #[arg(long)]
        write: bool,
    },
    /// Print every route as a table.
    Routes,
    /// Print the environment variables of the functions as a table.
    Settings,
    /// A command of an older version: answered with where it is now.
    #[command(external_subcommand)]
    Unknown(Vec<String>),
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct ServeOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8000)]
    pub port: u16,
    /// Where the data is kept.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// Keep nothing: an empty table in memory.
    #[arg(long)]
    pub memory: bool,
    /// No demo data in an empty table.
    #[arg(long)]
    pub no_seed: bool,
    /// Start at another time, as 2025-12-13T12:00:00Z; the clock runs on from there.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
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

/// Options of `table`.
#[derive(Debug, Clone, Args)]
pub struct TableOptions {
    /// The port to listen on, on loopback only.
    #[arg(long, default_value_t = 8001)]
    pub port: u16,
    /// Where the functions' environment and secrets are written.
    #[arg(long, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// Where the functions will be reached.
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

/// Options of `citas`.
#[derive(Debug, Clone, Args)]
pub struct CitasOptions {
    /// Where the local server's data is kept.
    #[arg(long, global = true, default_value = ".local", value_name = "DIR")]
    pub data: PathBuf,
    /// A deployment instead: for a dry run of an import, which needs the embedded table.
    #[command(flatten)]
    pub target: cli::target::TargetArgs,
    /// The command.
    #[command(subcommand)]
    pub command: cli::options::Command,
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|_| "not an instant with an offset, as 2025-12-13T12:00:00Z".to_owned())
}

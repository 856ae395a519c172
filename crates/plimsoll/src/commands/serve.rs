//! `plimsoll serve`: the dashboard and the API.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::alerts::settings::Alerts;
use crate::alerts::web;
use crate::config::Config;
use crate::edition::publication::Publication;
use crate::failure::{Failure, Outcome};
use crate::serve::app::{App, run as listen};
use crate::serve::settings::Settings;
use crate::serve::work::yield_to_others;
use crate::serve::world::World;
use crate::session::{Session, store_dir};

/// The form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Log {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// `plimsoll serve`
#[derive(Debug, Args)]
pub struct Serve {
    /// The thesis [default: that of the configuration, else the shipped one]
    pub thesis: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:8787]; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The form of the log, on standard error
    #[arg(long, value_enum, default_value_t)]
    pub log: Log,
    /// How much is logged: error, warn, info, debug
    #[arg(long, default_value = "info", env = "PLIMSOLL_LOG", value_name = "LEVEL")]
    pub verbosity: String,
}

/// Runs the command.
pub fn run(store: Option<&Path>, config: &Config, args: &Serve) -> Outcome {
    let mut settings: Settings = config.section("serve")?;
    if let Some(listen) = &args.listen {
        settings.listen.clone_from(listen);
    }
    // A path in the file is meant against its folder, one of the command line against where one stands.
    settings.thesis = args.thesis.clone().or(settings.thesis.map(|t| config.folder().join(t)));
    let settings = settings.checked()?;
    start_log(args)?;
    // Threads that computations share yield as well; where another part has made them already, they stay as they are.
    let _ = rayon::ThreadPoolBuilder::new().start_handler(|_| yield_to_others()).build_global();
    let session = Session::open(store)?;
    let world = World::open(
        session.store,
        settings.thesis.clone(),
        Publication::of(config)?,
        settings.memory_mb.saturating_mul(1 << 20) / 2,
    )?;
    let beside = beside(store, config, &world)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::new)?;
    let done = runtime.block_on(async {
        let address = settings.address()?;
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|e| {
            Failure::new(format!("{address}: {e}"))
                .hint("another program may listen there; `--listen 127.0.0.1:0` takes a free port")
        })?;
        let local = listener.local_addr().map_err(Failure::new)?;
        if !local.ip().is_loopback() {
            tracing::warn!("this address can be reached from other machines; put a proxy with TLS before it");
        }
        let app = App::new(settings, world)?;
        println!("http://{local}/");
        listen(app, beside, listener).await
    });
    // A computation that nobody waits for any more does not keep the program.
    runtime.shutdown_background();
    done.map(|()| 0)
}

fn start_log(args: &Serve) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&args.verbosity).map_err(|e| Failure::new(format!("--verbosity: {e}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    let set = match args.log {
        Log::Text => builder.try_init(),
        Log::Json => builder.json().try_init(),
    };
    set.map_err(|e| Failure::new(format!("the log cannot be started: {e}")))
}

/// The pages of alerts, and their delivery; nothing where alerts were never set up, so that a store that is only read stays as it is.
fn beside(store: Option<&Path>, config: &Config, world: &World) -> Result<Option<axum::Router>, Failure> {
    let settings = Alerts::load(config)?;
    let dir = store_dir(store)?;
    if settings.smtp.is_none() && settings.channel.is_empty() && !settings.folder(&dir).exists() {
        return Ok(None);
    }
    let offered = web::offered([(world.thesis_id.as_str(), &world.thesis)]);
    Ok(Some(web::mount(&dir, settings, offered)?))
}

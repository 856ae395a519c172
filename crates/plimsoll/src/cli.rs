//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::sheet::Format;

/// The load line for equity markets: what a market is loaded with, as of any day, using only what was known that day.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, max_term_width = 110, arg_required_else_help = true)]
pub struct Cli {
    /// The store's folder [default: the platform's data folder]
    #[arg(long, global = true, env = "PLIMSOLL_STORE", value_name = "DIR")]
    pub store: Option<PathBuf>,
    /// The configuration file [default: plimsoll/plimsoll.toml in the platform's folder of configurations]
    #[arg(long, global = true, env = "PLIMSOLL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a sample world, import it and write its report: offline, opens nothing, needs nothing
    #[command(after_help = "Example: plimsoll demo -o report.html")]
    Demo(Demo),
    /// Import files in the publishers' own formats, or whole folders of them
    #[command(
        after_help = "Examples:\n  plimsoll import prices/ rates/fred/DGS10.csv\n  plimsoll import closes.csv --map dataset=bars --map period=date --map symbol=ticker --map close=px --map known_at=close\n  plimsoll import cpi.csv --map dataset=events --map period=date --map calendar=const:cpi --map kind=const:release --map value=actual --map known_at=column:announced\n  plimsoll import prices/ --refused"
    )]
    Import(Import),
    /// Fetch what is new from the publishers, and import it
    #[command(
        after_help = "Examples:\n  plimsoll sync --dry-run\n  plimsoll sync\n  plimsoll sync treasury fred\n  plimsoll sync --every 1d\n\nConfiguration (plimsoll.toml):\n  [sync]\n  contact = \"Jane Doe jane@example.org\"   # the SEC demands one\n  ciks = [320193]                          # these filers, not all\n  [sync.keys]                              # or in the environment\n  fred = \"...\""
    )]
    Sync(crate::commands::sync::SyncArgs),
    /// The publishers that can be asked: terms, limits, revisions, first date, when a value counts as known, known defects
    #[command(after_help = "Example: plimsoll sources treasury")]
    Sources(crate::commands::sources::SourcesArgs),
    /// What the store holds: coverage, freshness, gaps, defects
    #[command(after_help = "Example: plimsoll status --as-of 2024-02-02")]
    Status(Status),
    /// The catalogue of measures, or one measure's definition
    #[command(after_help = "Example: plimsoll measures contribution_share")]
    Measures(Measures),
    /// A measure for one day, or its history, each day as known then
    #[command(
        after_help = "Examples:\n  plimsoll measure contribution_share --as-of 2023-12-29 --with window=ytd\n  plimsoll measure share_in_bear_market --from 2022-01-03 --to 2024-02-02 --with universe=small --format csv"
    )]
    Measure(Measure),
    /// The verdict on each claim of a thesis; exit code 0 all hold, 1 one fails, 2 error, 3 one is undecided or unknown
    #[command(after_help = "Example: plimsoll check --as-of 2024-02-02")]
    Check(Check),
    /// The dated report of a thesis
    #[command(after_help = "Example: plimsoll report --as-of 2024-02-02 -o report.html --pdf --since 2024-01-26")]
    Report(Report),
    /// Who leads whom: all pairs of files of minute bars, of series, or of the members of a universe; positive lag: the first leads
    #[command(
        name = "leadlag",
        after_help = "Examples:\n  plimsoll leadlag SPY.csv IWM.csv HYG.csv --max-lag 10\n  plimsoll leadlag --series fred:BAMLH0A0HYM2,etf:SPY,etf:IWM --as-of 2024-02-02 --sessions 504\n  plimsoll leadlag --universe top:50 --as-of 2024-02-02 --map\n  plimsoll leadlag --intermarket --map --from 2020-01-01 --as-of 2024-02-02 --every quarter"
    )]
    LeadLag(LeadLag),
    /// How much to bet: Kelly's fractions, and Kelly's with the probability of a drawdown bounded
    #[command(
        after_help = "Examples:\n  plimsoll size outcomes.csv --drawdown 0.7 --probability 0.1\n  plimsoll size monthly-returns.csv --cash 0.003 --holdout 0.3"
    )]
    Size(Size),
    /// A strategy replayed with what was known at each decision: figures, trials, before and after publication
    #[command(
        after_help = "Examples:\n  plimsoll backtest\n  plimsoll backtest leverage-for-the-long-run --set leverage=3 --report sheet.html\n  plimsoll backtest leverage-for-the-long-run --sweep sessions=50..300:10 --format csv\n  plimsoll backtest strategies/credit.toml --table months --format csv"
    )]
    Backtest(crate::commands::backtest::Backtest),
    /// One issuer on one page: maturities, coverage, cost of debt, default measures, the filings behind them, and what is missing
    #[command(
        after_help = "Examples:\n  plimsoll issuer NWL --as-of 2024-02-02\n  plimsoll issuer 814453 --as-of 2024-02-02 -o newell.html"
    )]
    Issuer(Issuer),
    /// A paper's figures beside ours, the difference split into execution lag, financing, costs and data
    #[command(after_help = "Examples:\n  plimsoll replicate\n  plimsoll replicate gayed-bilello-2016")]
    Replicate(crate::commands::replicate::Replicate),
    /// Verdicts through time; what claims about the future called, and their score
    #[command(
        after_help = "Examples:\n  plimsoll history --from 2023-01-03 --to 2024-02-02\n  plimsoll history --from 2023-01-03 --to 2024-02-02 --changes\n  plimsoll history --from 2005-01-03 --claim small-caps-underperform --calls"
    )]
    History(crate::commands::history::History),
    /// Refinancing stress: who can refinance under a path of rates, per issuer and per group
    #[command(
        after_help = "Examples:\n  plimsoll stress --as-of 2024-02-02 --scenario higher_for_longer --universe russell2000\n  plimsoll stress --as-of 2024-02-02 --scenario priced --paths 10000 --seed 1876 --groups\n  plimsoll stress --as-of 2024-02-02 --frontier --format csv\n  plimsoll stress --as-of 2024-02-02 --scenario late.toml\n\nScenarios: priced, higher_for_longer, cuts_in_time, soft_landing, hard_landing, or a file:\n  extends = \"priced\"\n  [policy]\n  kind = \"cuts\"          # priced (shift_bp), hold, cuts (first_quarter, total_bp, pace_bp), path (rates_percent)\n  first_quarter = 7\n  total_bp = 50\n  [cash_flow]\n  growth_per_year = -0.05  # or level = [1.0, 0.95]\n  [spreads]\n  multiple = 1.5\n  [assumptions]\n  tenor_quarters = 28"
    )]
    Stress(Stress),
    /// The dashboard and its API: the thesis as of any day, measures, rates, stress, issuers, signals, data
    #[cfg(feature = "serve")]
    #[command(
        after_help = "Examples:\n  plimsoll serve\n  plimsoll serve theses/mine.toml --listen 127.0.0.1:9000 --log json\n  curl 'http://127.0.0.1:8787/api/v1/measures/contribution_share?as_of=2024-02-02&with=window=ytd&format=csv'\n\nSettings: section [serve] of the configuration; a token for telling news in PLIMSOLL_SERVE_TOKEN."
    )]
    Serve(crate::commands::serve::Serve),
    /// Watch theses: tell people when a verdict flips, once
    #[cfg(feature = "serve")]
    #[command(
        after_help = "Examples:\n  plimsoll watch --once\n  plimsoll watch theses/small-cap-pain.toml --every 1h\n\nChannels, mail and thresholds are described in the configuration, section [alerts] (docs/alerts.md)."
    )]
    Watch(crate::commands::watch::Watch),
    /// Alerts: try a channel, look into the outbox, read bounces
    #[cfg(feature = "serve")]
    #[command(
        after_help = "Examples:\n  plimsoll alert test desk\n  plimsoll alert dead\n  plimsoll alert bounce /var/mail/bounces"
    )]
    Alert(crate::commands::alert::AlertArgs),
    /// Prove on this store that nothing sees the future: truncate, plant garbage, compute again, compare every byte
    #[command(after_help = "Example: plimsoll prove --as-of 2024-02-02")]
    Prove(Prove),
    /// SQL over what was known
    #[cfg(feature = "sql")]
    #[command(
        after_help = "Example: plimsoll sql \"select symbol, cap from bars where period = date '2024-02-02' order by cap desc nulls last limit 10\" --as-of 2024-02-02"
    )]
    Sql(Sql),
}

/// Where a table goes.
#[derive(Debug, Args)]
pub struct Output {
    /// The form of the table
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `plimsoll demo`
#[derive(Debug, Args)]
pub struct Demo {
    /// The report
    #[arg(short, long, default_value = "report.html", value_name = "FILE")]
    pub output: PathBuf,
    /// Keep the sample world's files and store in this folder
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// The seed of the sample world
    #[arg(long, default_value_t = 1876)]
    pub seed: u64,
}

/// `plimsoll import`
#[derive(Debug, Args)]
pub struct Import {
    /// Files or folders
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub paths: Vec<PathBuf>,
    /// Map the columns of a tidy file: dataset=bars|series|members|securities|events, FIELD=COLUMN or FIELD=const:TEXT, known_at=RULE
    #[arg(long, value_name = "KEY=VALUE")]
    pub map: Vec<String>,
    /// When the publisher put this version out: changed values are known from then on [default: now]
    #[arg(long, value_name = "WHEN")]
    pub vintage: Option<String>,
    /// List every refused row
    #[arg(long)]
    pub refused: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll status`
#[derive(Debug, Args)]
pub struct Status {
    /// As known at this day or moment, or `latest`
    #[arg(long, default_value = "latest", value_name = "WHEN")]
    pub as_of: String,
    /// List the defects found
    #[arg(long)]
    pub defects: bool,
    /// List the numbers in statements that screens doubt and measures do not use
    #[arg(long)]
    pub doubts: bool,
    /// How each source was fetched: last asked, last new value, late, revisions found
    #[arg(long)]
    pub fetched: bool,
    /// List every series, universe and panel
    #[arg(long)]
    pub keys: bool,
    /// List the imports, with file hashes
    #[arg(long)]
    pub imports: bool,
    /// Check every segment against its checksum
    #[arg(long)]
    pub verify: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll measures`
#[derive(Debug, Args)]
pub struct Measures {
    /// One measure
    pub name: Option<String>,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll measure`
#[derive(Debug, Args)]
pub struct Measure {
    /// The measure
    pub name: String,
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN", required_unless_present = "from", conflicts_with = "from")]
    pub as_of: Option<String>,
    /// History from this day
    #[arg(long, value_name = "DAY", requires = "to")]
    pub from: Option<String>,
    /// History to this day
    #[arg(long, value_name = "DAY", requires = "from")]
    pub to: Option<String>,
    /// A parameter
    #[arg(long, value_name = "KEY=VALUE")]
    pub with: Vec<String>,
    /// The source of prices: screener, tidy, adjusted [default: that of the thesis, else screener]
    #[arg(long, value_name = "SOURCE")]
    pub panel: Option<String>,
    /// The thesis whose names of universes and groups are understood [default: the shipped one]
    #[arg(long, value_name = "FILE")]
    pub thesis: Option<PathBuf>,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll check`
#[derive(Debug, Args)]
pub struct Check {
    /// The thesis [default: the shipped one]
    pub thesis: Option<PathBuf>,
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN")]
    pub as_of: String,
    /// Only these claims
    #[arg(long, value_name = "ID")]
    pub claim: Vec<String>,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll report`
#[derive(Debug, Args)]
pub struct Report {
    /// The thesis [default: the shipped one]
    pub thesis: Option<PathBuf>,
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN")]
    pub as_of: String,
    /// The report's file
    #[arg(short, long, default_value = "report.html", value_name = "FILE")]
    pub output: PathBuf,
    /// Also a PDF beside it, printed by an installed Chromium
    #[arg(long)]
    pub pdf: bool,
    /// Also an image card (PNG) beside it, for sharing
    #[arg(long)]
    pub card: bool,
    /// Also the edition as JSON beside it
    #[arg(long)]
    pub json: bool,
    /// What changed since the edition of this day
    #[arg(long, value_name = "DAY")]
    pub since: Option<String>,
}

/// `plimsoll leadlag`
#[derive(Debug, Args)]
pub struct LeadLag {
    /// Files of minute bars, one security each: `Datetime` with its offset from UTC, `Close`
    #[arg(value_name = "FILE", required_unless_present_any = ["series", "universe", "intermarket"], conflicts_with_all = ["series", "universe", "intermarket", "as_of", "sessions", "from"])]
    pub files: Vec<PathBuf>,
    /// Series of the store, separated by commas; `universe:NAME` is the index of a universe
    #[arg(long, value_name = "ID,ID...", conflicts_with = "universe")]
    pub series: Option<String>,
    /// The members of a universe of the store
    #[arg(long, value_name = "UNIVERSE")]
    pub universe: Option<String>,
    /// Credit, rates, sectors, small caps, large caps and mega caps by their funds; those that the store has
    #[arg(long, conflicts_with_all = ["series", "universe"])]
    pub intermarket: bool,
    /// As known at this day or moment, or `latest`
    #[arg(long, default_value = "latest", value_name = "WHEN")]
    pub as_of: String,
    /// Rolling: from this day to --as-of, each time with what was known then
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// How often, where rolling: at the last session of each
    #[arg(long, value_enum, default_value_t, requires = "from")]
    pub every: Every,
    /// Sessions of the estimate
    #[arg(long, default_value_t = 252, value_parser = clap::value_parser!(u32).range(40..=25_200))]
    pub sessions: u32,
    /// The furthest lag either way: minutes for files, else sessions
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=390))]
    pub max_lag: u32,
    /// How the p-values are adjusted for the number of pairs
    #[arg(long, value_enum, default_value_t)]
    pub control: Control,
    /// The level at which a lead is named, all pairs together
    #[arg(long, default_value_t = 0.05)]
    pub level: f64,
    /// Sign flips behind each p-value
    #[arg(long, default_value_t = 999, value_parser = clap::value_parser!(u32).range(99..=1_000_000))]
    pub draws: u32,
    /// The seed of the flips
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// One row a series: whom it leads and who leads it
    #[arg(long)]
    pub map: bool,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// How often something is looked at anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Every {
    /// Weekly.
    Week,
    /// Monthly.
    #[default]
    Month,
    /// Quarterly.
    Quarter,
}

/// Control of many tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Control {
    /// Benjamini and Hochberg: the share of false finds among finds
    #[default]
    Bh,
    /// Holm: any false find
    Holm,
}

/// `plimsoll size`
#[derive(Debug, Args)]
pub struct Size {
    /// Outcomes: one column a bet, one row an outcome, returns as decimals; a column `probability` where they are not equally likely
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Add a bet `cash` with this return a period
    #[arg(long, value_name = "RETURN")]
    pub cash: Option<f64>,
    /// Wealth may fall below this share of its beginning...
    #[arg(long, default_value_t = 0.7, value_name = "ALPHA")]
    pub drawdown: f64,
    /// ...with at most this probability
    #[arg(long, default_value_t = 0.1, value_name = "BETA")]
    pub probability: f64,
    /// The exponent of the bound, instead of log beta / log alpha
    #[arg(long, conflicts_with = "probability")]
    pub lambda: Option<f64>,
    /// Also the smallest exponent whose simulated probability is small enough: nearer to the target, and no bound
    #[arg(long)]
    pub calibrate: bool,
    /// Judge on this last share of the rows, which the bets are not fitted to
    #[arg(long, default_value_t = 0.0, value_name = "SHARE")]
    pub holdout: f64,
    /// Simulated paths
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub paths: u32,
    /// Periods of each
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub periods: u32,
    /// The seed of the paths
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll issuer`
#[derive(Debug, Args)]
pub struct Issuer {
    /// A symbol, a CIK, or an issuer id
    pub name: String,
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN")]
    pub as_of: String,
    /// The form of the table; a file that ends in .html gets the page
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What is done with issuers of whom no maturity ladder is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LadderLess {
    /// They are left out, and counted.
    #[default]
    Exclude,
    /// Current debt falls due within a year, the rest evenly over the years after.
    BalanceSheet,
}

/// Whether banks, lenders, insurers and mortgage trusts count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum WhichFinancials {
    /// They do not count.
    #[default]
    Exclude,
    /// They count like others.
    Include,
    /// They alone count.
    Only,
}

/// `plimsoll stress`
#[derive(Debug, Args)]
pub struct Stress {
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN", required_unless_present = "assumptions")]
    pub as_of: Option<String>,
    /// A scenario by name, or a scenario file
    #[arg(long, default_value = "priced", value_name = "NAME|FILE")]
    pub scenario: String,
    /// Whose issuers: a list, a rule, or a name of the thesis
    #[arg(long, default_value = "small", value_name = "UNIVERSE")]
    pub universe: String,
    /// Monte Carlo about the scenario with so many paths
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub paths: Option<u32>,
    /// The seed of the paths
    #[arg(long, default_value_t = 1876, value_name = "S")]
    pub seed: u64,
    /// Issuers of whom no maturity ladder is known
    #[arg(long, value_enum, default_value_t)]
    pub without_ladder: LadderLess,
    /// Years over which debt beyond a year is spread where no ladder is known
    #[arg(long, default_value_t = 6.0, value_name = "YEARS")]
    pub rest_years: f64,
    /// Banks, lenders, insurers and mortgage trusts
    #[arg(long, value_enum, default_value_t)]
    pub financials: WhichFinancials,
    /// Set an assumption
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// List every issuer, also those that do not fail (files always hold all)
    #[arg(long)]
    pub all: bool,
    /// The groups alone
    #[arg(long, conflicts_with_all = ["frontier", "sensitivity", "places"])]
    pub groups: bool,
    /// The map of survival over first cut and total of cuts
    #[arg(long, conflicts_with_all = ["sensitivity", "places"])]
    pub frontier: bool,
    /// Which assumption matters
    #[arg(long, conflicts_with = "places")]
    pub sensitivity: bool,
    /// Where the priced path lay on the map over the past year
    #[arg(long)]
    pub places: bool,
    /// The assumptions, with defaults and sources
    #[arg(long)]
    pub assumptions: bool,
    /// The thesis whose names of universes are understood [default: the shipped one]
    #[arg(long, value_name = "FILE")]
    pub thesis: Option<PathBuf>,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll prove`
#[derive(Debug, Args)]
pub struct Prove {
    /// The thesis [default: the shipped one]
    pub thesis: Option<PathBuf>,
    /// The day or moment after which everything is cut off and replaced by garbage
    #[arg(long, value_name = "WHEN")]
    pub as_of: String,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

/// `plimsoll sql`
#[cfg(feature = "sql")]
#[derive(Debug, Args)]
pub struct Sql {
    /// The query; tables: bars, series, members, securities, symbol_changes
    pub query: String,
    /// As known at this day or moment, or `latest`
    #[arg(long, value_name = "WHEN")]
    pub as_of: String,
    #[command(flatten)]
    /// Where the table goes.
    pub out: Output,
}

//! Who is listed: sizes, sectors, sensitivities, lives, and the quirks of identity that readers must survive.

use plimsoll_model::time::Day;

use super::Spec;
use super::names::Names;
use super::path::root;
use super::rng::Rng;

/// A sector, as the screener names it.
pub(crate) struct Sector {
    pub name: &'static str,
    pub fund: &'static str,
    pub industries: [&'static str; 3],
    /// The industry portfolio that each of the industries belongs to.
    pub portfolios: [usize; 3],
    /// Share of names among giants and large, and among the rest, in per cent.
    pub weights: [f64; 2],
    /// Dividend yield a year.
    pub dividend: f64,
}

const fn sector(
    name: &'static str,
    fund: &'static str,
    industries: [&'static str; 3],
    portfolios: [usize; 3],
    figures: [f64; 3],
) -> Sector {
    Sector { name, fund, industries, portfolios, weights: [figures[0], figures[1]], dividend: figures[2] }
}

/// Names of the ten industry portfolios.
pub(crate) const PORTFOLIOS: [&str; 10] =
    ["NoDur", "Durbl", "Manuf", "Enrgy", "HiTec", "Telcm", "Shops", "Hlth", "Utils", "Other"];

/// The eleven sectors with a fund each.
pub(crate) const SECTORS: [Sector; 11] = [
    sector("Technology", "XLK", ["Computer Software", "Semiconductors", "Computer Services"], [4, 4, 4], [17.0, 14.0, 0.008]),
    sector(
        "Telecommunications",
        "XLC",
        ["Cable Networks", "Wireless Carriers", "Network Equipment"],
        [5, 5, 4],
        [4.0, 3.0, 0.02],
    ),
    sector(
        "Consumer Discretionary",
        "XLY",
        ["Auto Manufacturing", "Apparel Stores", "Restaurants"],
        [1, 6, 6],
        [12.0, 13.0, 0.012],
    ),
    sector("Industrials", "XLI", ["Machinery", "Aerospace", "Building Products"], [2, 2, 2], [15.0, 16.0, 0.015]),
    sector("Basic Materials", "XLB", ["Chemicals", "Metals", "Paper"], [2, 2, 2], [5.0, 5.0, 0.02]),
    sector("Energy", "XLE", ["Oil and Gas Production", "Oilfield Services", "Pipelines"], [3, 3, 3], [5.0, 6.0, 0.03]),
    sector("Finance", "XLF", ["Major Banks", "Insurers", "Investment Managers"], [9, 9, 9], [15.0, 18.0, 0.025]),
    sector("Real Estate", "XLRE", ["Office Trusts", "Apartment Trusts", "Real Estate Services"], [9, 9, 9], [6.0, 6.0, 0.035]),
    sector("Health Care", "XLV", ["Major Pharmaceuticals", "Medical Devices", "Biotechnology"], [7, 7, 7], [12.0, 14.0, 0.01]),
    sector("Consumer Staples", "XLP", ["Packaged Foods", "Beverages", "Household Products"], [0, 0, 0], [6.0, 3.0, 0.026]),
    sector("Utilities", "XLU", ["Electric Utilities", "Gas Utilities", "Water Utilities"], [8, 8, 8], [5.0, 2.0, 0.034]),
];

/// How large a company starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// One of the seven.
    Giant,
    /// A member of the large index at the start.
    Large,
    /// Between the two indices.
    Mid,
    /// In the small index by size.
    Small,
    /// Below the small index.
    Micro,
    /// A warrant or unit: listed, without capitalisation.
    Warrant,
}

/// What becomes of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Listed,
    Acquired,
    Failed,
}

/// A symbol and name that a security carries from a session on.
#[derive(Clone, Debug)]
pub struct Listing {
    /// As the screener writes it.
    pub symbol: String,
    /// As the screener writes it.
    pub name: String,
    /// First session, as a position in the world's sessions.
    pub from: usize,
}

/// A listed security.
#[derive(Clone, Debug)]
pub struct Security {
    /// Number of its issuer: the securities of one issuer share it.
    pub issuer: usize,
    /// Whether it is the class that stands for the issuer's capitalisation.
    pub primary: bool,
    /// Size at the start.
    pub tier: Tier,
    /// Dated symbols, oldest first.
    pub listings: Vec<Listing>,
    /// Exchange, in the screener's spelling.
    pub exchange: &'static str,
    /// Position in the table of sectors.
    pub sector: usize,
    /// Position among the sector's industries.
    pub industry: usize,
    /// Year of listing, where the screener has it.
    pub ipo_year: Option<i16>,
    /// First and last session traded.
    pub life: (usize, usize),
    /// Whether the planted sensitivity to yields is the higher one.
    pub levered: bool,
    /// Shares after a split for each before, with the session.
    pub splits: Vec<(usize, f64)>,
    pub(crate) fate: Fate,
    pub(crate) beta: f64,
    pub(crate) idiosyncratic: f64,
    pub(crate) float: f64,
    pub(crate) dividend: f64,
    pub(crate) value: f64,
    pub(crate) start: (f64, f64),
}

impl Security {
    /// The symbol on a session, as the screener writes it.
    pub fn symbol_at(&self, session: usize) -> &str {
        let after = self.listings.partition_point(|l| l.from <= session);
        &self.listings[after.max(1) - 1].symbol
    }
    /// The last symbol, as the screener writes it.
    pub fn symbol(&self) -> &str {
        &self.listings[self.listings.len() - 1].symbol
    }
    /// Whether it trades on a session.
    pub fn trades(&self, session: usize) -> bool {
        self.life.0 <= session && session <= self.life.1
    }
    /// Whether it is one of the seven.
    pub fn giant(&self) -> bool {
        self.tier == Tier::Giant
    }
}

/// The seven: symbol, name, sector, industry, share of the seven's capitalisation at the start, exchange.
const GIANTS: [(&str, &str, usize, usize, f64, &str); 7] = [
    ("VOJA", "Vojanet Devices Inc. Common Stock", 0, 2, 0.27, "nasdaq"),
    ("REQI", "Reqilund Corporation Common Stock", 0, 0, 0.23, "nasdaq"),
    ("DUJOL", "Dujovel Inc. Class A Common Stock", 0, 0, 0.17, "nasdaq"),
    ("MIJO", "Mijotide.com Inc. Common Stock", 2, 1, 0.15, "nasdaq"),
    ("NAJA", "Najarix Platforms Inc. Class A Common Stock", 0, 2, 0.08, "nasdaq"),
    ("TEQE", "Teqeran Motors Inc. Common Stock", 2, 0, 0.06, "nasdaq"),
    ("GIJO", "Gijoquil Semiconductor Corporation Common Stock", 0, 1, 0.04, "nasdaq"),
];
const RESERVED: [&str; 10] = ["VOJA", "REQI", "DUJO", "DUJOL", "MIJO", "NAJA", "FOJB", "TEQE", "GIJO", "SAJA"];
const FORMS: [&str; 6] = ["Inc.", "Corporation", "Holdings Inc.", "Group Inc.", "Company", "Partners Inc."];

/// Share of the large index that the seven make up at the start.
const GIANTS_WEIGHT: f64 = 0.22;
/// Capitalisation at the start of the largest and the smallest of each tier, in dollars.
const RANGES: [(f64, f64); 4] = [(1.9e11, 9.2e9), (9.2e9, 5.2e9), (5.2e9, 1.4e8), (1.4e8, 1.2e7)];

/// The session on or after a day, if the world reaches it.
pub(crate) fn session_from(sessions: &[Day], (y, m, d): (i16, i8, i8)) -> Option<usize> {
    let at = sessions.partition_point(|s| *s < Day::ymd(y, m, d));
    (0 < at && at < sessions.len()).then_some(at)
}

/// Builds the list of securities.
pub(crate) fn generate(spec: &Spec, sessions: &[Day]) -> Vec<Security> {
    let last = sessions.len() - 1;
    let mut names = Names::new(spec.seed, &RESERVED);
    let mut list: Vec<Security> = Vec::new();
    for (i, &(symbol, name, sector, industry, _, exchange)) in GIANTS.iter().enumerate() {
        let mut rng = Rng::stream(spec.seed, "giant", i as u64);
        let mut giant = security(&mut rng, (list.len(), Tier::Giant, sector), 0.0, last);
        giant.industry = industry;
        giant.exchange = exchange;
        giant.listings = vec![Listing { symbol: symbol.into(), name: name.into(), from: 0 }];
        giant.ipo_year = Some(1980 + 5 * i as i16);
        giant.dividend = if i < 2 { 0.006 } else { 0.0 };
        giant.start.0 = [128.0, 214.0, 1_720.0, 158.0, 262.0, 236.0, 137.0][i];
        list.push(giant);
    }
    let tiers = [(Tier::Large, spec.large - 7), (Tier::Mid, spec.mid), (Tier::Small, spec.small), (Tier::Micro, spec.micro)];
    for (k, (tier, count)) in tiers.into_iter().enumerate() {
        let (high, low) = RANGES[k];
        let step = root(low / high, count.max(2));
        let mut cap = high;
        for i in 0..count {
            let mut rng = Rng::stream(spec.seed, ["large", "mid", "small", "micro"][k], i as u64);
            let column = usize::from(tier > Tier::Large);
            let weights: Vec<f64> = SECTORS.iter().map(|s| s.weights[column]).collect();
            let sector = rng.weighted(&weights);
            let mut security = security(&mut rng, (list.len(), tier, sector), cap * rng_spread(i), last);
            let (stem, symbol) = names.next();
            live(&mut security, &mut rng, last, sessions);
            let noun = trade(sector, security.industry);
            let name = format!("{stem} {noun} {} Common Stock", rng.pick(&FORMS));
            security.listings = vec![Listing { symbol, name, from: security.life.0 }];
            list.push(security);
            cap *= step;
        }
    }
    let large: f64 = list.iter().filter(|s| s.tier == Tier::Large).map(|s| s.start.1).sum();
    for (giant, figures) in list.iter_mut().zip(GIANTS) {
        giant.start.1 = large * GIANTS_WEIGHT / (1.0 - GIANTS_WEIGHT) * figures.4;
    }
    super::quirks::plant(spec, sessions, &mut names, &mut list);
    list
}

/// A little disorder, so that neighbours in rank are not in exact progression; fixed, not drawn.
fn rng_spread(i: usize) -> f64 {
    1.0 + 0.01 * ((i * 7_919) % 13) as f64 / 13.0
}

pub(crate) fn trade(sector: usize, industry: usize) -> &'static str {
    const NOUNS: [[&str; 3]; 11] = [
        ["Software", "Semiconductor", "Systems"],
        ["Media", "Wireless", "Networks"],
        ["Motors", "Stores", "Restaurants"],
        ["Machinery", "Aerospace", "Building Products"],
        ["Chemicals", "Metals", "Paper"],
        ["Petroleum", "Drilling", "Pipeline"],
        ["Bancorp", "Insurance", "Capital"],
        ["Office Trust", "Residential Trust", "Realty"],
        ["Pharmaceuticals", "Medical", "Therapeutics"],
        ["Foods", "Beverages", "Household"],
        ["Electric", "Gas", "Water"],
    ];
    NOUNS[sector][industry]
}

pub(crate) fn security(rng: &mut Rng, (issuer, tier, sector): (usize, Tier, usize), cap: f64, last: usize) -> Security {
    let (idiosyncratic, beta) = match tier {
        Tier::Giant => (0.012, rng.between(1.05, 1.25)),
        Tier::Large => (rng.between(0.010, 0.018), rng.between(0.7, 1.3)),
        Tier::Mid => (rng.between(0.014, 0.024), rng.between(0.8, 1.4)),
        Tier::Small => (rng.between(0.015, 0.034), rng.between(0.7, 1.5)),
        Tier::Micro | Tier::Warrant => (rng.between(0.028, 0.05), rng.between(0.6, 1.5)),
    };
    let price = match tier {
        Tier::Giant | Tier::Large => rng.between(40.0, 320.0),
        Tier::Mid => rng.between(25.0, 160.0),
        Tier::Small => rng.between(9.0, 85.0),
        Tier::Micro | Tier::Warrant => rng.between(2.0, 22.0),
    };
    let listed_on = if rng.chance(if tier <= Tier::Large { 0.3 } else { 0.6 }) { "nasdaq" } else { "nyse" };
    Security {
        issuer,
        primary: true,
        tier,
        listings: Vec::new(),
        exchange: if tier == Tier::Micro && rng.chance(0.15) { "amex" } else { listed_on },
        sector,
        industry: rng.below(3),
        ipo_year: rng.chance(0.6).then(|| 1970 + rng.below(50) as i16),
        life: (0, last),
        levered: tier >= Tier::Small && rng.chance(0.5),
        splits: Vec::new(),
        fate: Fate::Listed,
        beta,
        idiosyncratic,
        float: if tier == Tier::Giant { rng.between(0.82, 1.0) } else { 1.0 - 0.6 * rng.uniform() * rng.uniform() },
        dividend: SECTORS[sector].dividend * rng.between(0.0, 1.6) * if tier >= Tier::Small { 0.6 } else { 1.0 },
        value: rng.normal(),
        start: (price, cap),
    }
}

/// Decides when the listing begins and ends.
fn live(security: &mut Security, rng: &mut Rng, last: usize, sessions: &[Day]) {
    let years = (last + 1) as f64 / 252.0;
    let (leaves, enters) = match security.tier {
        Tier::Large => (0.012, 0.0),
        Tier::Mid => (0.02, 0.02),
        Tier::Small => (0.042, 0.03),
        _ => (0.09, 0.05),
    };
    // The last fifty sessions of a leaver are drawn, so a world too short for that has none.
    if last > 120 && rng.chance(leaves * years) {
        security.life.1 = 70 + rng.below(last - 70);
        let fails = if security.tier >= Tier::Small { 0.5 } else { 0.1 };
        security.fate = if rng.chance(fails) { Fate::Failed } else { Fate::Acquired };
    } else if last > 120 && rng.chance(enters * years) {
        security.life.0 = 20 + rng.below(last - 60);
        security.ipo_year = Some(sessions[security.life.0].parts().0);
    }
}

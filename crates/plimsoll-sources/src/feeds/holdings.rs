//! Holdings of index funds, from the sites of their issuers.

use std::time::Duration;

use plimsoll_model::calendar::Calendar;

use crate::fetch::{Context, Download, Feed, FeedInfo, Limit, PlanError};
use crate::holdings::{IShares as ISharesReader, Invesco as InvescoReader, Spdr as SpdrReader, universe};

/// Asks BlackRock for the holdings of iShares funds.
pub struct IShares;
/// Asks State Street for the holdings of SPDR funds.
pub struct Spdr;
/// Asks Invesco for the holdings of its funds.
pub struct Invesco;

const LIMIT: Limit = Limit { requests: 1, per: Duration::from_secs(2), burst: 1, stated: "ours; none is stated" };
const FIRST: &str = "the last session before the first sync: issuers show one day, and from then on every synced day is kept";
const REVISIONS: &str = "None usual; what was published for a day stays, and the next day's list is the next row";

static ISHARES: FeedInfo = FeedInfo {
    id: "holdings_ishares",
    title: "Members and weights: IVV (S&P 500), IWM (Russell 2000) and other iShares funds",
    publisher: "BlackRock",
    hosts: &["www.ishares.com"],
    terms: "ishares.com terms of use: personal, non-commercial use; constituents belong to the index providers",
    limit: LIMIT,
    key: None,
    contact: false,
    first: FIRST,
    revisions: REVISIONS,
    readers: &[&ISharesReader],
    role: None,
    by_default: true,
    late_after: Some(3),
    size: "600 kB",
    specification: &["https://www.ishares.com/us/products/239710/ishares-russell-2000-etf"],
};

static SPDR: FeedInfo = FeedInfo {
    id: "holdings_spdr",
    title: "Members and weights: SPY (S&P 500) and other SPDR funds",
    publisher: "State Street",
    hosts: &["www.ssga.com"],
    terms: "ssga.com terms of use: personal, non-commercial use; constituents belong to the index providers",
    limit: LIMIT,
    key: None,
    contact: false,
    first: FIRST,
    revisions: REVISIONS,
    readers: &[&SpdrReader],
    role: None,
    by_default: true,
    late_after: Some(3),
    size: "50 kB",
    specification: &["https://www.ssga.com/us/en/intermediary/etfs/spdr-sp-500-etf-trust-spy"],
};

static INVESCO: FeedInfo = FeedInfo {
    id: "holdings_invesco",
    title: "Members and weights: RSP (S&P 500 at equal weight) and other Invesco funds",
    publisher: "Invesco",
    hosts: &["www.invesco.com"],
    terms: "invesco.com terms of use: personal use; constituents belong to the index providers",
    limit: LIMIT,
    key: None,
    contact: false,
    first: FIRST,
    revisions: REVISIONS,
    readers: &[&InvescoReader],
    role: None,
    by_default: true,
    late_after: Some(3),
    size: "60 kB",
    specification: &["https://www.invesco.com/us/financial-products/etfs/product-detail?ticker=RSP"],
};

/// Ticker, number and name of the product in the site's addresses.
const ISHARES_PRODUCTS: [(&str, u32, &str); 6] = [
    ("IVV", 239_726, "ishares-core-sp-500-etf"),
    ("IWM", 239_710, "ishares-russell-2000-etf"),
    ("IWB", 239_707, "ishares-russell-1000-etf"),
    ("IWV", 239_714, "ishares-russell-3000-etf"),
    ("IJR", 239_774, "ishares-core-sp-smallcap-etf"),
    ("IJH", 239_763, "ishares-core-sp-midcap-etf"),
];

/// What is fetched where the configuration names no funds of the issuer.
fn funds<'a>(context: &'a Context<'_>, known: &[&'a str], usual: &[&'a str]) -> Vec<&'a str> {
    if context.wanted.funds.is_empty() {
        return usual.to_vec();
    }
    known.iter().copied().filter(|k| context.wanted.funds.iter().any(|f| f.eq_ignore_ascii_case(k))).collect()
}

/// Whether the list of the session before today, whose status begins today, is in the store.
fn held(context: &Context<'_>, source: &str, fund: &str) -> bool {
    let due = Calendar::nyse().on_or_before(context.today);
    context.last(source, &universe(fund)).is_some_and(|last| last >= due)
}

fn download(name: String, url: String) -> Download {
    Download { again_after: Duration::from_secs(3 * 3600), largest: 16 << 20, estimate: 300_000, ..Download::new(name, url) }
}

impl Feed for IShares {
    fn info(&self) -> &'static FeedInfo {
        &ISHARES
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let known = ISHARES_PRODUCTS.map(|p| p.0);
        let wanted = funds(context, &known, &["IVV", "IWM"]);
        let products = ISHARES_PRODUCTS.iter().filter(|p| wanted.contains(&p.0) && !held(context, ISHARES.id, p.0));
        Ok(products
            .map(|(fund, number, name)| {
                let url = format!(
                    "https://www.ishares.com/us/products/{number}/{name}/1467271812596.ajax?fileType=csv&fileName={fund}_holdings&dataType=fund"
                );
                download(format!("{fund}_holdings.csv"), url)
            })
            .collect())
    }
}

impl Feed for Spdr {
    fn info(&self) -> &'static FeedInfo {
        &SPDR
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let known = ["SPY", "XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"];
        let wanted = funds(context, &known, &["SPY"]).into_iter().filter(|f| !held(context, SPDR.id, f));
        Ok(wanted
            .map(|fund| {
                let name = format!("holdings-daily-us-en-{}.xlsx", fund.to_ascii_lowercase());
                let url = format!("https://www.ssga.com/us/en/intermediary/library-content/products/fund-data/etfs/us/{name}");
                download(name, url)
            })
            .collect())
    }
}

impl Feed for Invesco {
    fn info(&self) -> &'static FeedInfo {
        &INVESCO
    }

    fn plan(&self, context: &Context<'_>) -> Result<Vec<Download>, PlanError> {
        let wanted = funds(context, &["RSP", "QQQ"], &["RSP"]).into_iter().filter(|f| !held(context, INVESCO.id, f));
        Ok(wanted
            .map(|fund| {
                let url = format!(
                    "https://www.invesco.com/us/financial-products/etfs/holdings/main/holdings/0?audienceType=Investor&action=download&ticker={fund}"
                );
                download(format!("{fund}_holdings.csv"), url)
            })
            .collect())
    }
}

//! What shapes of observation exist. Readers fill them, the store keeps them, the cut is assembled from them; all three follow the
//! specification here, so a new shape is one entry in [`DATASETS`].

use serde::{Deserialize, Serialize};

/// The physical type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, dictionary-coded; never missing in a key, empty text means missing in a value.
    Text,
    /// A 64-bit float; NaN means missing in memory and null on disk.
    F64,
    /// Small flags.
    U8,
}

/// One column of a dataset.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    /// Its name, in memory and on disk.
    pub name: &'static str,
    /// Its physical type.
    pub kind: Kind,
    /// Whether it is part of the key (with `source` and `period`).
    pub key: bool,
    /// One line for the format's documentation.
    pub doc: &'static str,
}

/// A shape of observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    /// One security on one session: price, return, volume, capitalisation.
    Bars,
    /// One named number on one day: a yield, an index level, a fund's adjusted close, a spread, a factor return.
    Series,
    /// A security enters or leaves a published universe on a day.
    Members,
    /// What a security is called and classified as, from a day on.
    Securities,
    /// A symbol is changed or retired on a day.
    SymbolChanges,
    /// Something that happens on a day and may be known before it: a meeting, a decision, a release.
    Events,
    /// One number that an issuer stated of one period in one filing.
    Facts,
    /// A filing was accepted.
    Filings,
    /// What an issuer is called, classified as and traded under, from a day on.
    Issuers,
    /// One number of a series as one release stated it: a series with all that was ever published of each day.
    Vintages,
}

/// The specification of a dataset.
#[derive(Debug)]
pub struct DatasetSpec {
    /// Which one.
    pub dataset: Dataset,
    /// Its name on disk.
    pub name: &'static str,
    /// What the `period` of a row is.
    pub period: &'static str,
    /// Columns besides the time columns, keys first.
    pub columns: &'static [ColumnSpec],
}

const fn key(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::Text, key: true, doc }
}
const fn text(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::Text, key: false, doc }
}
const fn f64(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::F64, key: false, doc }
}
const fn u8(name: &'static str, doc: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::U8, key: false, doc }
}

/// Every dataset, in the order of [`Dataset`].
pub const DATASETS: &[DatasetSpec] = &[
    DatasetSpec {
        dataset: Dataset::Bars,
        name: "bars",
        period: "the session",
        columns: &[
            key("symbol", "canonical symbol on that session"),
            text("exchange", "listing exchange"),
            f64("close", "close as traded, not adjusted, in dollars"),
            f64(
                "adj_close",
                "close adjusted for later splits and dividends, in dollars: its returns are usable, its level looks ahead",
            ),
            f64("ret", "price return on the session as a decimal, adjusted for splits"),
            f64("volume", "shares traded"),
            f64("cap", "capitalisation in dollars, full, not float"),
            u8("quality", "flags, see quality::*"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Series,
        name: "series",
        period: "the day the value is about",
        columns: &[
            key("series", "series id, `source:name`"),
            f64("value", "the value in the publisher's unit (yields and spreads in per cent, French returns as decimals)"),
            u8("quality", "flags, see quality::*"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Members,
        name: "members",
        period: "the day from which the status holds",
        columns: &[
            key("universe", "universe name"),
            key("symbol", "canonical symbol as the list writes it"),
            u8("member", "1 enters, 0 leaves"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Securities,
        name: "securities",
        period: "the first day the description applies to",
        columns: &[
            key("symbol", "canonical symbol"),
            text("name", "name of the security"),
            text("exchange", "listing exchange"),
            text("sector", "sector"),
            text("industry", "industry"),
            text("country", "country"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::SymbolChanges,
        name: "symbol_changes",
        period: "the first day of the new symbol, or the day of delisting",
        columns: &[
            key("symbol", "the symbol until then"),
            key("kind", "`change` or `delisting`"),
            text("new_symbol", "the symbol from then on, if any"),
            text("name", "name at that time"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Events,
        name: "events",
        period: "the day of the event",
        columns: &[
            key("calendar", "calendar, such as `fomc`"),
            key("kind", "what happens: `scheduled`, `unscheduled`, `cancelled`, `decision`, `release`"),
            f64("value", "what came out, in the calendar's unit; missing where nothing is measured or nothing is known yet"),
            text("note", "a word more"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Facts,
        name: "facts",
        period: "the last day of the period that the number is about, or the day of a balance",
        columns: &[
            key("issuer", "issuer id: `cik:` and ten digits, or `simfin:` and a number where there is no CIK"),
            key("concept", "what is stated, with its taxonomy, such as `us-gaap:InterestExpense`"),
            key("start", "first day of the period as YYYY-MM-DD; empty for a balance"),
            key("unit", "unit of the number, such as `USD`, `shares`, `USD/shares`"),
            key("accession", "accession number of the filing that states it; of several that state the same number, the first"),
            f64("value", "the number as stated"),
            text("form", "form of the filing, such as `10-K`"),
            text("fiscal", "fiscal year and period of the filing, such as `2023 Q3`; not of the number"),
            text("origin", "which publication brought it: `edgar`, `edgar-sets`, `simfin`"),
            u8("quality", "flags, see quality::*"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Filings,
        name: "filings",
        period: "the last day of the period reported on, or the day of filing where there is none",
        columns: &[
            key("issuer", "issuer id, as in facts"),
            key("accession", "accession number"),
            text("form", "form, such as `10-K`, `10-K/A`, `8-K`"),
            text("items", "items of a current report, such as `1.03,9.01`"),
            text("document", "name of the primary document"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Issuers,
        name: "issuers",
        period: "the first day the description applies to; 1994-01-01 in maps without dates",
        columns: &[
            key("issuer", "issuer id, as in facts"),
            key("symbol", "canonical symbol of a class of its shares; empty where the publisher names none"),
            text("name", "name of the issuer"),
            text("sic", "standard industrial classification code, four digits"),
            text("industry", "industry in the publisher's words"),
            text("sector", "sector in the publisher's words"),
            text("fiscal_year_end", "month and day of the fiscal year's end as MMDD"),
        ],
    },
    DatasetSpec {
        dataset: Dataset::Vintages,
        name: "vintages",
        period: "the day the value is about",
        columns: &[
            key("series", "series id, as in series"),
            key("released", "day of the release that states the value, as YYYY-MM-DD; of several that state the same, the first"),
            f64("value", "the value as that release states it, in the publisher's unit"),
            u8("quality", "flags, see quality::*"),
        ],
    },
];

impl Dataset {
    /// The specification.
    pub fn spec(self) -> &'static DatasetSpec {
        &DATASETS[self as usize]
    }
    /// The name on disk.
    pub fn name(self) -> &'static str {
        self.spec().name
    }
    /// By name on disk.
    pub fn by_name(name: &str) -> Option<Dataset> {
        DATASETS.iter().find(|s| s.name == name).map(|s| s.dataset)
    }
}

impl DatasetSpec {
    /// Position of a column by name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
    /// How many leading columns are keys.
    pub fn keys(&self) -> usize {
        self.columns.iter().take_while(|c| c.key).count()
    }
}

/// Quality flags of a row, set by what was known up to that row.
pub mod quality {
    /// The return is impossible beside close and capitalisation; measures treat it as missing.
    pub const ABSURD_MOVE: u8 = 1;
    /// The same close for many sessions without volume.
    pub const STALE: u8 = 2;
    /// The return spans more than one session because rows before it are missing.
    pub const BRIDGED: u8 = 4;
    /// The publisher shows this value as revised today, not as first released.
    pub const REVISED: u8 = 8;
    /// The publisher gives no capitalisation for this row.
    pub const NO_CAP: u8 = 16;
    /// The number is about a thousand or a million times those of the same concept before it.
    pub const SCALE: u8 = 32;
    /// The number is below zero where there can be none: interest expense, assets, debt.
    pub const SIGN: u8 = 64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifications_stand_in_the_order_of_the_enum() {
        for (i, spec) in DATASETS.iter().enumerate() {
            assert_eq!(spec.dataset as usize, i);
            assert_eq!(Dataset::by_name(spec.name), Some(spec.dataset));
            assert!(spec.keys() >= 1);
            assert!(spec.columns[spec.keys()..].iter().all(|c| !c.key));
        }
    }
}

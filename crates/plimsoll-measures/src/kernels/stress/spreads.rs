//! The spread that a borrower pays by its interest coverage: Damodaran's synthetic ratings.
//!
//! Coverage of rated US companies was set against their ratings, and each rating has the default spread of its traded bonds: one table
//! for companies above five billion dollars of capitalisation and one for smaller and riskier ones, renewed each January
//! (`spreads.csv` beside this file). The table of January 2024 was read with its date on the author's page; the figures of the two
//! tables before equal two undated copies of the same page, their years are from memory. The step to each rating is the bound printed there (the
//! table for small companies names no rating between 0.8 and 0.5 but C, and so on).

use plimsoll_model::time::Day;

/// Where the spreads are from.
pub const SOURCE: &str = "Damodaran, Ratings, Interest Coverage Ratios and Default Spread (New York University, each January; 2024 read with its date; the two tables before equal undated copies of the page, their years are from memory)";

/// How many ratings a table has.
pub const RATINGS: usize = 15;

/// The day of January from which a year's table counts as known: it is put out within the first days of the month.
const KNOWN_ON: i8 = 15;

/// Spreads by coverage, worst first.
#[derive(Clone, Debug, PartialEq)]
pub struct SpreadTable {
    /// The January of this year.
    pub vintage: i16,
    /// Least coverage of each rating but the first, ascending.
    pub least: [f64; RATINGS - 1],
    /// Spread of each rating, decimals a year.
    pub spread: [f64; RATINGS],
    /// The ratings' names.
    pub rating: [&'static str; RATINGS],
}

impl SpreadTable {
    /// The place of a coverage ratio `ebit / interest` among the ratings, 0 the worst. Without interest the sign of earnings decides.
    pub fn place(&self, ebit: f64, interest: f64) -> usize {
        self.least.iter().take_while(|&&least| ebit >= least * interest).count()
    }
    /// The spread at a coverage ratio.
    pub fn at(&self, ebit: f64, interest: f64) -> f64 {
        self.spread[self.place(ebit, interest)]
    }
}

/// The tables of one January.
#[derive(Clone, Debug, PartialEq)]
pub struct Spreads {
    /// Above the bound of capitalisation.
    pub large: SpreadTable,
    /// At or below it, and where it is not known.
    pub small: SpreadTable,
    /// Whether the table was put out after the day asked: none before it is at hand.
    pub later: bool,
}

impl Spreads {
    /// The latest tables known on `day`; where none was, the first there are, marked.
    pub fn on(day: Day) -> Spreads {
        let rows: Vec<Row> = rows().collect();
        let known = |r: &&Row| Day::ymd(r.vintage, 1, KNOWN_ON) <= day;
        let latest = rows.iter().filter(known).map(|r| r.vintage).max();
        let first = rows.iter().map(|r| r.vintage).min().expect("the file has rows");
        let vintage = latest.unwrap_or(first);
        let table = |size: &str| {
            let mut table = SpreadTable { vintage, least: [0.0; RATINGS - 1], spread: [0.0; RATINGS], rating: [""; RATINGS] };
            for (i, row) in rows.iter().filter(|r| r.vintage == vintage && r.size == size).enumerate() {
                (table.spread[i], table.rating[i]) = (row.spread, row.rating);
                if i > 0 {
                    table.least[i - 1] = row.least;
                }
            }
            table
        };
        Spreads { large: table("large"), small: table("small"), later: latest.is_none() }
    }
}

struct Row {
    vintage: i16,
    size: &'static str,
    least: f64,
    rating: &'static str,
    spread: f64,
}

fn rows() -> impl Iterator<Item = Row> {
    include_str!("spreads.csv").lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        Row {
            vintage: cells[0].parse().expect("a year"),
            size: cells[1],
            least: cells[2].parse().unwrap_or(f64::NEG_INFINITY),
            rating: cells[3],
            spread: cells[4].parse::<f64>().expect("a spread") / 100.0,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_whole_and_falls_with_coverage() {
        for year in [2022, 2023, 2024] {
            let spreads = Spreads::on(Day::ymd(year, 6, 30));
            assert!(!spreads.later);
            for table in [&spreads.large, &spreads.small] {
                assert_eq!((table.vintage, table.rating[0], table.rating[RATINGS - 1]), (year, "D", "AAA"));
                assert!(table.least.windows(2).all(|w| w[0] < w[1]));
                assert!(table.spread.windows(2).all(|w| w[0] > w[1]));
            }
        }
    }

    #[test]
    fn a_table_is_used_once_it_is_out() {
        assert_eq!(Spreads::on(Day::ymd(2024, 1, 14)).large.vintage, 2023);
        assert_eq!(Spreads::on(Day::ymd(2024, 1, 15)).large.vintage, 2024);
        let early = Spreads::on(Day::ymd(2010, 1, 4));
        assert!(early.later && early.small.vintage == 2022);
    }

    #[test]
    fn places_by_hand() {
        let s = Spreads::on(Day::ymd(2024, 2, 2));
        // Coverage 1.6: B for a large company, B- for a small one.
        assert_eq!((s.large.at(160.0, 100.0), s.small.at(160.0, 100.0)), (0.0361, 0.0524));
        assert_eq!((s.small.at(-1.0, 10.0), s.small.at(-1.0, 0.0), s.small.at(1.0, 0.0)), (0.20, 0.20, 0.0059));
        assert_eq!(s.small.rating[s.small.place(0.5, 1.0)], "C");
        assert_eq!(s.small.rating[s.small.place(0.499, 1.0)], "D");
    }
}

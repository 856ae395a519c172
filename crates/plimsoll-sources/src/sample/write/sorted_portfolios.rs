//! Factors and portfolios in the data library's layouts.

use std::fmt::Write as _;
use std::io;

use super::Files;
use crate::sample::World;
use crate::sample::securities::PORTFOLIOS;

const MADE: &str = "This file was created by using the sample world's own database.";
const RIGHTS: &str = "\nInvented data, free of any rights\n";

/// Per cent with two decimals; the library's mark where there is none.
fn cell(value: Option<f64>) -> f64 {
    // Adding zero turns a rounded -0.00 into 0.00.
    value.map_or(-99.99, |v| (v * 10_000.0).round() / 100.0 + 0.0)
}

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    texts(world, world.sessions.len()).iter().try_for_each(|(name, text)| files.text(&format!("french/{name}.csv"), text))
}

/// Names and texts of the data sets over the first `n` sessions.
pub(in crate::sample) fn texts(world: &World, n: usize) -> [(&'static str, String); 4] {
    let f = &world.french;
    let stamp = |t: usize| world.sessions[t].to_string().replace('-', "");

    let mut factors =
        format!("{MADE}\nThe Tbill return is the simple daily rate of the three-month bill.\n\n,Mkt-RF,SMB,HML,RF\n");
    let mut momentum = format!(
        "{MADE}  It\ncontains a momentum factor, constructed from six value-weight portfolios formed\nusing independent sorts on size and prior return.\n\nMissing data are indicated by -99.99 or -999.\n\n,Mom\n"
    );
    let mut industries = format!(",{}\n", PORTFOLIOS.join(","));
    // Between 2 and 9 the tenths carry what a spreadsheet made of `2-Dec`: that is how the publisher's file went round.
    let mut sizes = String::from(
        "Date,<= 0,Lo 30,Med 40,Hi 30,Lo 20,Qnt 2,Qnt 3,Qnt 4,Hi 20,Lo 10,2-Dec,3-Dec,4-Dec,5-Dec,6-Dec,7-Dec,8-Dec,9-Dec,Hi 10\n",
    );
    for t in 1..n {
        let day = stamp(t);
        let _ = write!(factors, "{day}");
        for row in f.factors.iter().chain([&f.riskless]) {
            let _ = write!(factors, ",{:>8.2}", cell(Some(row[t])));
        }
        factors.push('\n');
        if f.momentum[t].is_some() {
            let _ = writeln!(momentum, "{day},{:>7.2}", cell(f.momentum[t]));
        }
        let _ = write!(industries, "{day}");
        for row in &f.industries {
            let _ = write!(industries, ",{:>7.2}", cell(row[t]));
        }
        industries.push('\n');
        let _ = write!(sizes, "{day},-99.99");
        for row in &f.sizes {
            let _ = write!(sizes, ",{}", cell(row[t]));
        }
        sizes.push('\n');
    }
    factors += RIGHTS;
    momentum += RIGHTS;
    [
        ("F-F_Research_Data_Factors_daily", factors),
        ("F-F_Momentum_Factor_daily", momentum),
        ("10_Industry_Portfolios_Daily", industries),
        ("Portfolios_Formed_on_ME_Daily", sizes),
    ]
}

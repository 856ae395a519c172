//! The response of the stock market to what of a policy decision was a surprise and what was expected (Bernanke and Kuttner 2005).

use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::{Cut, Series};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::{AsOf, Day};

use crate::Unmeasurable;
use crate::kernels::fed_funds::{self, Market};
use crate::kernels::regression::{Fit, ols};
use crate::measures::policy_surprise::surprises;

/// The published sample: its first and last day.
pub fn sample() -> (Day, Day) {
    (Day::ymd(1989, 6, 1), Day::ymd(2002, 12, 31))
}
/// The session after the attacks of 2001, left out in the paper and here.
pub fn left_out() -> Day {
    Day::ymd(2001, 9, 17)
}
/// Excess return of the market and the bill rate, whose sum is the market's return.
pub const MARKET: [&str; 2] = ["french:Mkt-RF", "french:RF"];
/// Fewest decisions with prices that the regression rests on.
const FEWEST: usize = 30;

/// Which session's return answers a decision announced between the settlement of futures (15:00) and the close of stocks (16:00).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// That day's, in which it was heard.
    SameDay,
    /// That of the session on which the futures priced it.
    WithFutures,
}

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Response {
    /// Its day.
    pub day: Day,
    /// What was a surprise, percentage points.
    pub surprise: f64,
    /// What was expected, percentage points.
    pub expected: f64,
    /// The market's return that session, per cent.
    pub ret: f64,
}

/// Decisions with their responses, and how many lack a price.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// Those with prices.
    pub all: Vec<Response>,
    /// How many have none.
    pub without: usize,
}

/// What the regression reads.
pub fn needs() -> Needs {
    let mut needs = MARKET.iter().fold(Needs::default(), |n, id| n.series(id));
    for year in sample().0.parts().0..=sample().1.parts().0 + 1 {
        let start = Day::ymd(year, 1, 1);
        needs.merge(&fed_funds::needs(start, start.plus(-430)));
    }
    needs
}

impl Responses {
    /// Every decision of the published sample.
    ///
    /// # Errors
    /// Where the market, the futures or the decisions are not in the cut.
    pub fn of(cut: &Cut, answer: Answer) -> Result<Responses, Unmeasurable> {
        let series = |id: &str| cut.series.get(id).ok_or_else(|| Unmeasurable(format!("{id} is not known")));
        let (market, bill) = (series(MARKET[0])?, series(MARKET[1])?);
        let on = |s: &Series, day: Day| s.day.binary_search(&day).ok().map(|i| s.value[i]);
        let moment = AsOf::end_of(sample().1).moment();
        let futures = Market::of(cut);
        let calendar = Calendar::nyse();
        let mut out = Responses { all: Vec::new(), without: 0 };
        let within = |day: Day| day >= sample().0;
        for s in surprises(&futures, sample().1, 1).into_iter().filter(|s| within(s.day) && s.session != left_out()) {
            let decision = futures.decisions(moment).find(|e| e.day == s.day);
            let moved = decision.filter(|e| e.value.is_finite()).map_or(0.0, |e| e.value / 100.0);
            let heard = decision.is_some_and(|e| calendar.is_session(s.day) && e.known_at <= calendar.close(s.day));
            let session = if heard && answer == Answer::SameDay { s.day } else { s.session };
            match (s.value, on(market, session), on(bill, session)) {
                (Some(surprise), Some(m), Some(b)) => {
                    out.all.push(Response { day: s.day, surprise, expected: moved - surprise, ret: 100.0 * (m + b) });
                }
                _ => out.without += 1,
            }
        }
        if out.all.len() < FEWEST {
            let message = format!("{} decisions with prices are too few; the regression needs {FEWEST}", out.all.len());
            return Err(Unmeasurable(message));
        }
        Ok(out)
    }

    /// The market's return on the expected change and the surprise, with White standard errors: constant, expected, surprise.
    pub fn both(&self) -> Option<Fit> {
        let column = |of: fn(&Response) -> f64| self.all.iter().map(of).collect::<Vec<f64>>();
        ols(&column(|r| r.ret), &[&column(|r| r.expected), &column(|r| r.surprise)], 0)
    }
    /// The same on the surprise alone: constant, surprise.
    pub fn alone(&self) -> Option<Fit> {
        let column = |of: fn(&Response) -> f64| self.all.iter().map(of).collect::<Vec<f64>>();
        ols(&column(|r| r.ret), &[&column(|r| r.surprise)], 0)
    }
}

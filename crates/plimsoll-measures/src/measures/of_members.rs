//! What measures of a universe's members share: parameters, what is read, what is said of missing data, and the walk over sessions.

use std::ops::Range;

use plimsoll_model::cut::{Cut, Group};
use plimsoll_model::needs::Needs;
use plimsoll_model::time::Day;
use plimsoll_model::unit::Unit;

use crate::kernels::constituents::{CAPS, Constituents, reach};
use crate::{Fact, Flags, Missing, ParamKind, ParamSpec, Params, Point, Unmeasurable, Window};

/// The universe.
pub(super) const UNIVERSE: ParamSpec =
    ParamSpec::new("universe", ParamKind::Universe, "sp500", "whose members: a list's name or a rule such as top:500");
/// The group; the seven largest technology companies of 2023.
pub(super) const GROUP: ParamSpec =
    ParamSpec::new("group", ParamKind::Group, "AAPL,MSFT,GOOGL,AMZN,NVDA,META,TSLA", "a group's name or symbols");
/// The window of a return.
pub(super) const WINDOW: ParamSpec = ParamSpec::new("window", ParamKind::Window, "1y", "from which close the return counts");
/// How members are weighted.
pub(super) const WEIGHT: ParamSpec = ParamSpec::new(
    "weight",
    ParamKind::Choice(&["equal", "cap"]),
    "equal",
    "each member the same, or by capitalisation at the close",
);

/// What measures with weights read.
pub(super) const INPUTS: &str = "Daily price returns (decimal, adjusted for splits) and capitalisations (dollars, full, not float) of every \
    listed security, and the universe's membership; securities by sessions.";
/// What measures of prices alone read.
pub(super) const PRICE_INPUTS: &str = "Daily price returns (decimal, adjusted for splits, chained to levels) and the universe's membership; securities by sessions.";
/// What measures of members say of missing data.
pub(super) const MISSING: &str = "A member without a row on a session does not count on it; an absurd return is left out and flagged; the weights of \
    members without a known return are shared out over the others, reported as missing weight, and flagged missing_members above 1 % on \
    average over the window, or where more than 5 % of the listed members have no row. Share classes that repeat the issuer's \
    capitalisation share it.";
/// Why measures of members cannot see the future.
pub(super) const POINT_IN_TIME: &str = "Membership as known by the end of each session, weights from the close before the return they weight (or the \
    close of the session itself, for weights and concentration), returns known at the close. Nothing after the session is read.";

/// What a measure of members needs, to look `lookback` sessions back: the universe and, where declared, the group.
pub(super) fn needs(params: &Params, lookback: usize) -> Needs {
    let mut needs = Needs::default().lookback(reach(lookback) + CAPS).universe(params.text("universe"));
    if params.values().contains_key("group") {
        needs = needs.group(params.text("group"), params.group("group"));
    }
    needs
}

/// What a measure over the parameter `window` needs.
pub(super) fn window_needs(params: &Params, from: Day) -> Needs {
    needs(params, params.window("window").lookback(from))
}

/// How far back a value looks.
#[derive(Clone, Copy)]
pub(super) enum Back {
    /// From the session after the base of a window.
    Window(Window),
    /// A number of sessions, the one evaluated included.
    Sessions(usize),
}

impl Back {
    /// The first session of the span that ends with `t`.
    pub(super) fn first(self, cut: &Cut, t: usize) -> Result<usize, Missing> {
        match self {
            Back::Window(window) => window.base(&cut.sessions, t).map(|base| base + 1),
            Back::Sessions(n) => (t + 1).checked_sub(n),
        }
        .ok_or(Missing::WarmUp)
    }
}

/// A value and how many observations it rests on.
pub(super) type Value = Result<(f64, usize), Missing>;

/// Evaluates `value(first, t)` at each of `days`, with the flags of the sessions from `first` to `t`.
pub(super) fn points(
    c: &Constituents<'_>,
    days: Range<usize>,
    back: Back,
    value: impl Fn(usize, usize) -> Value,
) -> Result<Vec<Point>, Unmeasurable> {
    let point = |t: usize| {
        if c.universe.matched[t] == 0 {
            return Point::missing(Missing::NoData);
        }
        let first = match back.first(c.cut, t) {
            Ok(first) => first,
            Err(why) => return Point::missing(why),
        };
        match value(first, t) {
            Ok((value, n)) => Point::of(value, n).flagged(c.flags(first..t + 1)),
            Err(why) => Point::missing(why),
        }
    };
    Ok(days.map(point).collect())
}

/// [`points`] of a measure of a group: flagged where a symbol names no security.
pub(super) fn group_points(
    c: &Constituents<'_>,
    group: &Group,
    days: Range<usize>,
    back: Back,
    value: impl Fn(usize, usize) -> Value,
) -> Result<Vec<Point>, Unmeasurable> {
    if group.members.is_empty() {
        let symbols = group.unresolved.join(", ");
        return Err(Unmeasurable(format!("no security of the group is known by {} ({symbols})", c.cut.as_of)));
    }
    let unresolved = Flags::UNRESOLVED.when(!group.unresolved.is_empty());
    Ok(points(c, days, back, value)?.into_iter().map(|p| p.flagged(unresolved)).collect())
}

/// Facts on quality that stand beside every value: members, missing weight, absurd returns left out.
pub(super) fn quality(c: &Constituents<'_>, first: usize, t: usize) -> Vec<Fact> {
    let u = c.universe;
    let (listed, matched) = (u.listed[t], u.matched[t]);
    let mut facts = vec![Fact::new("members", f64::from(matched), Unit::Count).note(if listed > 0 {
        format!("of {listed} listed")
    } else {
        String::new()
    })];
    let index = c.index();
    let span = &index.missing[first..=t];
    let missing = span.iter().sum::<f64>() / span.len() as f64;
    if missing > 0.0 {
        facts.push(
            Fact::new("missing weight", missing, Unit::Fraction)
                .note("average over the window of members without a known return"),
        );
    }
    let absurd = c.cut.panel.absurd.iter().filter(|(i, s, _)| (first..=t).contains(s) && c.universe.is_member(*i, *s));
    for (i, s, ret) in absurd.take(5) {
        let symbol = &c.cut.panel.securities[*i].symbol;
        facts.push(Fact::new(format!("absurd return of {symbol} left out"), *ret, Unit::Fraction).on(c.cut.sessions[*s]));
    }
    let doubted = c.cut.panel.doubted.iter().filter(|(i, s, _)| *s == t && c.universe.is_member(*i, *s));
    for (i, s, cap) in doubted.take(5) {
        let label = format!("published capitalisation of {} not believed", c.cut.panel.securities[*i].symbol);
        facts.push(Fact::new(label, *cap, Unit::Dollars).on(c.cut.sessions[*s]));
    }
    facts
}

/// Facts on symbols of a group that name no security, or no member.
pub(super) fn group_quality(c: &Constituents<'_>, group: &Group, t: usize) -> Vec<Fact> {
    let unresolved = group.unresolved.iter().map(|s| Fact::new(format!("{s} names no security known"), f64::NAN, Unit::Count));
    let rows = c.rows_of(group);
    let outside = |i: &&usize| c.rows().binary_search(i).is_err();
    let others = group.members.iter().filter(outside).map(|&i| {
        let symbol = &c.cut.panel.securities[i].symbol;
        Fact::new(format!("{symbol} was no member"), f64::NAN, Unit::Count)
    });
    let left = rows.iter().filter(|&&row| !c.universe.is_member(c.rows()[row], t));
    let left = left.map(|&row| Fact::new(format!("{} is no member on the day", c.symbol(row)), f64::NAN, Unit::Count));
    unresolved.chain(others).chain(left).collect()
}

/// The group of a measure's parameters on a universe.
pub(super) fn with_group<'a>(cut: &'a Cut, params: &'a Params) -> Result<(Constituents<'a>, Group), Unmeasurable> {
    let c = Constituents::of(cut, params)?;
    let group = c.group(params);
    Ok((c, group))
}

/// The largest and smallest of labelled values: `k` from the top, in order.
pub(super) fn largest(mut values: Vec<(usize, f64)>, k: usize) -> Vec<(usize, f64)> {
    values.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    values.truncate(k);
    values
}

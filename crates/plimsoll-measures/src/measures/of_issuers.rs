//! What measures of issuers' statements share: parameters, what is read, what is said of missing data, coverage of the data.

use std::collections::BTreeMap;
use std::ops::Range;

use plimsoll_model::cut::Cut;
use plimsoll_model::needs::Needs;
use plimsoll_model::unit::Unit;

use crate::kernels::burden::{self, Burden, burdens};
use crate::kernels::issuers::{self, Holder, Issuers, Tracks};
use crate::kernels::statements::Absent;
use crate::{Fact, Flags, Missing, ParamKind, ParamSpec, Params, Point, Unmeasurable};

/// The universe.
pub(super) const UNIVERSE: ParamSpec = ParamSpec::new(
    "universe",
    ParamKind::Universe,
    "sp500",
    "whose members: a list's name, a rule such as top:500, or `filers`: every issuer whose statements are known",
);

/// What these measures read.
pub(super) const INPUTS: &str = "Numbers from filings, every vintage, in the unit of the filing (dollars): operating income or income before taxes and \
    interest, interest expense, depreciation and amortization, debt by its parts, cash, assets; the universe's membership; issuers' \
    classification. Issuers by filings.";
/// What they say of missing data.
pub(super) const MISSING: &str = "A member counts where its statements are known, no older than eighteen months, and state what is needed for one and \
    the same period; the others are counted by reason in the evidence. A number that a screen doubts (sign, scale, identities) is not used. \
    Flagged missing_members where more than 5 % of the members have no statement at all. Where the source states interest net of interest \
    income, an issuer that earns more than it pays has no interest expense.";
/// Why they cannot see the future.
pub(super) const POINT_IN_TIME: &str = "Of every number the last vintage known by the end of the session counts; membership as known then. A filing \
    accepted later changes nothing, and a doubt begins with the filing that makes it visible.";
/// Above this share of members without any statement, [`Flags::MISSING_MEMBERS`] is set.
const MISSING_SHARE: f64 = 0.05;

/// What a measure of burdens reads.
pub(super) fn needs(params: &Params) -> Needs {
    issuers::needs(params, burden::ITEMS)
}

/// Members of one session with what their statements say.
pub(super) type Section<'a> = [(&'a Holder, Option<&'a Burden>)];

/// Burdens of the members that the parameter `financials` wants.
pub(super) fn wanted<'a>(section: &'a Section<'a>, financials: &'a str) -> impl Iterator<Item = (&'a Holder, &'a Burden)> {
    section.iter().filter_map(|(h, b)| b.map(|b| (*h, b))).filter(move |(_, b)| match financials {
        "include" => true,
        "only" => b.financial,
        _ => !b.financial,
    })
}

/// One point a session from the members' burdens.
pub(super) fn points(
    issuers: &Issuers<'_>,
    tracks: &Tracks<Burden>,
    days: Range<usize>,
    value: impl Fn(&Section<'_>) -> Result<(f64, usize), Missing>,
) -> Vec<Point> {
    tracks.sections(&issuers.holders, days, |section| {
        if section.is_empty() {
            return Point::missing(Missing::NoData);
        }
        let silent = section.iter().filter(|(_, b)| b.is_none()).count();
        let short = silent as f64 > MISSING_SHARE * section.len() as f64;
        match value(section) {
            Ok((value, n)) => Point::of(value, n).flagged(Flags::MISSING_MEMBERS.when(short)),
            Err(why) => Point::missing(why),
        }
    })
}

/// The middle of some values (the mean of the two middle ones); they are sorted on the way.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let n = values.len();
    Some(if n % 2 == 1 { values[n / 2] } else { (values[n / 2 - 1] + values[n / 2]) / 2.0 })
}

/// A quantile of sorted values, the nearest rank.
pub(super) fn quantile(sorted: &[f64], p: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * p).round() as usize]
}

/// Why a ratio is absent, in a few words.
pub(super) fn reason(absent: Absent) -> &'static str {
    match absent {
        Absent::NotStated(_) => "not stated",
        Absent::Stale { .. } => "statements older than eighteen months",
        Absent::Incomplete { .. } => "periods do not make twelve months",
        Absent::Disputed { .. } => "doubted by a screen",
        Absent::Apart(..) => "no common period",
        Absent::NotPositive(_) => "denominator not positive",
    }
}

/// Facts on the coverage of the data that stand beside every value.
pub(super) fn coverage_of_data(section: &Section<'_>, financials: &str, what: impl Fn(&Burden) -> Option<Absent>) -> Vec<Fact> {
    let count = |label: &str, n: usize| Fact::new(label, n as f64, Unit::Count);
    let silent = section.iter().filter(|(_, b)| b.is_none()).count();
    let mut facts = vec![count("issuers that are members", section.len()), count("without any statement known", silent)];
    let stated = section.len() - silent;
    let chosen: Vec<&Burden> = wanted(section, financials).map(|(_, b)| b).collect();
    facts.push(count("left out by `financials`", stated - chosen.len()));
    let mut by_reason: BTreeMap<&str, usize> = BTreeMap::new();
    chosen.iter().filter_map(|b| what(b)).for_each(|a| *by_reason.entry(reason(a)).or_default() += 1);
    facts.extend(by_reason.into_iter().map(|(why, n)| count(&format!("without a value: {why}"), n)));
    let net = chosen.iter().filter(|b| what(b).is_none() && b.net()).count();
    if net > 0 {
        facts.push(count("with interest net of interest income", net));
    }
    facts
}

/// One fact a group: a share or a middle of the members of each, groups of at least five by name.
pub(super) fn by_group(groups: BTreeMap<String, Vec<f64>>, unit: Unit, of: impl Fn(&mut Vec<f64>) -> f64) -> Vec<Fact> {
    let fact = |(name, mut values): (String, Vec<f64>)| {
        let n = values.len();
        (n >= 5).then(|| Fact::new(name, of(&mut values), unit).note(format!("n {n}")))
    };
    groups.into_iter().filter_map(fact).collect()
}

/// The issuers of the universe that a parameter names.
fn other<'a>(cut: &'a Cut, params: &'a Params, name: &str) -> Result<Issuers<'a>, Unmeasurable> {
    Issuers::named(cut, params.text(name), params.text("members") == "listed")
}

/// What a measure of two universes reads.
pub(super) fn both(params: &Params) -> Needs {
    let mut needs = needs(params);
    needs.merge(&issuers::needs_of(params.text("than"), params.text("members") == "listed", burden::ITEMS));
    needs
}

/// The value of `universe` less that of `than`.
pub(super) fn gap(
    cut: &Cut,
    params: &Params,
    days: Range<usize>,
    value: impl Fn(&Section<'_>) -> Result<(f64, usize), Missing>,
) -> Result<Vec<Point>, Unmeasurable> {
    let of = |name| -> Result<Vec<Point>, Unmeasurable> {
        let issuers = other(cut, params, name)?;
        let tracks = burdens(&issuers, burden::basis(params));
        Ok(points(&issuers, &tracks, days.clone(), &value))
    };
    let less = |(a, b): (Point, Point)| match (a.value, b.value) {
        (Ok(x), Ok(y)) => Point::of(x - y, a.n_obs.min(b.n_obs) as usize).flagged(a.flags).flagged(b.flags),
        (Err(why), _) | (_, Err(why)) => Point::missing(why),
    };
    Ok(of("universe")?.into_iter().zip(of("than")?).map(less).collect())
}

/// Both values beside their difference.
pub(super) fn gap_evidence(
    cut: &Cut,
    params: &Params,
    day: usize,
    unit: Unit,
    value: impl Fn(&Section<'_>) -> Result<(f64, usize), Missing>,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    for name in ["universe", "than"] {
        let Ok(issuers) = other(cut, params, name) else { continue };
        let tracks = burdens(&issuers, burden::basis(params));
        let section: Vec<_> = tracks.section(&issuers.holders, day).collect();
        let silent = section.iter().filter(|(_, b)| b.is_none()).count();
        if let Ok((x, n)) = value(&section) {
            let note = format!("n {n} of {} members, {silent} without any statement", section.len());
            facts.push(Fact::new(params.text(name), x, unit).note(note));
        }
    }
    facts
}

//! Membership lists and symbol events.

use std::fmt::Write as _;
use std::io;

use plimsoll_model::time::Day;

use super::Files;
use crate::sample::World;
use crate::sample::rng::Rng;
use crate::sample::securities::Tier;

pub(super) fn write(world: &World, files: &mut Files) -> io::Result<()> {
    files.text("membership/sp500_membership.csv", &list(large(world)))?;
    files.text("membership/r2k_membership.csv", &list(small(world)))?;
    files.text("membership/symbol_events_us.csv", &events(world))
}

type Row = (String, Day, Option<Day>);

fn list(mut rows: Vec<Row>) -> String {
    rows.sort();
    let mut text = String::from("ticker,start_date,end_date\n");
    for (symbol, from, to) in rows {
        let _ = writeln!(text, "{symbol},{from},{}", to.map_or(String::new(), |d| d.to_string()));
    }
    text
}

/// Effective dates: a member from the first day, no longer one on the last. Class shares with a dot; a changed symbol ends and begins.
fn large(world: &World) -> Vec<Row> {
    let n = world.sessions.len();
    let mut rng = Rng::stream(world.spec.seed, "joined", 0);
    let mut rows = Vec::new();
    for (i, s) in world.securities.iter().enumerate() {
        let joined = Day::ymd(1996 + rng.below(24) as i16, 1 + rng.below(12) as i8, 1 + rng.below(28) as i8);
        for (k, listing) in s.listings.iter().enumerate() {
            let end = s.listings.get(k + 1).map_or(n, |next| next.from);
            let mut t = listing.from;
            while t < end {
                if !world.membership.in_large(i, t) {
                    t += 1;
                    continue;
                }
                let from = t;
                while t < end && world.membership.in_large(i, t) {
                    t += 1;
                }
                let since = if from == 0 { joined } else { world.sessions[from] };
                rows.push((listing.symbol.replace('/', "."), since, world.sessions.get(t).copied()));
            }
        }
    }
    rows
}

/// Lists at quarter ends: a span runs from the first list that has the name to the last; class shares without any separator.
fn small(world: &World) -> Vec<Row> {
    let lists = &world.membership.lists;
    let before = last_quarter_end_before(world.sessions[0]);
    let mut rows = Vec::new();
    for (i, s) in world.securities.iter().enumerate() {
        // The list before the world's first session has whoever is in at its first.
        let mut stands: Vec<(Day, bool)> = vec![(before, world.membership.in_small(i, 0))];
        stands.extend(lists.iter().map(|&t| (world.sessions[t], world.membership.in_small(i, t))));
        let mut from: Option<Day> = None;
        for (k, &(day, member)) in stands.iter().enumerate() {
            if member && from.is_none() {
                from = Some(day);
            }
            let leaves = stands.get(k + 1).is_some_and(|next| !next.1);
            if let Some(start) = from
                && member
                && (leaves || k + 1 == stands.len())
            {
                rows.push((s.symbol().replace('/', ""), start, leaves.then_some(day)));
                from = None;
            }
        }
    }
    rows
}

fn last_quarter_end_before(day: Day) -> Day {
    let (year, month, _) = day.parts();
    let first_of_quarter = Day::ymd(year, month - (month - 1) % 3, 1);
    plimsoll_model::calendar::Calendar::nyse().previous(first_of_quarter)
}

/// Changes and delistings of large companies, with the line ends of another system, as the publisher has them.
fn events(world: &World) -> String {
    let n = world.sessions.len();
    let mut rows: Vec<String> = Vec::new();
    for (i, s) in world.securities.iter().enumerate() {
        let company = |k: usize| s.listings[k].name.split(' ').take(2).collect::<Vec<_>>().join(" ");
        if let [old, new] = &s.listings[..] {
            rows.push(format!(
                "{},ticker_change,{},{},Fojabond Social,{}",
                world.sessions[new.from],
                old.symbol,
                new.symbol,
                company(1)
            ));
        }
        let was_large = s.tier <= Tier::Mid && (0..n).any(|t| world.membership.in_large(i, t));
        if was_large && s.life.1 + 1 < n {
            rows.push(format!("{},delisting,{},,{},", world.sessions[s.life.1 + 1], s.symbol(), company(0)));
        }
    }
    rows.sort();
    let mut text = String::from("event_date,event_type,old_symbol,new_symbol,old_name,new_name\r\n");
    for row in rows {
        text += &row;
        text += "\r\n";
    }
    text
}

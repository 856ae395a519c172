//! The list of planted quirks.

use plimsoll_model::time::Day;

use super::{Quirk, canonical};
use crate::sample::World;
use crate::sample::quirks::MISSING_SESSIONS;
use crate::sample::securities::Tier;

pub(super) fn quirks(world: &World) -> Vec<Quirk> {
    let day = |t: usize| world.sessions[t];
    let last = world.sessions.len() - 1;
    let mut out = Vec::new();
    let mut add = |kind: &'static str, symbol: &str, (from, to): (usize, usize), detail: String| {
        out.push(Quirk { kind, symbol: canonical(symbol), from: day(from), to: day(to), detail });
    };
    for (y, m, d) in MISSING_SESSIONS {
        if let Some(t) = world.session(Day::ymd(y, m, d)) {
            add("missing_session", "", (t, t), "the panel has no row for the session".into());
        }
    }
    for yields in ["^IRX", "^TNX"] {
        add("not_a_security", yields, (0, last), "a yield among adjusted closes".into());
    }
    for (i, s) in world.securities.iter().enumerate() {
        let symbol = s.symbol();
        if let [old, new] = &s.listings[..] {
            add("renamed", symbol, (new.from, last), format!("{} until the session before", old.symbol));
        }
        if !s.primary && s.tier != Tier::Warrant {
            let other = world.securities[s.issuer].symbol();
            add("repeated_cap", symbol, s.life, format!("carries the capitalisation of the whole issuer, as {other} does"));
        }
        if s.tier == Tier::Warrant {
            add("warrant", symbol, s.life, "no capitalisation of its own".into());
        }
        if symbol.contains('/') {
            add("class_share", symbol, s.life, "spelt with a slash, a dot or nothing, by publisher".into());
        }
        if s.life.1 < last {
            add("delisted", s.symbol_at(s.life.1), (s.life.1, s.life.1), "last session traded".into());
        }
        for &(t, ratio) in &s.splits {
            add("split", symbol, (t, t), format!("{ratio} shares for each before"));
        }
        let twin = |j: usize| j != i && world.securities[j].listings.iter().any(|l| l.symbol == symbol);
        if s.life.0 > 0 && (0..world.securities.len()).any(twin) {
            add("reused_symbol", symbol, s.life, "another company used the symbol before".into());
        }
        let rows = &world.row_quirks[i];
        if let (Some(first), Some(end)) = (rows.missing.first(), rows.missing.last()) {
            add("missing_rows", symbol, (*first, *end), format!("{} rows", rows.missing.len()));
        }
        if let Some(span) = rows.no_cap {
            add("no_cap", symbol, span, "no capitalisation".into());
        }
        if let Some(span) = rows.stale {
            add("stale_price", symbol, span, "the same close without volume".into());
        }
        if let Some(t) = rows.absurd {
            add("absurd_move", symbol, (t, t), "the publisher's move is not adjusted for the reverse split".into());
        }
        if rows.padded {
            add("padded_symbol", symbol, s.life, "the publisher pads the symbol with blanks".into());
        }
    }
    out
}

//! The quirks of identity and of the panel that real files have, each planted once or a few times and listed in the truth.

use plimsoll_model::time::Day;

use super::Spec;
use super::names::Names;
use super::rng::Rng;
use super::securities::{Fate, Listing, Security, Tier, security, session_from, trade};

/// The first session of the giant's new symbol.
pub(crate) const RENAMED: (i16, i8, i8) = (2022, 5, 17);
/// Sessions that the whole panel lacks.
pub(crate) const MISSING_SESSIONS: [(i16, i8, i8); 2] = [(2022, 3, 15), (2022, 9, 7)];

/// Changes the list of securities so that it has every quirk of identity.
pub(crate) fn plant(spec: &Spec, sessions: &[Day], names: &mut Names, list: &mut Vec<Security>) {
    let mut rng = Rng::stream(spec.seed, "quirks", 0);
    rename_giant(sessions, list);
    second_class(list, 2, "DUJO", "Dujovel Inc. Class C Capital Stock");
    // An ordinary large company with two classes, both listed with the whole company's capitalisation.
    let owner = nth(list, Tier::Large, 40);
    let stem = list[owner].listings[0].name.split(' ').next().unwrap_or_default().to_owned();
    let base = list[owner].listings[0].symbol.clone();
    list[owner].life = (0, sessions.len() - 1);
    list[owner].fate = Fate::Listed;
    list[owner].listings[0] =
        Listing { symbol: format!("{base}A"), name: format!("{stem} Media Inc. Class A Common Stock"), from: 0 };
    second_class(list, owner, &base, &format!("{stem} Media Inc. Class B Common Stock"));
    // Class shares that the three publishers spell three ways.
    for (tier, k, class) in [(Tier::Large, 25, 'B'), (Tier::Small, 30, 'A'), (Tier::Small, 60, 'B')] {
        let at = nth(list, tier, k);
        let (stem, root) = names.next_class(class);
        let noun = trade(list[at].sector, list[at].industry);
        list[at].life = (0, sessions.len() - 1);
        list[at].fate = Fate::Listed;
        list[at].listings = vec![Listing {
            symbol: format!("{root}/{class}"),
            name: format!("{stem} {noun} Inc. Class {class} Common Stock"),
            from: 0,
        }];
    }
    reuse_symbol(sessions, list);
    splits(sessions, list);
    // Warrants: rows without capitalisation.
    for k in 0..5_u64 {
        let (stem, symbol) = names.next();
        let mut warrant = security(&mut rng, (list.len(), Tier::Warrant, 6), 0.0, sessions.len() - 1);
        warrant.primary = false;
        warrant.exchange = "nasdaq";
        warrant.start.0 = 0.4 + 0.3 * k as f64;
        warrant.listings = vec![Listing { symbol, name: format!("{stem} Acquisition Corp. Warrant"), from: 0 }];
        list.push(warrant);
    }
}

/// The k-th security of a tier, or the last of it.
pub(crate) fn nth(list: &[Security], tier: Tier, k: usize) -> usize {
    let of: Vec<usize> = (0..list.len()).filter(|&i| list[i].tier == tier && list[i].primary).collect();
    of[k.min(of.len() - 1)]
}

fn rename_giant(sessions: &[Day], list: &mut [Security]) {
    if let Some(at) = session_from(sessions, RENAMED) {
        let giant = &mut list[4];
        giant.listings[0].symbol = "FOJB".into();
        giant.listings.push(Listing { symbol: "NAJA".into(), name: giant.listings[0].name.clone(), from: at });
    }
}

/// A second class of the issuer, priced within a hair of the first.
fn second_class(list: &mut Vec<Security>, owner: usize, symbol: &str, name: &str) {
    let mut class = list[owner].clone();
    class.primary = false;
    class.listings = vec![Listing { symbol: symbol.into(), name: name.into(), from: 0 }];
    list.push(class);
}

/// A large company is acquired; more than a year later another company lists under its symbol.
fn reuse_symbol(sessions: &[Day], list: &mut [Security]) {
    let (Some(end), Some(begin)) = (session_from(sessions, (2022, 2, 11)), session_from(sessions, (2023, 4, 4))) else { return };
    let (first, second) = (nth(list, Tier::Large, 35), nth(list, Tier::Small, 45));
    list[first].life = (0, end);
    list[first].fate = Fate::Acquired;
    list[first].listings[0].symbol = "SAJA".into();
    list[first].listings[0].name = "Sajalund Systems Inc. Common Stock".into();
    list[first].listings[0].from = 0;
    list[second].life = (begin, sessions.len() - 1);
    list[second].fate = Fate::Listed;
    list[second].ipo_year = Some(2023);
    list[second].listings =
        vec![Listing { symbol: "SAJA".into(), name: "Sajadale Therapeutics Inc. Common Stock".into(), from: begin }];
}

fn splits(sessions: &[Day], list: &mut [Security]) {
    let planted = [
        (2, (2022, 7, 12), 20.0),
        (6, (2024, 6, 4), 10.0),
        (nth(list, Tier::Large, 20), (2022, 10, 3), 3.0),
        (nth(list, Tier::Small, 70), (2023, 6, 20), 0.05),
        (nth(list, Tier::Small, 75), (2022, 11, 22), 0.1),
        (nth(list, Tier::Micro, 3), (2023, 9, 12), 0.025),
    ];
    for (owner, day, ratio) in planted {
        let Some(at) = session_from(sessions, day) else { continue };
        let issuer = list[owner].issuer;
        for security in list.iter_mut().filter(|s| s.issuer == issuer) {
            security.life = (0, sessions.len() - 1);
            security.fate = Fate::Listed;
            for listing in &mut security.listings[..1] {
                listing.from = 0;
            }
            security.splits = vec![(at, ratio)];
        }
    }
}

/// What is wrong with the rows of one security, beyond its identity.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowQuirks {
    /// Sessions whose row is missing.
    pub missing: Vec<usize>,
    /// First and last session without a capitalisation.
    pub no_cap: Option<(usize, usize)>,
    /// First and last session on which the price does not move and nothing trades.
    pub stale: Option<(usize, usize)>,
    /// Session on which the publisher's move was not adjusted for a reverse split.
    pub absurd: Option<usize>,
    /// Whether the publisher pads the symbol with blanks.
    pub padded: bool,
}

/// Chooses the rows that go wrong.
pub(crate) fn rows(seed: u64, sessions: &[Day], list: &[Security]) -> Vec<RowQuirks> {
    let mut rng = Rng::stream(seed, "rows", 0);
    let last = sessions.len() - 1;
    let mut quirks = vec![RowQuirks::default(); list.len()];
    let whole = |s: &Security| s.life == (0, last) && s.splits.is_empty() && s.listings.len() == 1 && s.primary;
    let small: Vec<usize> = (0..list.len()).filter(|&i| list[i].tier == Tier::Small && whole(&list[i])).collect();
    let large: Vec<usize> = (0..list.len()).filter(|&i| list[i].tier == Tier::Large && whole(&list[i])).collect();
    if last < 120 || small.len() < 30 {
        return quirks;
    }
    // The names are apart in rank so that no security has two quirks.
    let at = |k: usize| small[small.len() * k / 30];
    for k in [1, 4, 7, 10, 13, 16] {
        let first = 30 + rng.below(last - 60);
        quirks[at(k)].missing = (first..first + 1 + k % 4).collect();
    }
    for k in [2, 5] {
        let first = 30 + rng.below(last - 90);
        quirks[at(k)].no_cap = Some((first, first + 29));
    }
    if let Some(&owner) = large.last() {
        let first = session_from(sessions, (2021, 9, 1)).unwrap_or(20);
        quirks[owner].no_cap = Some((first, (first + 24).min(last)));
    }
    for k in [3, 20] {
        let first = 40 + rng.below(last - 110);
        quirks[at(k)].stale = Some((first, first + 39));
    }
    quirks[at(23)].padded = true;
    for tier in [Tier::Small, Tier::Micro] {
        let owner = (0..list.len()).find(|&i| list[i].tier == tier && list[i].splits.iter().any(|s| s.1 < 0.06));
        if let Some(owner) = owner {
            quirks[owner].absurd = Some(list[owner].splits[0].0);
        }
    }
    quirks
}

//! An edition: a thesis assessed as of a moment, with the sections, charts and notes that the report shows.

pub mod beside;
pub mod casualties;
mod claims;
mod credit;
mod debt;
mod draw;
mod ladder;
mod masking;
mod momentum;
mod notes;
mod path;
mod providers;
pub mod publication;
mod rates;
pub mod scenarios;
pub use rates::year_of;
mod signals;

use plimsoll_claims::{Test, Thesis, assess};
use plimsoll_measures::Scope;
use plimsoll_model::calendar::Calendar;
use plimsoll_model::cut::Cut;
use plimsoll_model::knowledge::Knowledge;
use plimsoll_model::time::{AsOf, Day};
use plimsoll_report::model::{Edition, Section};

use crate::failure::Failure;
use crate::lineage::Recorder;
use crate::session::SHIPPED;
use beside::Wanted;
pub use publication::Publication;

/// Sessions of history that a report shows: two years.
const HISTORY: usize = 504;

/// What the reader asked for beside thesis and moment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The thesis's name.
    pub thesis_id: String,
    /// Compare with the edition of this day.
    pub since: Option<Day>,
    /// Who publishes and what they hold.
    pub publication: Publication,
}

/// An edition with the cut it was made from.
pub struct Built {
    /// The edition.
    pub edition: Edition,
    /// The cut.
    pub cut: Cut,
    /// The claims as assessed, with the verdict of every session.
    pub assessed: Vec<plimsoll_claims::Assessed>,
}

/// What a section's builder sees.
pub struct Context<'a> {
    /// The moment.
    pub as_of: AsOf,
    /// The last session known.
    pub session: Day,
    /// A year of sessions before it.
    pub year_ago: Day,
    /// What was asked beside the claims.
    pub beside: &'a beside::Beside<'a>,
}

/// Builds an edition from what was known.
pub fn build(knowledge: &dyn Knowledge, thesis: &Thesis, options: &Options) -> Result<Built, Failure> {
    let calendar = Calendar::nyse();
    let as_of = knowledge.as_of();
    let session = calendar.on_or_before(as_of.day());
    let from = calendar.back(session, HISTORY);
    let year_ago = calendar.back(session, 252);
    let scope = scope(thesis)?;
    let mut wanted = Wanted::new(&scope);
    masking::ask(&mut wanted, year_ago)?;
    momentum::ask(&mut wanted)?;
    rates::ask(&mut wanted, &format!("{}-12-31", rates::year_of(session)))?;
    debt::ask(&mut wanted)?;
    credit::ask(&mut wanted)?;
    signals::ask(&mut wanted)?;

    let recorder = Recorder::new(knowledge);
    let from = options.since.map_or(from, |s| s.min(from));
    let mut assessment = assess(&recorder, thesis, wanted.asked(), from)?;
    // Sections ask for prices. Where none are known there are no sessions with prices, but claims about series can be judged.
    if assessment.cut.last().is_none() {
        assessment.claims = assess(&recorder, thesis, &[], from)?.claims;
    }
    let further = std::mem::take(&mut assessment.further);
    // Issuers are read for the last session alone.
    let mut issuers = scenarios::needs(&scope, session);
    issuers.merge(&ladder::needs(&scope));
    issuers.panel_source.clone_from(&scope.panel);
    let issuers = Cut::build(&recorder, &issuers, session)?;
    let staged = scenarios::Staged::of(&issuers, &scope);
    let listed = casualties::list(&issuers, &staged.small);
    let outcomes = scenarios::section(&issuers, &staged, &scenarios::trail(&recorder, year_ago)?);
    let maturities = ladder::section(&issuers, &scope);
    assessment.cut.scans.extend(issuers.scans);
    let used = recorder.used();
    let providers = providers::of(knowledge, &used, session)?;
    let sections = {
        let beside = wanted.found(further, &assessment.cut);
        let context = Context { as_of, session, year_ago, beside: &beside };
        let sections: Vec<Section> = vec![
            masking::section(&context),
            momentum::section(&context),
            rates::section(&context),
            debt::section(&context),
            maturities,
            credit::section(&context),
            outcomes,
            signals::section(&context),
        ];
        let methods = notes::methods(thesis, &beside, &used, session);
        let sections = sections.into_iter().map(|s| listed_methods(s, &methods)).collect::<Vec<_>>();
        (sections, methods)
    };
    let (sections, methods) = sections;
    let edition = Edition {
        title: thesis.title.clone(),
        thesis_id: options.thesis_id.clone(),
        as_of,
        as_of_text: moment_text(as_of),
        publisher: options.publication.publisher(),
        disclosure: notes::disclosure(thesis, &options.publication),
        verdict_sentence: claims::sentence(thesis, &assessment.claims),
        since: options.since.map(|day| claims::since(day, thesis, &assessment.claims)),
        data_through: notes::data_through(&used, &providers, session),
        claims: thesis.claims.iter().zip(&assessment.claims).map(|(c, a)| claims::row(c, a)).collect(),
        sections,
        casualties: listed,
        unknown: notes::unknown(thesis, &assessment),
        methods,
        inputs: notes::inputs(&used, &providers),
        card: None,
        reproduce: reproduce(thesis, options, as_of),
    };
    Ok(Built { edition, cut: assessment.cut, assessed: assessment.claims })
}

/// The thesis's names, and the shipped thesis's for those it does not give: the sections need large, small and mega.
fn scope(thesis: &Thesis) -> Result<Scope, Failure> {
    let mut scope = Thesis::parse("small-cap-pain.toml", SHIPPED)?.scope;
    scope.universes.extend(thesis.scope.universes.clone());
    scope.groups.extend(thesis.scope.groups.clone());
    scope.panel.clone_from(&thesis.scope.panel);
    Ok(scope)
}

/// A section whose links lead to methods that the page describes: those of the refinancing stress are on it where a claim measures it.
fn listed_methods(mut section: Section, methods: &[plimsoll_report::model::MethodEntry]) -> Section {
    let keep = |m: &mut Option<String>| *m = m.take().filter(|id| methods.iter().any(|e| e.id == *id));
    section.figures.iter_mut().for_each(|f| keep(&mut f.method));
    [&mut section.main].into_iter().chain(&mut section.multiples).for_each(|c| keep(&mut c.method));
    section
}

fn moment_text(as_of: AsOf) -> String {
    if AsOf::end_of(as_of.day()) == as_of {
        format!("{}, end of day in New York", as_of.day())
    } else {
        format!("{}", as_of.moment())
    }
}

fn reproduce(thesis: &Thesis, options: &Options, as_of: AsOf) -> String {
    let file =
        if options.thesis_id == crate::session::SHIPPED_NAME { String::new() } else { format!(" {}.toml", options.thesis_id) };
    let since = options.since.map(|d| format!(" --since {d}")).unwrap_or_default();
    debug_assert!(!thesis.claims.is_empty());
    format!("plimsoll report{file} --as-of {as_of}{since} -o report.html")
}

/// Whether a thesis measures anything of a topic; a section without a claim says so.
pub fn measured(thesis: &Thesis, topic: plimsoll_measures::Topic) -> bool {
    thesis.claims.iter().any(|c| c.topic == topic && matches!(c.test, Test::Measured { .. }))
}

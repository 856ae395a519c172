//! `plimsoll check`: the verdict on each claim.

use std::path::Path;

use plimsoll_claims::{Assessed, Claim, Test, Verdict, assess};
use plimsoll_model::calendar::Calendar;
use plimsoll_model::unit::Unit;

use crate::cli::Check;
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};
use crate::sheet::Sheet;

/// Runs the command.
pub fn run(store: Option<&Path>, args: &Check) -> Outcome {
    let mut thesis = session::thesis(args.thesis.as_deref())?;
    if let Some(other) = args.claim.iter().find(|id| !thesis.claims.iter().any(|c| c.id == **id)) {
        let near = plimsoll_measures::nearest(other, thesis.claims.iter().map(|c| c.id.as_str()));
        let failure = Failure::new(format!("the thesis has no claim `{other}`"));
        return Err(match near {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    if !args.claim.is_empty() {
        thesis.claims.retain(|c| args.claim.contains(&c.id));
    }
    let session = Session::open(store)?;
    let as_of = session.as_of(&args.as_of)?;
    let knowledge = session.snapshot(as_of)?;
    // Two years of history find the last flip.
    let from = Calendar::nyse().back(as_of.day(), 504);
    let assessment = assess(&knowledge, &thesis, &[], from)?;
    table(&thesis.claims, &assessment.claims).write(args.out.format, args.out.output.as_deref())?;
    Ok(code(&assessment.claims))
}

/// 0 where every claim holds, 1 where one fails, else 3.
fn code(claims: &[Assessed]) -> u8 {
    if claims.iter().any(|c| c.verdict == Verdict::Fails) {
        1
    } else if claims.iter().all(|c| c.verdict == Verdict::Holds) {
        0
    } else {
        3
    }
}

/// One row a claim: verdict, value, conditions.
pub fn table(claims: &[Claim], assessed: &[Assessed]) -> Sheet {
    let both = || claims.iter().zip(assessed);
    let conditions = |pick: fn(&Test) -> String| claims.iter().map(move |c| pick(&c.test));
    Sheet::default()
        .int("link", claims.iter().map(|c| Some(i64::from(c.link))))
        .text("claim", claims.iter().map(|c| c.id.as_str()))
        .text("verdict", assessed.iter().map(|a| a.verdict.word()))
        .mixed("value", both().map(|(c, a)| (a.latest.and_then(|l| l.1.value.ok()), unit(c))))
        .text("unit", claims.iter().map(|c| if matches!(c.test, Test::Measured { .. }) { unit(c).name() } else { "" }))
        .text(
            "holds",
            conditions(|t| match t {
                Test::Measured { holds, .. } => holds.text().into(),
                Test::Awaits(_) => String::new(),
            }),
        )
        .text(
            "fails",
            conditions(|t| match t {
                Test::Measured { fails: Some(fails), .. } => fails.text().into(),
                _ => String::new(),
            }),
        )
        .day("since", assessed.iter().map(|a| a.last_flip.map(|f| f.on)))
        .text("why unknown", assessed.iter().map(|a| a.reason.clone().unwrap_or_default()))
}

/// The unit of a claim's figure.
pub fn unit(claim: &Claim) -> Unit {
    match &claim.test {
        Test::Measured { asked, .. } => asked.measure.spec().unit,
        Test::Awaits(_) => Unit::Number,
    }
}

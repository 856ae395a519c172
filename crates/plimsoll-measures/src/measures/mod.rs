//! The measures, one file each.

use crate::Measure;

mod advances_and_declines;
mod average_correlation;
mod bull_bear_phase;
mod concentration;
mod contribution_share;
mod credit_event;
mod credit_spread;
mod curve_slope;
mod cuts_peak;
mod cuts_priced;
mod cyclicals_minus_defensives;
mod default_risk;
mod drawdown;
mod effective_rate;
mod equal_weight_return;
mod event_study;
mod failed_breakouts;
mod granger;
mod group_contribution;
mod group_minus_rest;
mod index_return;
pub mod interest_coverage;
mod lead_lag;
mod leadership_since_yield_low;
mod leverage;
mod leverage_explains_rate_beta;
mod masking_gap;
mod maturity;
mod momentum;
mod new_highs_minus_lows;
mod of_issuers;
mod of_members;
mod phase_pagan_sossounov;
mod policy_path;
mod policy_rate_expected;
mod policy_sensitivity;
pub mod policy_surprise;
mod rate_sensitivity;
mod regime;
mod relative_strength;
mod relative_strength_universe;
mod repricing;
mod repricing_days;
mod return_dispersion;
mod return_without_group;
mod sector_leadership;
mod sector_rate_beta;
mod share_above_average;
mod spread_percentile;
mod spread_widening;
mod stability;
pub mod stock_rate_beta;
mod stress;
mod trend_state;
mod unmatched_members;
mod variance_split;
mod wall_share;
mod yield_change;
mod yield_change_from_extreme;
mod yield_level;
pub mod zombie_share;

/// Every measure, in the order of the catalogue: masking, momentum, rates, credit, signals.
pub static ALL: &[&dyn Measure] = &[
    // Masking.
    &group_contribution::GroupContribution,
    &contribution_share::ContributionShare,
    &index_return::IndexReturn,
    &return_without_group::ReturnWithoutGroup,
    &equal_weight_return::EqualWeightReturn,
    &equal_weight_return::CapMinusEqual,
    &concentration::GroupWeight,
    &concentration::TopWeight,
    &concentration::EffectiveNames,
    &share_above_average::ShareAboveAverage,
    &advances_and_declines::AdvanceDeclineLine,
    &advances_and_declines::McClellanOscillator,
    &new_highs_minus_lows::NewHighsMinusLows,
    &masking_gap::IndexDrawdown,
    &masking_gap::MedianDrawdown,
    &masking_gap::MaskingGap,
    &masking_gap::ShareInBearMarket,
    &variance_split::CommonVarianceShare,
    &variance_split::GroupSpecificShare,
    &average_correlation::AverageCorrelation,
    &return_dispersion::ReturnDispersion,
    &failed_breakouts::FailedBreakoutRate,
    &failed_breakouts::FailedBreakoutCount,
    &failed_breakouts::FailedBreakoutShare,
    &unmatched_members::UnmatchedMembers,
    // Momentum.
    &relative_strength::RelativeStrength,
    &relative_strength_universe::RelativeStrengthUniverse,
    &momentum::Momentum,
    &momentum::Momentum12_1,
    &trend_state::TrendState,
    &drawdown::Drawdown,
    &drawdown::RatioDrawdown,
    &bull_bear_phase::BullBearPhase,
    &bull_bear_phase::PhaseLundeTimmermann,
    &phase_pagan_sossounov::PhasePaganSossounov,
    &sector_leadership::SectorLeadership,
    &cyclicals_minus_defensives::CyclicalsMinusDefensives,
    &group_minus_rest::GroupMinusRest,
    // Rates.
    &yield_level::YieldLevel,
    &yield_change::YieldChange,
    &yield_change_from_extreme::YieldChangeFromExtreme,
    &curve_slope::CurveSlope,
    &leadership_since_yield_low::LeadershipIntoYieldLow,
    &leadership_since_yield_low::LeadershipSinceYieldLow,
    &rate_sensitivity::RateSensitivity,
    &rate_sensitivity::RateCorrelation,
    &policy_path::PolicyPath,
    &policy_path::MeetingProbability,
    &policy_rate_expected::PolicyRateExpected,
    &policy_rate_expected::Path12m,
    &policy_rate_expected::DistanceFromTarget,
    &cuts_priced::CutsPriced,
    &cuts_peak::CutsPricedPeak,
    &cuts_peak::CutsTakenBack,
    &repricing::Repricing,
    &repricing_days::RepricingDays,
    &policy_surprise::PolicySurprise,
    &event_study::EventStudy,
    &policy_sensitivity::PolicySensitivity,
    &stock_rate_beta::StockRateBeta,
    &sector_rate_beta::SectorRateBeta,
    // Debt.
    &interest_coverage::InterestCoverageBelow,
    &interest_coverage::InterestCoverageBelowGap,
    &interest_coverage::MedianCoverage,
    &interest_coverage::DebtWeightedCoverage,
    &leverage::MedianLeverage,
    &leverage::LeverageGap,
    &effective_rate::EffectiveRatePaid,
    &zombie_share::ZombieShare,
    // Debt: maturities.
    &wall_share::WallShare,
    &wall_share::WallAgainstCash,
    &wall_share::WallUncovered,
    &wall_share::LadderCoverage,
    &wall_share::DebtConcentration,
    &maturity::WeightedAverageMaturity,
    &maturity::MedianMaturity,
    &maturity::MaturityExtended,
    &leverage_explains_rate_beta::LeverageExplainsRateBeta,
    &stress::StressShortfallShare,
    &stress::StressDebtShare,
    &stress::StressSavedShare,
    // Credit.
    &credit_spread::CreditSpread,
    &spread_percentile::SpreadPercentile,
    &spread_widening::SpreadWidening,
    &credit_event::CreditEvent,
    &default_risk::DistanceToDefault,
    &default_risk::DistanceBelowOne,
    &default_risk::AltmanDistress,
    &default_risk::FailureProbability,
    // Signals.
    &lead_lag::LeadLag,
    &lead_lag::LeadLagRatio,
    &granger::GrangerCausality,
    &granger::LeadersShare,
    &regime::RegimeProbability,
    &regime::HardLandingWeight,
];

//! The probability that a firm fails within a year's time, by the logit of Campbell, Hilscher and Szilagyi (2008).

/// Monthly decay of the weights of past profits and returns: a quarter counts half as much as the one after it.
const PHI: f64 = 0.793_700_525_984_099_7; // 2^(-1/3)

/// What the market and the accounts say of a firm. Dollars, decimals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Inputs<'a> {
    /// Net income of the past four quarters, the latest first.
    pub net_income: [f64; 4],
    /// Market value of equity plus total liabilities at the end of each of those quarters, the latest first.
    pub market_assets: [f64; 4],
    /// Market value of equity now.
    pub market_equity: f64,
    /// Total liabilities.
    pub liabilities: f64,
    /// Cash and short-term investments.
    pub cash: f64,
    /// Book equity.
    pub book_equity: f64,
    /// Monthly log returns of the share less those of the index, twelve, the latest first.
    pub excess: &'a [f64],
    /// Daily returns of the past three months.
    pub daily: &'a [f64],
    /// Capitalisation of the index.
    pub index_equity: f64,
    /// Price of the share.
    pub price: f64,
}

/// The regressors of the logit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regressors {
    /// Net income over market assets, average of four quarters with declining weights.
    pub nimtaavg: f64,
    /// Liabilities over market assets.
    pub tlmta: f64,
    /// Excess return, average of twelve months with declining weights.
    pub exretavg: f64,
    /// Standard deviation of daily returns about zero over three months, a year.
    pub sigma: f64,
    /// Log share in the capitalisation of the index.
    pub rsize: f64,
    /// Cash over market assets.
    pub cashmta: f64,
    /// Market over book equity, a tenth of the difference of the two added to book equity.
    pub mb: f64,
    /// Log price, at most log 15.
    pub price: f64,
}

/// Coefficients of the logit twelve months ahead, table IV, in the order of [`Regressors`], and the constant.
pub const TWELVE_MONTHS: ([f64; 8], f64) = ([-20.264, 1.416, -7.129, 1.411, -0.045, -2.132, 0.075, -0.058], -9.164);

/// Weighted mean with weights that fall by `decay` a step, the first the heaviest.
fn declining(values: &[f64], decay: f64) -> f64 {
    let (mut sum, mut weight, mut w) = (0.0, 0.0, 1.0);
    for v in values {
        sum += w * v;
        weight += w;
        w *= decay;
    }
    sum / weight
}

/// The regressors; `None` where one is not defined: no market assets, fewer than twelve months, fewer than two days, no price.
pub fn regressors(i: &Inputs<'_>) -> Option<Regressors> {
    let now = i.market_equity + i.liabilities;
    let positive = i.market_assets.iter().all(|a| *a > 0.0) && i.market_equity > 0.0 && i.index_equity > 0.0 && i.price > 0.0;
    if !positive || now <= 0.0 || i.excess.len() < 12 || i.daily.len() < 2 {
        return None;
    }
    let margins: Vec<f64> = i.net_income.iter().zip(i.market_assets).map(|(n, a)| n / a).collect();
    let squares: f64 = i.daily.iter().map(|r| r * r).sum();
    let book = i.book_equity + 0.1 * (i.market_equity - i.book_equity);
    // A book value that stays negative is set to a dollar, as the paper does.
    let mb = i.market_equity / if book > 0.0 { book } else { 1.0 };
    let out = Regressors {
        nimtaavg: declining(&margins, PHI.powi(3)),
        tlmta: i.liabilities / now,
        exretavg: declining(&i.excess[..12], PHI),
        sigma: (252.0 * squares / (i.daily.len() - 1) as f64).sqrt(),
        rsize: (i.market_equity / i.index_equity).ln(),
        cashmta: i.cash / now,
        mb,
        price: i.price.min(15.0).ln(),
    };
    out.array().iter().all(|v| v.is_finite()).then_some(out)
}

impl Regressors {
    /// In the order of the coefficients.
    pub fn array(&self) -> [f64; 8] {
        [self.nimtaavg, self.tlmta, self.exretavg, self.sigma, self.rsize, self.cashmta, self.mb, self.price]
    }
    fn from_array(a: [f64; 8]) -> Regressors {
        let [nimtaavg, tlmta, exretavg, sigma, rsize, cashmta, mb, price] = a;
        Regressors { nimtaavg, tlmta, exretavg, sigma, rsize, cashmta, mb, price }
    }
    /// The probability that the firm fails in the twelfth month from now, given that it lives until then.
    pub fn probability(&self) -> f64 {
        let (beta, constant) = TWELVE_MONTHS;
        let score: f64 = constant + beta.iter().zip(self.array()).map(|(b, x)| b * x).sum::<f64>();
        1.0 / (1.0 + (-score).exp())
    }
}

/// Limits every regressor to its 5th and 95th percentile over the firms, as the paper does before it fits and applies the logit.
pub fn winsorised(firms: &[Regressors]) -> Vec<Regressors> {
    let mut columns: Vec<[f64; 8]> = firms.iter().map(Regressors::array).collect();
    for k in 0..8 {
        let mut sorted: Vec<f64> = columns.iter().map(|c| c[k]).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            break;
        }
        let at = |p: f64| {
            let at = p * (sorted.len() - 1) as f64;
            let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
            low + (high - low) * at.fract()
        };
        let (low, high) = (at(0.05), at(0.95));
        columns.iter_mut().for_each(|c| c[k] = c[k].clamp(low, high));
    }
    columns.into_iter().map(Regressors::from_array).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn firm() -> Inputs<'static> {
        const EXCESS: [f64; 12] = [-0.05, 0.02, -0.11, 0.03, 0.0, -0.07, 0.04, -0.02, 0.01, -0.06, 0.05, -0.03];
        const DAILY: [f64; 6] = [0.02, -0.03, 0.01, -0.04, 0.025, -0.015];
        Inputs {
            net_income: [-12.0, 4.0, -30.0, 8.0],
            market_assets: [1900.0, 2000.0, 2100.0, 2300.0],
            market_equity: 400.0,
            liabilities: 1500.0,
            cash: 90.0,
            book_equity: 250.0,
            excess: &EXCESS,
            daily: &DAILY,
            index_equity: 4.0e4,
            price: 6.5,
        }
    }

    /// The paper's formulas written out once more: weights (1 - phi^3) / (1 - phi^12) phi^(3k) by quarter and
    /// (1 - phi) / (1 - phi^12) phi^k by month.
    #[test]
    fn weights_are_those_of_the_paper() {
        let i = firm();
        let phi = 2.0_f64.powf(-1.0 / 3.0);
        let quarter = |k: i32| (1.0 - phi.powi(3)) / (1.0 - phi.powi(12)) * phi.powi(3 * k);
        let month = |k: i32| (1.0 - phi) / (1.0 - phi.powi(12)) * phi.powi(k);
        let r = regressors(&i).unwrap();
        let nimta: f64 = (0..4).map(|k| quarter(k as i32) * i.net_income[k] / i.market_assets[k]).sum();
        let exret: f64 = (0..12).map(|k| month(k as i32) * i.excess[k]).sum();
        assert!((r.nimtaavg - nimta).abs() < 1e-14 && (r.exretavg - exret).abs() < 1e-14);
        assert_eq!((r.tlmta, r.cashmta), (1500.0 / 1900.0, 90.0 / 1900.0));
        assert!((r.mb - 400.0 / 265.0).abs() < 1e-14);
        assert!((r.price - 6.5_f64.ln()).abs() < 1e-14 && (r.rsize - 0.01_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn a_firm_that_loses_falls_and_borrows_is_likelier_to_fail() {
        let at = |i: &Inputs<'_>| regressors(i).unwrap().probability();
        let base = at(&firm());
        assert!(base > 0.0 && base < 0.05, "{base}");
        assert!(at(&Inputs { net_income: [-120.0; 4], ..firm() }) > base);
        assert!(at(&Inputs { liabilities: 4000.0, ..firm() }) > base);
        assert!(at(&Inputs { cash: 900.0, ..firm() }) < base);
        assert!(at(&Inputs { price: 1.0, ..firm() }) > base);
        // Above 15 dollars the price says nothing.
        assert_eq!(at(&Inputs { price: 20.0, ..firm() }), at(&Inputs { price: 200.0, ..firm() }));
        assert_eq!(regressors(&Inputs { price: 0.0, ..firm() }), None);
        assert_eq!(regressors(&Inputs { excess: &[0.0; 11], ..firm() }), None);
    }

    #[test]
    fn outliers_are_limited() {
        let base = regressors(&firm()).unwrap();
        let firms: Vec<Regressors> = (0..101).map(|k| Regressors { tlmta: f64::from(k) / 100.0, ..base }).collect();
        let limited = winsorised(&firms);
        assert!((limited[0].tlmta - 0.05).abs() < 1e-12 && (limited[100].tlmta - 0.95).abs() < 1e-12);
        assert_eq!(limited[50], firms[50]);
        assert!(winsorised(&[]).is_empty());
    }
}

//! Altman's Z: how near a firm's accounts are to those of firms that went bankrupt.

/// What the accounts say, in dollars: balances, and twelve months of earnings and sales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accounts {
    /// Current assets less current liabilities.
    pub working_capital: f64,
    /// Retained earnings; negative for an accumulated deficit.
    pub retained_earnings: f64,
    /// Earnings before interest and taxes.
    pub ebit: f64,
    /// Market value of equity.
    pub market_equity: f64,
    /// Book value of equity.
    pub book_equity: f64,
    /// All liabilities.
    pub liabilities: f64,
    /// All assets.
    pub assets: f64,
    /// Sales.
    pub sales: f64,
}

/// Where a Z lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Firms of the sample below the lower bound all went bankrupt.
    Distress,
    /// Between the two bounds.
    Grey,
    /// Above the upper bound none did.
    Safe,
}

/// Which of Altman's functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The first, for listed manufacturers: 1.2 X1 + 1.4 X2 + 3.3 X3 + 0.6 X4 + 0.999 X5 with the market value of equity (Altman 1968).
    Z,
    /// For firms that make nothing, without sales and with the book value of equity: 6.56 X1 + 3.26 X2 + 6.72 X3 + 1.05 X4 (Altman,
    /// Hartzell and Peck 1995).
    ZDoublePrime,
}

impl Form {
    /// Bounds of the distress zone and of the safe zone.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Form::Z => (1.81, 2.99),
            Form::ZDoublePrime => (1.10, 2.60),
        }
    }
    /// The zone of a value.
    pub fn zone(self, z: f64) -> Zone {
        match self.bounds() {
            (low, _) if z < low => Zone::Distress,
            (_, high) if z > high => Zone::Safe,
            _ => Zone::Grey,
        }
    }
}

/// Altman's Z; `None` without assets or liabilities.
pub fn altman_z(a: &Accounts, form: Form) -> Option<f64> {
    if a.assets <= 0.0 || a.liabilities <= 0.0 {
        return None;
    }
    let (x1, x2, x3) = (a.working_capital / a.assets, a.retained_earnings / a.assets, a.ebit / a.assets);
    let z = match form {
        Form::Z => 1.2 * x1 + 1.4 * x2 + 3.3 * x3 + 0.6 * a.market_equity / a.liabilities + 0.999 * a.sales / a.assets,
        Form::ZDoublePrime => 6.56 * x1 + 3.26 * x2 + 6.72 * x3 + 1.05 * a.book_equity / a.liabilities,
    };
    z.is_finite().then_some(z)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The group means that Altman (1968, table 1) prints, in per cent of assets: bankrupt firms -6.1, -62.6, -31.8, 40.1 and 1.5 times, others
    /// 41.4, 35.5, 15.4, 247.7 and 1.9 times. He prints mean Z of -0.29 and 5.02; his unrounded coefficients are not known, the printed ones
    /// give -0.26 and 4.89.
    #[test]
    fn the_group_means_of_the_paper() {
        let of = |x: [f64; 5]| Accounts {
            working_capital: x[0],
            retained_earnings: x[1],
            ebit: x[2],
            market_equity: x[3],
            book_equity: 0.0,
            liabilities: 100.0,
            assets: 100.0,
            sales: 100.0 * x[4],
        };
        let bankrupt = altman_z(&of([-6.1, -62.6, -31.8, 40.1, 1.5]), Form::Z).unwrap();
        let others = altman_z(&of([41.4, 35.5, 15.4, 247.7, 1.9]), Form::Z).unwrap();
        assert!((bankrupt + 0.29).abs() < 0.05, "{bankrupt}");
        assert!((others - 5.02).abs() < 0.15, "{others}");
        assert_eq!((Form::Z.zone(bankrupt), Form::Z.zone(others), Form::Z.zone(2.5)), (Zone::Distress, Zone::Safe, Zone::Grey));
    }

    #[test]
    fn the_second_form_by_hand() {
        let a = Accounts {
            working_capital: 20.0,
            retained_earnings: 10.0,
            ebit: 8.0,
            market_equity: 0.0,
            book_equity: 40.0,
            liabilities: 60.0,
            assets: 100.0,
            sales: 0.0,
        };
        let z = 6.56 * 0.2 + 3.26 * 0.1 + 6.72 * 0.08 + 1.05 * 40.0 / 60.0;
        assert!((altman_z(&a, Form::ZDoublePrime).unwrap() - z).abs() < 1e-12);
        assert_eq!(altman_z(&Accounts { assets: 0.0, ..a }, Form::Z), None);
    }
}

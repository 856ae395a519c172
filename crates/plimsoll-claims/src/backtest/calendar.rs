//! Returns by month and year.

use plimsoll_model::time::Day;

/// The return of one month or year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period {
    /// Year.
    pub year: i16,
    /// Month from 1, or 0 for a whole year.
    pub month: i8,
    /// Last day of it that counts.
    pub last: Day,
    /// How many days of it count.
    pub days: usize,
    /// Return, compounded.
    pub ret: f64,
}

fn compounded(days: &[Day], ret: &[f64], key: impl Fn(Day) -> (i16, i8)) -> Vec<Period> {
    let mut out: Vec<Period> = Vec::new();
    // The first day is the close that everything starts from; its return is the cost of buying.
    let mut carried = 1.0 + ret.first().copied().unwrap_or(0.0);
    for (day, r) in days.iter().zip(ret).skip(1) {
        let (year, month) = key(*day);
        match out.last_mut().filter(|p| (p.year, p.month) == (year, month)) {
            Some(p) => {
                (p.ret, p.days, p.last) = ((1.0 + p.ret) * (1.0 + r) - 1.0, p.days + 1, *day);
            }
            None => out.push(Period { year, month, last: *day, days: 1, ret: carried * (1.0 + r) - 1.0 }),
        }
        carried = 1.0;
    }
    out
}

/// Returns by month. `days` and `ret` as of [`super::Account`]: the first day is the starting close.
pub fn months(days: &[Day], ret: &[f64]) -> Vec<Period> {
    compounded(days, ret, |d| (d.parts().0, d.parts().1))
}

/// Returns of other values over the same days as `periods`, in their order.
pub fn over(periods: &[Period], ret: &[f64]) -> Vec<f64> {
    let mut at = 1;
    let mut carried = 1.0 + ret.first().copied().unwrap_or(0.0);
    let one = |p: &Period| {
        let growth = ret[at..at + p.days].iter().fold(carried, |growth, r| growth * (1.0 + r));
        (at, carried) = (at + p.days, 1.0);
        growth - 1.0
    };
    periods.iter().map(one).collect()
}

/// Returns by year; the first and the last may be parts.
pub fn years(days: &[Day], ret: &[f64]) -> Vec<Period> {
    compounded(days, ret, |d| (d.parts().0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_compound_to_years() {
        let days: Vec<Day> = (0..400).map(|n| Day::ymd(2022, 12, 30).plus(n)).collect();
        let ret: Vec<f64> = (0..400).map(|n| if n == 0 { -0.001 } else { 0.0001 * f64::from(n % 7 - 3) }).collect();
        let (months, years) = (months(&days, &ret), years(&days, &ret));
        assert_eq!((months[0].year, months[0].month, months[0].days), (2022, 12, 1));
        assert_eq!(years.iter().map(|y| y.year).collect::<Vec<_>>(), [2022, 2023, 2024]);
        let of_2023: f64 = months.iter().filter(|m| m.year == 2023).map(|m| 1.0 + m.ret).product();
        assert!((of_2023 - 1.0 - years[1].ret).abs() < 1e-12);
        // Periods once found serve other values over the same days.
        for (a, b) in over(&months, &ret).iter().zip(&months) {
            assert!((a - b.ret).abs() < 1e-13);
        }
        // The cost of buying belongs to the first period.
        let all: f64 = years.iter().map(|y| 1.0 + y.ret).product();
        assert!((all - ret.iter().map(|r| 1.0 + r).product::<f64>()).abs() < 1e-12);
    }
}

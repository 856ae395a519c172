//! Quiet hours and the hours of digests, in the reader's time zone.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

/// Hours in which nothing is sent. Across midnight where `from` is later than `to`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Quiet {
    from: Time,
    to: Time,
    zone: TimeZone,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    from: String,
    to: String,
    #[serde(default)]
    zone: Option<String>,
}

/// The zone of the exchange, where none is named.
pub const ZONE: &str = "America/New_York";

impl Quiet {
    /// Quiet hours, as `22:00` to `07:00` in a zone of the IANA database.
    pub fn new(from: &str, to: &str, zone: &str) -> Result<Quiet, String> {
        let time =
            |text: &str| Time::strptime("%H:%M", text).map_err(|_| format!("expected an hour such as 22:00, got `{text}`"));
        let (from, to) = (time(from)?, time(to)?);
        if from == to {
            return Err("quiet hours that begin when they end are none, or all: leave them out".into());
        }
        Ok(Quiet { from, to, zone: parse_zone(zone)? })
    }

    /// When they begin and end, as `22:00` and `07:00`.
    pub fn hours(&self) -> (String, String) {
        let time = |t: Time| t.strftime("%H:%M").to_string();
        (time(self.from), time(self.to))
    }

    /// When something that is due now may be sent: now, or when the quiet hours end.
    pub fn after(&self, now: Timestamp) -> Timestamp {
        let local = now.to_zoned(self.zone.clone());
        let time = local.time();
        let across = self.from > self.to;
        let within = if across { time >= self.from || time < self.to } else { time >= self.from && time < self.to };
        if !within {
            return now;
        }
        let later = across && time >= self.from;
        at(&local, self.to, i64::from(later)).unwrap_or(now).max(now)
    }
}

impl TryFrom<Raw> for Quiet {
    type Error = String;
    fn try_from(raw: Raw) -> Result<Quiet, String> {
        Quiet::new(&raw.from, &raw.to, raw.zone.as_deref().unwrap_or(ZONE))
    }
}

impl From<Quiet> for Raw {
    fn from(quiet: Quiet) -> Raw {
        let (from, to) = quiet.hours();
        Raw { from, to, zone: quiet.zone.iana_name().map(str::to_owned) }
    }
}

/// A zone of the IANA database.
pub fn parse_zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| format!("expected a time zone such as Europe/Berlin, got `{}`", name.escape_debug()))
}

/// How often somebody wants to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// As it happens.
    #[default]
    Instant,
    /// Once a day.
    Daily,
    /// On Mondays.
    Weekly,
}

/// The hour of digests.
const DIGEST: Time = Time::constant(8, 0, 0, 0);

impl Frequency {
    /// The machine name.
    pub fn name(self) -> &'static str {
        match self {
            Frequency::Instant => "instant",
            Frequency::Daily => "daily",
            Frequency::Weekly => "weekly",
        }
    }

    /// By its machine name.
    pub fn by_name(name: &str) -> Option<Frequency> {
        [Frequency::Instant, Frequency::Daily, Frequency::Weekly].into_iter().find(|f| f.name() == name)
    }

    /// When the next digest is due, strictly after a moment: eight in the morning of the reader, on Mondays where it is weekly.
    pub fn next(self, after: Timestamp, zone: &TimeZone) -> Timestamp {
        if self == Frequency::Instant {
            return after;
        }
        let local = after.to_zoned(zone.clone());
        (0..=8)
            .filter_map(|days| at(&local, DIGEST, days))
            .find(|t| {
                let monday = t.to_zoned(zone.clone()).weekday() == Weekday::Monday;
                *t > after && (self == Frequency::Daily || monday)
            })
            .unwrap_or(after)
    }
}

/// An hour of the day so many days on; where clocks skip it, the moment after.
fn at(local: &Zoned, time: Time, days: i64) -> Option<Timestamp> {
    let date = local.date().checked_add(days.days()).ok()?;
    date.to_datetime(time).to_zoned(local.time_zone().clone()).ok().map(|z| z.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ts(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn quiet_hours_wait_for_the_morning_of_their_zone() {
        let quiet = Quiet::new("22:00", "07:00", "Europe/Berlin").unwrap();
        // Berlin is an hour ahead of UTC in winter, two in summer.
        assert_eq!(quiet.after(ts("2024-02-02T21:30:00Z")), ts("2024-02-03T06:00:00Z"));
        assert_eq!(quiet.after(ts("2024-02-03T05:59:59Z")), ts("2024-02-03T06:00:00Z"));
        assert_eq!(quiet.after(ts("2024-02-03T06:00:00Z")), ts("2024-02-03T06:00:00Z"));
        assert_eq!(quiet.after(ts("2024-02-02T20:59:59Z")), ts("2024-02-02T20:59:59Z"));
        assert_eq!(quiet.after(ts("2024-07-01T20:30:00Z")), ts("2024-07-02T05:00:00Z"));
        // The night in which clocks go forward is an hour shorter.
        assert_eq!(quiet.after(ts("2024-03-30T21:30:00Z")), ts("2024-03-31T05:00:00Z"));
        let noon = Quiet::new("12:00", "14:00", "UTC").unwrap();
        assert_eq!(noon.after(ts("2024-02-02T13:00:00Z")), ts("2024-02-02T14:00:00Z"));
        assert_eq!(noon.after(ts("2024-02-02T15:00:00Z")), ts("2024-02-02T15:00:00Z"));
    }

    #[test]
    fn digests_come_at_eight_and_on_mondays() {
        let zone = parse_zone("America/New_York").unwrap();
        assert_eq!(Frequency::Daily.next(ts("2024-02-02T12:59:00Z"), &zone), ts("2024-02-02T13:00:00Z"));
        assert_eq!(Frequency::Daily.next(ts("2024-02-02T13:00:00Z"), &zone), ts("2024-02-03T13:00:00Z"));
        // 2024-02-02 is a Friday.
        assert_eq!(Frequency::Weekly.next(ts("2024-02-02T12:00:00Z"), &zone), ts("2024-02-05T13:00:00Z"));
        assert_eq!(Frequency::Weekly.next(ts("2024-02-05T13:00:00Z"), &zone), ts("2024-02-12T13:00:00Z"));
    }

    #[test]
    fn nonsense_is_refused() {
        for (from, to, zone) in
            [("24:30", "07:00", "UTC"), ("22", "07:00", "UTC"), ("22:00", "22:00", "UTC"), ("22:00", "07:00", "Berlin")]
        {
            assert!(Quiet::new(from, to, zone).is_err(), "{from} {to} {zone}");
        }
    }
}

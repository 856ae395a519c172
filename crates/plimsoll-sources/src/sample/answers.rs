//! How the sample world's publishers answer requests: by address, with the status and the words that the real ones use.
//!
//! A server on the loopback, or a test without one, asks here; nothing is sent.

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::Day;

use super::publishers::Publishers;

/// A request, its parts separated.
pub struct Asked<'a> {
    /// Host, as in the address.
    pub host: &'a str,
    /// Path, with its first slash.
    pub path: &'a str,
    /// Parameters, decoded.
    pub query: &'a [(String, String)],
    /// The header `Authorization`, if any.
    pub authorization: Option<&'a str>,
}

impl Asked<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
    fn has(&self, name: &str) -> bool {
        self.get(name).is_some_and(|v| !v.is_empty())
    }
    fn day(&self, name: &str) -> Option<Day> {
        self.get(name)?.parse().ok()
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Content type.
    pub kind: &'static str,
    /// Body.
    pub body: Vec<u8>,
}

const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const ZIP: &str = "application/zip";

impl Answer {
    fn of(status: u16, kind: &'static str, body: impl Into<Vec<u8>>) -> Answer {
        Answer { status, kind, body: body.into() }
    }
    fn json(body: String) -> Answer {
        Answer::of(200, JSON, body)
    }
    fn refused(status: u16, body: &str) -> Answer {
        Answer::of(status, JSON, body)
    }
}

fn not_found() -> Answer {
    Answer::of(404, "text/html", "<!DOCTYPE html><html><body>Page not found</body></html>")
}

impl Publishers<'_> {
    /// What a publisher answers on a day; `None` where the host is none of theirs.
    pub fn answer(&self, asked: &Asked<'_>, now: Day) -> Option<Answer> {
        // What is out by the morning of a session is of the one before; nothing comes out on other days.
        let yesterday = Calendar::nyse().previous(Calendar::nyse().on_or_before(now));
        Some(match asked.host {
            "www.federalreserve.gov" if asked.path.ends_with("fomccalendars.htm") => {
                Answer::of(200, "text/html", self.meetings_page(now))
            }
            "fred.stlouisfed.org" => {
                let id = asked.get("id").unwrap_or_default();
                self.fred_graph(id, now).map_or_else(not_found, |text| Answer::of(200, CSV, text))
            }
            "home.treasury.gov" => {
                // Years without a row are answered with the header alone.
                let year = asked.get("field_tdr_date_value").and_then(|y| y.parse().ok()).unwrap_or_default();
                Answer::of(200, CSV, self.par_curve(year, now))
            }
            "mba.tuck.dartmouth.edu" => {
                let name = asked.path.rsplit('/').next().and_then(|n| n.strip_suffix("_CSV.zip")).unwrap_or_default();
                self.french_zip(name, now).map_or_else(not_found, |bytes| Answer::of(200, ZIP, bytes))
            }
            "www.sec.gov" | "data.sec.gov" => match self.edgar(asked.path, now) {
                Some(bytes) if asked.path.ends_with(".zip") => Answer::of(200, ZIP, bytes),
                Some(bytes) => Answer::of(200, JSON, bytes),
                None => not_found(),
            },
            "api.stlouisfed.org" => self.st_louis(asked, now),
            "markets.newyorkfed.org" => {
                let kind = if asked.path.contains("/sofr/") { "SOFR" } else { "EFFR" };
                match (asked.day("startDate"), asked.day("endDate")) {
                    (Some(from), Some(to)) => Answer::json(self.reference_rates(kind, from, to.min(yesterday))),
                    _ => Answer::refused(400, "{\"message\":\"startDate and endDate are required\"}"),
                }
            }
            "www.ishares.com" => match asked.get("fileName") {
                Some("IWM_holdings") => Answer::of(200, CSV, self.ishares(true, yesterday)),
                Some("IVV_holdings") => Answer::of(200, CSV, self.ishares(false, yesterday)),
                // Unknown files are answered with a page.
                _ => Answer::of(200, "text/html", "<!DOCTYPE html><html><body>Page not found</body></html>"),
            },
            "www.ssga.com" if asked.path.ends_with("-spy.xlsx") => {
                Answer::of(200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", self.spdr(yesterday))
            }
            "www.invesco.com" if asked.get("ticker") == Some("RSP") => Answer::of(200, CSV, self.invesco(yesterday)),
            "api.tiingo.com" => self.tiingo_answer(asked, now),
            "eodhd.com" => {
                let symbol =
                    asked.path.rsplit('/').next().and_then(|s| s.strip_suffix(".US")).unwrap_or_default().replace('-', ".");
                if !asked.has("api_token") {
                    return Some(Answer::of(401, "text/plain", "Unauthenticated"));
                }
                self.eodhd(&symbol, now).map_or_else(|| Answer::of(404, "text/plain", "Ticker Not Found."), Answer::json)
            }
            "stooq.com" => {
                let code = asked.get("s").unwrap_or_default().to_uppercase();
                let symbol = code.strip_suffix(".US").unwrap_or(&code).replace('-', ".");
                // Status 200 whatever happens.
                Answer::of(200, CSV, self.stooq(&symbol, now).unwrap_or_else(|| "No data".to_owned()))
            }
            "www.alphavantage.co" => {
                let said = "{\"Error Message\":\"Invalid API call\"}".to_owned();
                let body = asked.get("symbol").filter(|_| asked.has("apikey")).and_then(|s| self.alpha_vantage(s, now));
                Answer::json(body.unwrap_or(said))
            }
            "www.cmegroup.com" => {
                let parts: Vec<i16> =
                    asked.get("tradeDate").unwrap_or_default().split('/').filter_map(|p| p.parse().ok()).collect();
                let day = match parts[..] {
                    [month, date, year] => Day::try_ymd(year, month as i8, date as i8),
                    _ => None,
                };
                match day.filter(|d| *d <= now && Calendar::nyse().is_session(*d)) {
                    Some(day) => Answer::json(self.settlement_page(day, if day == now { "Preliminary" } else { "Final" })),
                    None => Answer::json("{\"settlements\":[],\"reportType\":\"\",\"tradeDate\":\"\",\"empty\":true}".to_owned()),
                }
            }
            "www.federalreserve.gov" | "www.ssga.com" | "www.invesco.com" => not_found(),
            _ => return None,
        })
    }

    /// The API of the Federal Reserve Bank of St. Louis. Parameters that an endpoint does not know are passed over, `vintage_date` too.
    fn st_louis(&self, asked: &Asked<'_>, now: Day) -> Answer {
        if asked.get("api_key").is_none_or(|k| k.len() != 32) {
            return Answer::refused(
                400,
                "{\"error_code\":400,\"error_message\":\"Bad Request. The variable api_key is not a 32 character alpha-numeric string.\"}",
            );
        }
        match asked.path {
            "/fred/series/observations" => {
                let id = asked.get("series_id").unwrap_or_default();
                if self.releases(id, now).is_empty() {
                    return Answer::refused(
                        400,
                        "{\"error_code\":400,\"error_message\":\"Bad Request. The series does not exist.\"}",
                    );
                }
                let today = now.to_string();
                let period = match (asked.get("realtime_start"), asked.get("realtime_end")) {
                    (None, None) => None,
                    (from, to) => Some((from.unwrap_or(&today), to.unwrap_or(&today))),
                };
                Answer::json(self.observations(id, period, now))
            }
            "/fred/release/dates" | "/fred/releases/dates" => Answer::json(self.release_dates(now)),
            _ => Answer::refused(404, "{\"error_code\":404,\"error_message\":\"Not Found.\"}"),
        }
    }

    fn tiingo_answer(&self, asked: &Asked<'_>, now: Day) -> Answer {
        if asked.authorization.is_none_or(|a| !a.starts_with("Token ") || a.len() <= 10) {
            return Answer::refused(403, "{\"detail\":\"Please supply a token\"}");
        }
        let symbol = asked.path.strip_prefix("/tiingo/daily/").and_then(|p| p.split('/').next()).unwrap_or_default();
        let symbol = symbol.to_uppercase().replace('-', ".");
        self.tiingo(&symbol, now).map_or_else(|| Answer::refused(404, "{\"detail\":\"Not found.\"}"), Answer::json)
    }
}

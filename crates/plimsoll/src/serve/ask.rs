//! What a request asks: its parameters, read strictly.

use std::collections::BTreeMap;

use plimsoll_model::calendar::Calendar;
use plimsoll_model::time::{AsOf, Day};

use super::problem::Problem;
use super::world::Version;

/// The parameters of a request: known names only, each once; `with` may come often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    values: BTreeMap<String, String>,
    /// Parameters of a measure or strategy, given as `with=KEY=VALUE` or `with.KEY=VALUE`.
    pub with: BTreeMap<String, String>,
}

impl Ask {
    /// Reads a query; `allowed` are the names that the resource takes.
    pub fn parse(query: Option<&str>, allowed: &[&str]) -> Result<Ask, Problem> {
        let mut ask = Ask::default();
        let takes_with = allowed.contains(&"with");
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            let value = value.trim();
            if name.chars().chain(value.chars()).any(|c| c.is_control() || c == '\u{fffd}') {
                return Err(
                    Problem::bad("The query holds characters that cannot be read.").hint("Parameters are plain text in UTF-8.")
                );
            }
            let inner = match name.strip_prefix("with.").filter(|_| takes_with) {
                Some(key) => Some((key.to_owned(), value.to_owned())),
                None if name == "with" && takes_with => {
                    let pair = value.split_once('=').ok_or_else(|| {
                        Problem::bad(format!("`with`: expected KEY=VALUE, got `{}`.", short(value)))
                            .hint("such as with=window=1y")
                    })?;
                    Some((pair.0.trim().to_owned(), pair.1.trim().to_owned()))
                }
                None => None,
            };
            if let Some((key, value)) = inner {
                // A field of a form that was left empty says nothing.
                if !value.is_empty() && ask.with.insert(key.clone(), value).is_some() {
                    return Err(Problem::bad(format!("`{}` is given twice.", short(&key))));
                }
                continue;
            }
            if !allowed.contains(&name.as_ref()) {
                let known =
                    if allowed.is_empty() { "It takes none".to_owned() } else { format!("It takes {}", allowed.join(", ")) };
                return Err(Problem::bad(format!("There is no parameter `{}` here.", short(&name)))
                    .hint(known + ".")
                    .near(&name, allowed.iter().copied()));
            }
            if value.is_empty() && name != "q" {
                return Err(Problem::bad(format!("`{name}` is empty.")).hint("Leave it out, or give it a value."));
            }
            if ask.values.insert(name.to_string(), value.to_owned()).is_some() {
                return Err(Problem::bad(format!("`{}` is given twice.", short(&name))));
            }
        }
        Ok(ask)
    }

    /// The same question as a text: whatever the order of its parameters.
    pub fn canonical(&self) -> String {
        let plain = self.values.iter().map(|(k, v)| (k.clone(), v.clone()));
        let with = self.with.iter().map(|(k, v)| (format!("with.{k}"), v.clone()));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(plain.chain(with)).finish()
    }

    /// A parameter's text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The moment; where pages leave it out it is the latest.
    pub fn as_of(&self, version: &Version, required: bool) -> Result<AsOf, Problem> {
        let text = match self.get("as_of") {
            Some("latest") => return Ok(version.latest),
            Some(text) => text,
            None if required => {
                return Err(Problem::bad("`as_of` is required: nothing is read here without saying as of when.")
                    .hint("A day as 2024-02-02, a moment as 2024-02-02T16:00:00-05:00, or `latest`."));
            }
            None => return Ok(version.latest),
        };
        let as_of: AsOf = if text.len() == 10 {
            let day = day("as_of", text)?;
            within(day, version)?;
            AsOf::end_of(day)
        } else if text.len() <= 40 {
            let moment: AsOf = text.parse().map_err(|e| Problem::bad(format!("`as_of`: {e}.")))?;
            within(moment.day(), version)?;
            moment
        } else {
            return Err(Problem::bad("`as_of`: expected a day as YYYY-MM-DD or a moment."));
        };
        Ok(as_of)
    }

    /// A day.
    pub fn day(&self, name: &str) -> Result<Option<Day>, Problem> {
        self.get(name).map(|text| day(name, text)).transpose()
    }

    /// A number within bounds.
    pub fn number(&self, name: &str, default: f64, bounds: (f64, f64)) -> Result<f64, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let expected =
            || Problem::bad(format!("`{name}`: expected a number from {} to {}, got `{}`.", bounds.0, bounds.1, short(text)));
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b));
        let value: f64 = text.parse().ok().filter(|_| plain).ok_or_else(expected)?;
        if value.is_finite() && value >= bounds.0 && value <= bounds.1 { Ok(value) } else { Err(expected()) }
    }

    /// A whole number within bounds.
    pub fn whole(&self, name: &str, default: usize, bounds: (usize, usize)) -> Result<usize, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let value = text.parse::<usize>().ok().filter(|v| *v >= bounds.0 && *v <= bounds.1);
        value.ok_or_else(|| {
            Problem::bad(format!("`{name}`: expected a whole number from {} to {}, got `{}`.", bounds.0, bounds.1, short(text)))
        })
    }

    /// One of some words.
    pub fn word<'a>(&self, name: &str, default: &'a str, words: &[&'a str]) -> Result<&'a str, Problem> {
        let Some(text) = self.get(name) else { return Ok(default) };
        words.iter().find(|w| **w == text).copied().ok_or_else(|| {
            Problem::bad(format!("`{name}`: expected one of {}, got `{}`.", words.join(", "), short(text)))
                .near(text, words.iter().copied())
        })
    }
}

/// The first characters of a text, for messages.
pub fn short(text: &str) -> String {
    let cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}

fn day(name: &str, text: &str) -> Result<Day, Problem> {
    text.parse().map_err(|_| {
        Problem::bad(format!("`{name}`: `{}` is not a day.", short(text)))
            .hint("Days are written as 2024-02-02, and must be on the calendar.")
    })
}

/// Whether anything can be known on a day.
fn within(day: Day, version: &Version) -> Result<(), Problem> {
    let calendar = Calendar::nyse().span();
    let (first, last) = (version.span.0.max(calendar.0), version.today.min(calendar.1));
    if day < first {
        return Err(Problem::missing(format!("Nothing is known as of {day}: what this store holds begins on {first}.")));
    }
    if day > last {
        return Err(Problem::missing(format!("Nothing is known as of {day}: that day has not come.")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> Version {
        let day = |y, m, d| Day::ymd(y, m, d);
        Version {
            key: "1".into(),
            span: (day(2020, 1, 2), day(2024, 2, 2)),
            latest: AsOf::end_of(day(2024, 2, 2)),
            today: day(2024, 3, 1),
            empty: false,
        }
    }

    #[test]
    fn parameters_are_known_and_come_once() {
        let ask = |q| Ask::parse(Some(q), &["as_of", "limit", "with"]);
        assert_eq!(ask("limit=3&as_of=x").unwrap().canonical(), ask("as_of=x&limit=3").unwrap().canonical());
        assert_eq!(ask("with=a=1").unwrap(), ask("with.a=1").unwrap());
        for bad in
            ["limit=1&limit=2", "lmit=1", "limit=", "with=a", "with=a=1&with.a=2", "as_of=%00", "as_of=%ff", "as_of=a%0d%0ab"]
        {
            assert_eq!(ask(bad).unwrap_err().status, 400, "{bad}");
        }
        assert!(ask("lmit=1").unwrap_err().hint.unwrap().contains("`limit`"));
    }

    #[test]
    fn days_must_be_on_the_calendar_and_within_what_is_known() {
        let at = |day: &str| Ask::parse(Some(&format!("as_of={day}")), &["as_of"]).and_then(|a| a.as_of(&version(), true));
        assert_eq!(at("2024-02-02").unwrap(), AsOf::end_of(Day::ymd(2024, 2, 2)));
        assert_eq!(at("latest").unwrap(), version().latest);
        assert_eq!(at("2024-02-02T16:00:00-05:00").unwrap().to_string(), "2024-02-02T21:00:00Z");
        for (text, status) in [
            ("2024-02-30", 400),
            ("yesterday", 400),
            ("0001-01-01", 404),
            ("9999-12-31", 404),
            ("2024-03-02", 404),
            ("2024-02-02T99:00:00Z", 400),
            ("-9999-01-01T00:00:00Z", 400),
        ] {
            assert_eq!(at(text).unwrap_err().status, status, "{text}");
        }
        assert_eq!(Ask::default().as_of(&version(), true).unwrap_err().status, 400);
        assert_eq!(Ask::default().as_of(&version(), false).unwrap(), version().latest);
    }

    #[test]
    fn numbers_keep_their_bounds() {
        let number = |text: &str| Ask::parse(Some(&format!("x={text}")), &["x"]).and_then(|a| a.number("x", 0.0, (0.0, 10.0)));
        assert_eq!(number("2.5").unwrap(), 2.5);
        for bad in ["NaN", "inf", "-1", "1e99", "0x1", "1,5"] {
            assert!(number(bad).is_err(), "{bad}");
        }
    }
}

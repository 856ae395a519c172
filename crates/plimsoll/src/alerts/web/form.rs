//! What comes in with a form.

use super::Offered;
use crate::alerts::address::Address;
use crate::alerts::quiet::{Frequency, Quiet, ZONE, parse_zone};
use crate::alerts::subscribe::{Choices, Wish};

/// The fields of a form in their order; some come several times.
pub type Fields = Vec<(String, String)>;

/// What is wrong with a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Wrong {
    /// The field.
    pub field: &'static str,
    /// What was expected.
    pub text: String,
}

fn wrong(field: &'static str, text: impl ToString) -> Wrong {
    Wrong { field, text: text.to_string() }
}

/// The first value of a field, trimmed of nothing.
pub fn value<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|f| f.0 == name).map_or("", |f| f.1.as_str())
}

/// All values of a field.
pub fn values<'a>(fields: &'a Fields, name: &str) -> impl Iterator<Item = &'a str> {
    fields.iter().filter(move |f| f.0 == name).map(|f| f.1.as_str())
}

/// The address.
pub fn address(fields: &Fields) -> Result<Address, Wrong> {
    Address::parse(value(fields, "address")).map_err(|e| wrong("address", e))
}

/// The wish.
pub fn wish(fields: &Fields, offered: &[Offered]) -> Result<Wish, Wrong> {
    let frequency = match value(fields, "frequency") {
        "" => Frequency::Instant,
        name => Frequency::by_name(name).ok_or_else(|| wrong("frequency", "expected instant, daily or weekly"))?,
    };
    let zone = match value(fields, "zone") {
        "" => ZONE,
        zone => zone,
    };
    parse_zone(zone).map_err(|e| wrong("zone", e))?;
    let quiet = match value(fields, "quiet") {
        "" => None,
        _ => Some(Quiet::new(value(fields, "from"), value(fields, "to"), zone).map_err(|e| wrong("quiet", e))?),
    };
    let mut choices = Choices::default();
    if value(fields, "what") == "some" {
        for pick in values(fields, "pick") {
            choose(&mut choices, pick, offered)?;
        }
        if choices.0.is_empty() {
            return Err(wrong("what", "expected at least one thesis or claim, or everything"));
        }
    }
    Ok(Wish { choices, frequency, zone: zone.to_owned(), quiet })
}

/// Adds `THESIS` or `THESIS/CLAIM`; a whole thesis stays whole.
fn choose(choices: &mut Choices, pick: &str, offered: &[Offered]) -> Result<(), Wrong> {
    let (name, claim) = pick.split_once('/').map_or((pick, None), |(n, c)| (n, Some(c)));
    let unknown = || wrong("what", "expected theses and claims of this site");
    let thesis = offered.iter().find(|o| o.name == name).ok_or_else(unknown)?;
    match claim {
        None => {
            choices.0.insert(name.to_owned(), Vec::new());
        }
        Some(claim) => {
            if !thesis.claims.iter().any(|c| c.0 == claim) {
                return Err(unknown());
            }
            let whole = choices.0.get(name).is_some_and(Vec::is_empty);
            if !whole {
                choices.0.entry(name.to_owned()).or_default().push(claim.to_owned());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
    }

    fn offered() -> Vec<Offered> {
        let claims = [("a", "A."), ("b", "B.")].map(|(i, s)| (i.to_owned(), s.to_owned())).to_vec();
        vec![Offered { name: "t".into(), title: "T".into(), claims }]
    }

    #[test]
    fn forms_are_read_whole_or_refused_with_the_field() {
        let read = |text: &str| wish(&fields(text), &offered());
        assert_eq!(read("what=all"), Ok(Wish::default()));
        let some =
            read("what=some&pick=t%2Fa&pick=t%2Fb&frequency=weekly&zone=Europe%2FBerlin&quiet=on&from=22:00&to=07:00").unwrap();
        assert_eq!(some.choices.0["t"], ["a", "b"]);
        assert_eq!((some.frequency, some.quiet.is_some()), (Frequency::Weekly, true));
        assert!(read("what=some&pick=t&pick=t%2Fa").unwrap().choices.0["t"].is_empty(), "the whole thesis");
        for (text, field) in [
            ("frequency=hourly", "frequency"),
            ("zone=Berlin%0d%0aX:", "zone"),
            ("quiet=on&from=25:00&to=07:00", "quiet"),
            ("what=some", "what"),
            ("what=some&pick=u", "what"),
            ("what=some&pick=t%2Fz", "what"),
        ] {
            assert_eq!(read(text).unwrap_err().field, field, "{text}");
        }
        assert_eq!(address(&fields("address=a%0d%0aBcc:%20x@example.org")).unwrap_err().field, "address");
    }
}

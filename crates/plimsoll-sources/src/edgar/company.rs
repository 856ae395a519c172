//! The numbers of one company's filings, out of the JSON that the SEC publishes of it: company facts, one concept of it, or a selection.
//! Read in one pass over the text; labels and concepts that are not kept cost no more than being skipped.

use std::fmt;

use plimsoll_model::intake::Refusal;
use plimsoll_model::time::Day;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::concepts::Concepts;
use super::json::{Key, Text};
use super::{accession, iso_day, known_after};
use crate::table::refusal;

/// A number as it was stated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    /// Position in the list of concepts.
    pub concept: u16,
    /// Position in [`Company::units`].
    pub unit: u16,
    /// First day of the period, [`BALANCE`] where there is none.
    pub start: i32,
    /// Last day of the period.
    pub end: i32,
    /// Day of filing.
    pub filed: i32,
    /// When it could first be used, microseconds since 1970.
    pub known: i64,
    /// Accession number, see [`accession`].
    pub accession: u64,
    /// The number.
    pub value: f64,
    /// Position in [`Company::forms`].
    pub form: u16,
    /// Fiscal year of the filing, 0 where it is not stated.
    pub year: u16,
    /// Position in [`Company::fiscal_periods`].
    pub fiscal_period: u16,
    /// Flags.
    pub quality: u8,
    /// One-based place among the numbers of the file.
    pub row: u32,
}

/// Stands for the first day of a balance.
pub(super) const BALANCE: i32 = i32::MIN;

/// A few texts that come again and again, mostly the last one.
#[derive(Debug, Default)]
pub(super) struct Words {
    pub all: Vec<String>,
    last: usize,
}

impl Words {
    pub(super) fn code(&mut self, text: &str) -> u16 {
        if self.all.get(self.last).is_none_or(|w| w != text) {
            self.last = self.all.iter().position(|w| w == text).unwrap_or_else(|| {
                self.all.push(text.to_owned());
                self.all.len() - 1
            });
        }
        self.last.min(usize::from(u16::MAX)) as u16
    }
}

/// One company's file, read.
#[derive(Debug)]
pub(super) struct Company<'c> {
    pub concepts: &'c Concepts,
    /// As the file writes it.
    pub cik: Text<'static>,
    pub name: String,
    pub numbers: Vec<Number>,
    pub units: Words,
    pub forms: Words,
    pub fiscal_periods: Words,
    /// Numbers met.
    pub seen: u64,
    /// Of them, those of concepts that are not kept.
    pub unlisted: u64,
    /// Of them, those left empty.
    pub missing: u64,
    /// Those not taken.
    pub refused: Vec<Refusal>,
    /// What stands before the field of a refusal: the name of the file in its archive.
    place: String,
}

impl<'c> Company<'c> {
    /// A company without numbers yet.
    pub(super) fn new(place: &str, concepts: &'c Concepts) -> Company<'c> {
        Company {
            concepts,
            cik: Text::Missing,
            name: String::new(),
            numbers: Vec::new(),
            units: Words::default(),
            forms: Words::default(),
            fiscal_periods: Words::default(),
            seen: 0,
            unlisted: 0,
            missing: 0,
            refused: Vec::new(),
            place: place.to_owned(),
        }
    }

    /// Reads a file; where it breaks off, what stands before is kept and the break is refused.
    pub(super) fn read(bytes: &[u8], place: &str, concepts: &'c Concepts) -> Company<'c> {
        let mut company = Company::new(place, concepts);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(e) => {
                company.refuse("bad_json", "text", "UTF-8; download the file again", &e.to_string(), None);
                std::str::from_utf8(&bytes[..e.valid_up_to()]).unwrap_or_default()
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut json = serde_json::Deserializer::from_str(text);
        let result = Seed(WholeFile { company: &mut company, taxonomy: String::new(), tag: String::new() })
            .deserialize(&mut json)
            .and_then(|()| json.end());
        if let Err(e) = result
            && company.refused.iter().all(|r| r.rule != "bad_json")
        {
            let expected = format!("company facts as JSON; {} numbers before the break are kept", company.numbers.len());
            company.refuse("bad_json", "text", &expected, &e.to_string(), None);
        }
        company
    }

    fn refuse(&mut self, rule: &str, field: &str, expected: &str, got: &str, period: Option<Day>) {
        let field = if self.place.is_empty() { field.to_owned() } else { format!("{} {field}", self.place) };
        self.refused.push(Refusal { period, ..refusal(rule, self.seen, &field, expected, got.as_bytes()) });
    }

    fn no_units(&mut self, concept: u16) {
        let name = &self.concepts.get(concept).name;
        self.refuse("missing_unit", name, "numbers by unit, as in `units: {USD: [..]}`", "no units", None);
    }

    /// A number of a concept that is kept.
    fn number(&mut self, at: &At<'_>, place: usize, stated: &Stated<'_>) {
        match self.check(at, stated) {
            Ok(Some(number)) => self.numbers.push(number),
            Ok(None) => self.missing += 1,
            Err((rule, field, expected, got)) => {
                let name = &self.concepts.get(at.concept).name;
                let field = format!("{name} {}[{place}] {field}", at.unit);
                self.refuse(rule, &field, expected, &got, iso_day(stated.end.as_str()));
            }
        }
    }

    fn check(
        &mut self,
        at: &At<'_>,
        stated: &Stated<'_>,
    ) -> Result<Option<Number>, (&'static str, &'static str, &'static str, String)> {
        if stated.val == Text::Missing {
            return Ok(None);
        }
        let Text::Number(value) = stated.val else {
            return Err(("not_a_number", "val", "a number without quotes", stated.val.shown()));
        };
        if !value.is_finite() {
            return Err(("non_finite", "val", "a finite number", stated.val.shown()));
        }
        if at.unit.trim().is_empty() {
            return Err(("missing_unit", "unit", "a unit such as USD: a number without one means nothing", "no unit".to_owned()));
        }
        let day = |text: &Text<'_>| iso_day(text.as_str());
        let end = day(&stated.end).ok_or_else(|| ("not_a_day", "end", "a day YYYY-MM-DD", stated.end.shown()))?;
        let start = match &stated.start {
            Text::Missing => None,
            text => Some(day(text).ok_or_else(|| ("not_a_day", "start", "a day YYYY-MM-DD", text.shown()))?),
        };
        if start.is_some_and(|s| s > end) {
            return Err(("ends_before_it_starts", "end", "a period that ends after it starts", stated.end.shown()));
        }
        let filed = day(&stated.filed).and_then(|d| Some((d, known_after(d)?)));
        let (filed, known) = filed.ok_or_else(|| ("not_a_day", "filed", "a day since 1993, YYYY-MM-DD", stated.filed.shown()))?;
        if filed < end {
            let expected = "a filing that is not dated before the end of the period it reports";
            return Err(("filed_before_period_end", "filed", expected, format!("filed {filed}, period to {end}")));
        }
        let accession = accession(stated.accn.as_str())
            .ok_or_else(|| ("not_an_accession", "accn", "an accession number NNNNNNNNNN-YY-NNNNNN", stated.accn.shown()))?;
        let year = stated.fy.number().filter(|y| (1900.0..2200.0).contains(y)).map_or(0, |y| y as u16);
        Ok(Some(Number {
            concept: at.concept,
            unit: self.units.code(at.unit),
            start: start.map_or(BALANCE, |s| s.0),
            end: end.0,
            filed: filed.0,
            known: known.0,
            accession,
            value,
            form: self.forms.code(stated.form.as_str()),
            year,
            fiscal_period: self.fiscal_periods.code(stated.fp.as_str()),
            quality: 0,
            row: self.seen.min(u64::from(u32::MAX)) as u32,
        }))
    }
}

/// Where a number stands.
struct At<'a> {
    concept: u16,
    unit: &'a str,
}

/// A number as the file has it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Stated<'a> {
    #[serde(borrow)]
    start: Text<'a>,
    #[serde(borrow)]
    end: Text<'a>,
    #[serde(borrow)]
    val: Text<'a>,
    #[serde(borrow)]
    accn: Text<'a>,
    #[serde(borrow)]
    fy: Text<'a>,
    #[serde(borrow)]
    fp: Text<'a>,
    #[serde(borrow)]
    form: Text<'a>,
    #[serde(borrow)]
    filed: Text<'a>,
}

/// A number, or something else that stands in its place.
struct Item<'a>(Option<Stated<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Item<'a>, D::Error> {
        struct ItemVisitor;
        impl<'de> Visitor<'de> for ItemVisitor {
            type Value = Item<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number with its period and filing")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item<'de>, A::Error> {
                Stated::deserialize(MapAccessDeserializer::new(map)).map(|s| Item(Some(s)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Item<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Item(None))
            }
            fn visit_unit<E>(self) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
            fn visit_bool<E>(self, _: bool) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
            fn visit_u64<E>(self, _: u64) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
            fn visit_f64<E>(self, _: f64) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
            fn visit_str<E>(self, _: &str) -> Result<Item<'de>, E> {
                Ok(Item(None))
            }
        }
        deserializer.deserialize_any(ItemVisitor)
    }
}

/// An object that is read key by key.
trait Object<'de> {
    const WHAT: &'static str;
    /// Reads the value of a key.
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
    /// The object ended, or there is null in its place.
    fn end(&mut self) {}
}

/// Reads an [`Object`].
struct Seed<T>(T);

impl<'de, T: Object<'de>> DeserializeSeed<'de> for Seed<T> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Object<'de>> Visitor<'de> for Seed<T> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            self.0.value(&key, &mut map)?;
        }
        self.0.end();
        Ok(())
    }
    fn visit_unit<E>(mut self) -> Result<(), E> {
        self.0.end();
        Ok(())
    }
}

/// The whole file.
struct WholeFile<'a, 'c> {
    company: &'a mut Company<'c>,
    taxonomy: String,
    tag: String,
}

/// A text of the file that outlives it.
fn owned(text: Text<'_>) -> Text<'static> {
    match text {
        Text::Is(text) => Text::Is(text.into_owned().into()),
        Text::Number(n) => Text::Number(n),
        Text::Other(what) => Text::Other(what),
        Text::Missing => Text::Missing,
    }
}

impl<'de> Object<'de> for WholeFile<'_, '_> {
    const WHAT: &'static str = "an object of company facts";
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let company = &mut *self.company;
        match key {
            "cik" => company.cik = owned(map.next_value()?),
            "entityName" => map.next_value::<Text<'_>>()?.as_str().clone_into(&mut company.name),
            "taxonomy" => map.next_value::<Text<'_>>()?.as_str().clone_into(&mut self.taxonomy),
            "tag" => map.next_value::<Text<'_>>()?.as_str().clone_into(&mut self.tag),
            "facts" => map.next_value_seed(Seed(Taxonomies { company }))?,
            // A selection of a company's concepts, by what they are for.
            "maturity" | "context" => {
                map.next_value_seed(Seed(OfTaxonomy { company, taxonomy: "us-gaap" }))?;
            }
            // One concept of a company.
            "units" => {
                let concept = company.concepts.find(&self.taxonomy, &self.tag);
                map.next_value_seed(Seed(Units { company, concept, any: false }))?;
            }
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

/// Concepts by taxonomy.
struct Taxonomies<'a, 'c> {
    company: &'a mut Company<'c>,
}

impl<'de> Object<'de> for Taxonomies<'_, '_> {
    const WHAT: &'static str = "concepts by taxonomy";
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        map.next_value_seed(Seed(OfTaxonomy { company: &mut *self.company, taxonomy: key }))
    }
}

/// The concepts of a taxonomy.
struct OfTaxonomy<'a, 'c> {
    company: &'a mut Company<'c>,
    taxonomy: &'a str,
}

impl<'de> Object<'de> for OfTaxonomy<'_, '_> {
    const WHAT: &'static str = "concepts by name";
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let concept = self.company.concepts.find(self.taxonomy, key);
        map.next_value_seed(Seed(OneConcept { company: &mut *self.company, concept, units: false }))
    }
}

/// One concept: label, description, and numbers by unit.
struct OneConcept<'a, 'c> {
    company: &'a mut Company<'c>,
    concept: Option<u16>,
    units: bool,
}

impl<'de> Object<'de> for OneConcept<'_, '_> {
    const WHAT: &'static str = "a concept";
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        if key == "units" {
            self.units = true;
            return map.next_value_seed(Seed(Units { company: &mut *self.company, concept: self.concept, any: false }));
        }
        map.next_value::<IgnoredAny>().map(drop)
    }
    fn end(&mut self) {
        if let (Some(concept), false) = (self.concept, self.units) {
            self.company.no_units(concept);
        }
    }
}

/// The numbers of a concept by unit.
struct Units<'a, 'c> {
    company: &'a mut Company<'c>,
    concept: Option<u16>,
    any: bool,
}

impl<'de> Object<'de> for Units<'_, '_> {
    const WHAT: &'static str = "numbers by unit";
    fn value<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        self.any = true;
        let at = self.concept.map(|concept| At { concept, unit: key });
        map.next_value_seed(Numbers { company: &mut *self.company, at })
    }
    fn end(&mut self) {
        if let (Some(concept), false) = (self.concept, self.any) {
            self.company.no_units(concept);
        }
    }
}

/// The numbers of a concept in one unit; counted only, where the concept is not kept.
struct Numbers<'a, 'c> {
    company: &'a mut Company<'c>,
    at: Option<At<'a>>,
}

impl<'de> DeserializeSeed<'de> for Numbers<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Numbers<'_, '_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers")
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let company = self.company;
        let Some(at) = self.at else {
            while seq.next_element::<IgnoredAny>()?.is_some() {
                company.seen += 1;
                company.unlisted += 1;
            }
            return Ok(());
        };
        let mut place = 0;
        while let Some(Item(item)) = seq.next_element()? {
            company.seen += 1;
            match item {
                Some(stated) => company.number(&at, place, &stated),
                None => {
                    let field = format!("{} {}[{place}]", company.concepts.get(at.concept).name, at.unit);
                    company.refuse("not_a_fact", &field, "an object with end, val, accn and filed", "something else", None);
                }
            }
            place += 1;
        }
        Ok(())
    }
}

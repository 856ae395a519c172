//! Invented companies: names from syllables and symbols that no exchange has given out.

use std::collections::BTreeSet;

use super::rng::Rng;

/// Hands out stems and symbols, each once.
///
/// A symbol is consonant, vowel, `J` or `Q`, letter; a name begins with the same three letters. Real symbols and real names almost
/// never look so, and the pairs of first letters under which some do are left out.
pub(crate) struct Names {
    rng: Rng,
    taken: BTreeSet<String>,
}

const CONSONANTS: &[u8] = b"BCDFGHKLMNPRSTVWZ";
const VOWELS: &[u8] = b"AEIOU";
const LAST: &[u8] = b"AEIOUBCDFGHKLMNPRSTVWYZ";
const AVOIDED: [&str; 15] =
    ["SOJ", "BUJ", "BOJ", "LEJ", "JAQ", "PAQ", "VAQ", "MAQ", "KEQ", "LIQ", "CAJ", "FIJ", "CEQ", "CIJ", "WEJ"];
const TAILS: [&str; 32] = [
    "ran", "vel", "dris", "mond", "thal", "net", "rix", "lund", "sten", "vara", "nor", "tide", "quil", "mere", "gard", "lin",
    "ton", "dale", "bryn", "wick", "ros", "fell", "len", "holm", "cor", "via", "dane", "pern", "tusk", "zell", "mar", "beck",
];

const ENDS: [&str; 16] =
    ["an", "el", "is", "or", "ara", "on", "um", "ine", "ent", "ona", "ith", "os", "ard", "ian", "olt", "eva"];

impl Names {
    pub fn new(seed: u64, reserved: &[&str]) -> Names {
        Names { rng: Rng::stream(seed, "names", 0), taken: reserved.iter().map(|s| (*s).to_owned()).collect() }
    }
    /// A stem (`Tojavel`) and its symbol (`TOJA`).
    pub fn next(&mut self) -> (String, String) {
        loop {
            let letters = [self.one(CONSONANTS), self.one(VOWELS), self.one(b"JQ"), self.one(LAST)];
            let symbol = String::from_utf8_lossy(&letters).into_owned();
            if AVOIDED.contains(&&symbol[..3]) || self.taken.contains(&symbol) {
                continue;
            }
            self.taken.insert(symbol.clone());
            return (self.stem(&symbol), symbol);
        }
    }
    /// A stem and a three-letter root for class shares (`TOJ` of `TOJ/A`), whose spelling without a separator is taken as well.
    pub fn next_class(&mut self, class: char) -> (String, String) {
        loop {
            let (stem, symbol) = self.next();
            let root = symbol[..3].to_owned();
            let joined = format!("{root}{class}");
            if joined == symbol || self.taken.insert(joined) {
                return (stem, root);
            }
        }
    }
    /// A name that begins as the symbol does.
    pub fn stem(&mut self, symbol: &str) -> String {
        let mut stem = symbol[..1].to_owned() + &symbol[1..3].to_lowercase();
        let last = &symbol[3..4];
        if VOWELS.contains(&last.as_bytes()[0]) {
            stem += &last.to_lowercase();
        } else {
            stem.push(char::from(self.one(b"aeiou")));
            stem += &last.to_lowercase();
            return stem + self.rng.pick(&ENDS);
        }
        stem + self.rng.pick(&TAILS)
    }
    fn one(&mut self, letters: &[u8]) -> u8 {
        self.rng.pick(letters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_handed_out_once() {
        let mut names = Names::new(1, &["TOJA"]);
        let mut seen = BTreeSet::new();
        for _ in 0..3_000 {
            let (stem, symbol) = names.next();
            assert!(stem.to_uppercase().starts_with(&symbol[..3]), "{stem} {symbol}");
            assert!(symbol != "TOJA" && seen.insert(symbol));
        }
    }
}

//! Symbols as strings: one spelling for what publishers spell differently. A symbol is never an identity; see [`crate::identity`].

/// One spelling for a ticker: upper case, a dot before the class letter (`BRK/B`, `BRK-B` and `BRK.B` are `BRK.B`).
///
/// Indices keep their caret. Returns `None` where the text cannot be a symbol (empty, longer than 24 bytes, or with characters no
/// exchange uses).
pub fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 24 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        out.push(match c {
            'a'..='z' => c.to_ascii_uppercase(),
            'A'..='Z' | '0'..='9' | '.' | '^' | '=' | '+' | '$' | '*' | '#' => c,
            '/' | '-' | ' ' => '.',
            _ => return None,
        });
    }
    Some(out)
}

/// The spelling without its class separator (`MOG.A` is `MOGA`), for lists that drop it.
pub fn without_separator(symbol: &str) -> String {
    symbol.chars().filter(|c| *c != '.').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_shares_have_one_spelling() {
        for text in ["BRK/B", "BRK-B", "BRK.B", "brk.b", " BRK B "] {
            assert_eq!(canonical(text).as_deref(), Some("BRK.B"));
        }
        assert_eq!(without_separator("MOG.A"), "MOGA");
        assert_eq!(canonical("^TNX").as_deref(), Some("^TNX"));
        assert_eq!(canonical(""), None);
        assert_eq!(canonical("two\nlines"), None);
    }
}

//! Addresses: read strictly, shown never.

use std::fmt;

use unicode_security::{GeneralSecurityProfile, MixedScript, RestrictionLevel, RestrictionLevelDetection, skeleton};

/// A mail address in its canonical form: the domain in ASCII and lower case. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(String);

/// Why an address is not taken; it never repeats what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not an address.
    #[error("expected an address such as name@example.org")]
    Form,
    /// Longer than RFC 5321 allows.
    #[error("expected an address of at most 254 characters, 64 before the @")]
    Long,
    /// Line breaks, NULs and the like, which could smuggle headers in.
    #[error("the address holds control characters")]
    Control,
    /// Letters that look like others.
    #[error(
        "the address mixes scripts, or holds letters that pass for others; give the domain in its xn-- form if it is meant so"
    )]
    LookAlike,
}

impl Address {
    /// Reads an address. Comments, quoted local parts, routes and address literals are not taken: nobody who signs up has one.
    pub fn parse(text: &str) -> Result<Address, AddressError> {
        if text.len() > 1000 {
            return Err(AddressError::Long);
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}')) {
            return Err(AddressError::Control);
        }
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(AddressError::Form)?;
        // What stands before the @ is taken in ASCII alone: beyond it, two addresses may look the same.
        if !local.is_ascii() {
            return Err(AddressError::LookAlike);
        }
        let atom = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
        if local.is_empty() || !local.bytes().all(atom) || local.starts_with('.') || local.ends_with('.') || local.contains("..")
        {
            return Err(AddressError::Form);
        }
        let domain = domain_of(domain)?;
        if local.len() > 64 || local.len() + 1 + domain.len() > 254 {
            return Err(AddressError::Long);
        }
        Ok(Address(format!("{local}@{domain}")))
    }

    /// The address itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(…)")
    }
}

fn domain_of(text: &str) -> Result<String, AddressError> {
    if text.split('.').any(|label| !label.is_ascii() && deceptive(label)) {
        return Err(AddressError::LookAlike);
    }
    let host = url::Host::parse(text).map_err(|_| AddressError::Form)?;
    let url::Host::Domain(domain) = host else { return Err(AddressError::Form) };
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    let well = domain.contains('.') && domain.split('.').all(label) && !domain.ends_with(|c: char| c.is_ascii_digit());
    if well { Ok(domain) } else { Err(AddressError::Form) }
}

/// Whether a label mixes scripts, holds characters that identifiers may not, or, letter by letter, passes for an ASCII one
/// (Unicode Technical Standard 39).
fn deceptive(label: &str) -> bool {
    let lower = label.to_lowercase();
    !lower.chars().all(|c| c == '-' || c.identifier_allowed())
        || !lower.is_single_script()
        || !lower.replace('-', "").as_str().check_restriction_level(RestrictionLevel::SingleScript)
        || skeleton(&lower).all(|c| c.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_out_in_one_form() {
        for (given, expected) in [
            ("reader@example.org", "reader@example.org"),
            ("  Reader+alerts@EXAMPLE.org ", "Reader+alerts@example.org"),
            ("reader@bücher.example", "reader@xn--bcher-kva.example"),
            ("reader@пример.example", "reader@xn--e1afmkfd.example"),
            ("o'neil@mail.example.co.uk", "o'neil@mail.example.co.uk"),
        ] {
            assert_eq!(Address::parse(given).map(|a| a.0), Ok(expected.to_owned()), "{given}");
        }
    }

    #[test]
    fn header_injection_and_look_alikes_are_refused() {
        use AddressError::{Control, Form, Long, LookAlike};
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = "a".repeat(2000);
        for (given, expected) in [
            ("reader@example.org\r\nBcc: all@example.org", Control),
            ("reader@example.org\nX: y", Control),
            ("reader\0@example.org", Control),
            ("reader@example.org\u{2028}Bcc: x", Control),
            ("a@example.org, b@example.org", Form),
            ("a@b@example.org", Form),
            ("<reader@example.org>", Form),
            ("\"a b\"@example.org", Form),
            ("reader", Form),
            ("@example.org", Form),
            ("reader@", Form),
            ("reader@localhost", Form),
            ("reader@[127.0.0.1]", Form),
            ("reader@127.0.0.1", Form),
            ("reader@-x.org", Form),
            ("a..b@example.org", Form),
            ("reader@exa mple.org", Form),
            (&long, Long),
            (&longer, Long),
            // Cyrillic letters: one among Latin ones, and a whole label of them that reads as a Latin name.
            ("reader@ex\u{0430}mple.org", LookAlike),
            ("reader@\u{0430}\u{0440}\u{0440}\u{04cf}\u{0435}.com", LookAlike),
            ("re\u{0430}der@example.org", LookAlike),
            ("reader@exam\u{200b}ple.org", LookAlike),
            ("reader@ｅｘａｍｐｌｅ.org", LookAlike),
        ] {
            assert_eq!(Address::parse(given).map(|a| a.0), Err(expected), "{given:?}");
        }
    }

    #[test]
    fn an_address_is_never_shown() {
        let address = Address::parse("reader@example.org").unwrap();
        assert!(!format!("{address:?}").contains("reader"));
    }
}

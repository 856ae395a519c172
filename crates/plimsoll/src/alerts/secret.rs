//! Secrets: read from the environment or a file, never shown; the key behind signed links; tokens.

use std::fmt;
use std::io::Write;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::failure::Failure;

/// A text that must not be shown; its `Debug` says nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }
    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A secret from an environment variable or from a file, whichever is named.
pub fn read(what: &str, env: Option<&str>, file: Option<&Path>) -> Result<Option<Secret>, Failure> {
    match (env, file) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Failure::new(format!("[alerts]: {what}: name a variable or a file, not both"))),
        (Some(name), None) => match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => Ok(Some(Secret::new(text.trim()))),
            _ => Err(Failure::new(format!("[alerts]: {what}: the environment variable {name} is not set"))),
        },
        (None, Some(path)) => {
            let text =
                std::fs::read_to_string(path).map_err(|e| Failure::new(format!("[alerts]: {what}: {}: {e}", path.display())))?;
            match text.trim() {
                "" => Err(Failure::new(format!("[alerts]: {what}: {} is empty", path.display()))),
                text => Ok(Some(Secret::new(text))),
            }
        }
    }
}

/// What a signed link is for: a link for one purpose is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To leave; does not expire, because mails are kept for years.
    Leave,
    /// To see and change preferences.
    Preferences,
    /// The sender of the envelope, to which bounces come back.
    Bounce,
}

impl Purpose {
    fn word(self) -> &'static [u8] {
        match self {
            Purpose::Leave => b"leave",
            Purpose::Preferences => b"preferences",
            Purpose::Bounce => b"bounce",
        }
    }
}

/// The key that signs links. It is made once and lies beside the database, readable by its owner alone.
#[derive(Clone)]
pub struct Keys([u8; 32]);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(…)")
    }
}

const HANDLE: usize = 16;
const SIGNATURE: usize = 16;

impl Keys {
    /// Keys from bytes.
    pub fn new(bytes: [u8; 32]) -> Keys {
        Keys(bytes)
    }

    /// Reads the key of a folder, or makes it.
    pub fn open(folder: &Path) -> Result<Keys, Failure> {
        let path = folder.join("key");
        let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", path.display()));
        if let Some(keys) = Keys::stored(&path).map_err(fail)? {
            return Ok(keys);
        }
        // Written aside and moved to its place only where there is none, so that two programs that start at once agree on one.
        let fresh = folder.join(format!("key.{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        private(&mut options);
        let mut file = options.open(&fresh).map_err(fail)?;
        file.write_all(&random::<32>()?).and_then(|()| file.sync_all()).map_err(fail)?;
        let placed = std::fs::hard_link(&fresh, &path);
        std::fs::remove_file(&fresh).map_err(fail)?;
        match placed {
            Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => Err(fail(e)),
            _ => Keys::stored(&path).map_err(fail)?.ok_or_else(|| Failure::new(format!("{} is damaged", path.display()))),
        }
    }

    fn stored(path: &Path) -> std::io::Result<Option<Keys>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(bytes.try_into().ok().map(Keys)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn mac(&self, purpose: Purpose, message: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("a key of any length");
        mac.update(purpose.word());
        mac.update(&[0]);
        mac.update(message);
        mac
    }

    /// A token that names a subscriber by their handle until `expires` (seconds since 1970; 0 never).
    pub fn sign(&self, purpose: Purpose, handle: [u8; HANDLE], expires: u64) -> String {
        let mut bytes = handle.to_vec();
        bytes.extend(expires.to_be_bytes());
        let signature = self.mac(purpose, &bytes).finalize().into_bytes();
        bytes.extend(&signature[..SIGNATURE]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The handle that a token names; `None` where it was not signed here, is for something else, or has expired.
    pub fn verify(&self, purpose: Purpose, token: &str, now: u64) -> Option<[u8; HANDLE]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok().filter(|b| b.len() == HANDLE + 8 + SIGNATURE)?;
        let (message, signature) = bytes.split_at(HANDLE + 8);
        self.mac(purpose, message).verify_truncated_left(signature).ok()?;
        let expires = u64::from_be_bytes(message[HANDLE..].try_into().ok()?);
        (expires == 0 || now < expires).then(|| message[..HANDLE].try_into().expect("sixteen bytes"))
    }

    /// The tag of an envelope's sender: hexadecimal, because mail servers may fold the case of what stands before the `@`.
    pub fn bounce_tag(&self, handle: [u8; HANDLE]) -> String {
        let signature = self.mac(Purpose::Bounce, &handle).finalize().into_bytes();
        hex(&handle) + &hex(&signature[..8])
    }

    /// The handle that a bounce tag names.
    pub fn verify_bounce(&self, tag: &str) -> Option<[u8; HANDLE]> {
        let bytes = unhex(tag).filter(|b| b.len() == HANDLE + 8)?;
        let (handle, signature) = bytes.split_at(HANDLE);
        self.mac(Purpose::Bounce, handle).verify_truncated_left(signature).ok()?;
        handle.try_into().ok()
    }
}

/// Opened files are for their owner alone.
pub fn private(options: &mut std::fs::OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Failure::new(format!("no randomness: {e}")))?;
    Ok(bytes)
}

/// A token that nobody can guess, and the hash under which it is kept.
pub fn token() -> Result<(String, [u8; 32]), Failure> {
    let text = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let hash = token_hash(&text);
    Ok((text, hash))
}

/// The hash under which a token is kept.
pub fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hmac_agrees_with_rfc_4231() {
        // Test case 2.
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn tokens_are_good_for_one_purpose_one_person_and_their_time() {
        let keys = Keys::new([7; 32]);
        let token = keys.sign(Purpose::Preferences, [1; 16], 1000);
        assert_eq!(keys.verify(Purpose::Preferences, &token, 999), Some([1; 16]));
        assert_eq!(keys.verify(Purpose::Preferences, &token, 1000), None, "expired");
        assert_eq!(keys.verify(Purpose::Leave, &token, 0), None, "another purpose");
        assert_eq!(Keys::new([8; 32]).verify(Purpose::Preferences, &token, 0), None, "another key");
        for i in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[i] = if other[i] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert!(keys.verify(Purpose::Preferences, &other, 0).is_none_or(|_| other == token), "changed at {i}");
        }
        for junk in ["", "x", "é", &"A".repeat(10_000)] {
            assert_eq!(keys.verify(Purpose::Preferences, junk, 0), None);
        }
        let tag = keys.bounce_tag([3; 16]);
        assert!(tag.len() + "bounces+".len() <= 64, "fits before the @");
        assert_eq!(keys.verify_bounce(&tag.to_uppercase()), Some([3; 16]));
        assert_eq!(keys.verify_bounce(&tag.replace("03", "04")), None);
    }

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::open(dir.path()).unwrap();
        assert_eq!(first.0, Keys::open(dir.path()).unwrap().0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(dir.path().join("key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(!format!("{first:?} {:?}", Secret::new("hush")).contains("hush"));
    }
}

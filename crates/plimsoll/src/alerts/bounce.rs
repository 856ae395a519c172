//! Mails that came back: delivery status notifications (RFC 3464), as a mail server files them in the bounce mailbox.
//!
//! Anybody can send a forged notification. So one counts only where it was sent to an envelope sender that this program signed
//! (VERP): only who saw the mail knows it.

use std::path::Path;

use mail_parser::{MessageParser, MimeHeaders};

use super::outbox;
use super::secret::Keys;
use super::state::State;
use crate::failure::Failure;

/// What a notification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Delivery failed for good to the subscriber with this handle.
    Failed([u8; 16]),
    /// It may still succeed, or did.
    Passing,
    /// Not a notification.
    Other,
    /// A notification that is not about a mail of ours.
    Foreign,
}

/// Reads one message.
pub fn read(keys: &Keys, message: &[u8]) -> Finding {
    let Some(parsed) = MessageParser::default().parse(message) else { return Finding::Other };
    let status = parsed.parts.iter().find_map(|part| {
        let kind = part.content_type()?;
        let named = kind.ctype().eq_ignore_ascii_case("message") && kind.subtype()?.eq_ignore_ascii_case("delivery-status");
        named.then(|| String::from_utf8_lossy(part.contents()).into_owned())
    });
    let Some(status) = status else { return Finding::Other };
    // The recipient of the notification is the sender of the envelope.
    let head = &message[..parsed.parts.first().map_or(message.len(), |p| p.offset_body as usize).min(message.len())];
    let Some(handle) = tags(&String::from_utf8_lossy(head)).find_map(|tag| keys.verify_bounce(tag)) else {
        return Finding::Foreign;
    };
    let field = |name: &str| {
        status.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_ascii_lowercase())
        })
    };
    let failed = field("action").is_some_and(|a| a.starts_with("failed")) && field("status").is_some_and(|s| s.starts_with("5."));
    if failed { Finding::Failed(handle) } else { Finding::Passing }
}

/// What stands between `+` and `@` in a text.
fn tags(text: &str) -> impl Iterator<Item = &str> {
    text.split('@').filter_map(|before| before.rsplit_once('+').map(|(_, tag)| tag.trim()))
}

/// What reading a mailbox did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Messages read.
    pub messages: usize,
    /// Notifications of a failure for good.
    pub failed: usize,
    /// Subscribers whose mails were stopped by them.
    pub stopped: usize,
    /// Notifications about mails that are not ours.
    pub foreign: usize,
}

/// Applies the notifications in a text: one message, or a mailbox of them (mbox).
pub fn apply(state: &State, bytes: &[u8]) -> Result<Read, Failure> {
    let mut read_so_far = Read::default();
    for message in split(bytes) {
        read_so_far.messages += 1;
        match read(&state.keys, message) {
            Finding::Failed(handle) => {
                read_so_far.failed += 1;
                read_so_far.stopped += usize::from(state.write(|tx| outbox::bounce(tx, handle))?);
            }
            Finding::Foreign => read_so_far.foreign += 1,
            Finding::Passing | Finding::Other => {}
        }
    }
    Ok(read_so_far)
}

/// Applies every message of a file or a folder (a maildir's `new` and `cur`, or plain files).
pub fn apply_path(state: &State, path: &Path) -> Result<Read, Failure> {
    let fail = |e: std::io::Error| Failure::new(format!("{}: {e}", path.display()));
    let mut files = Vec::new();
    if path.is_dir() {
        for folder in [path.to_owned(), path.join("new"), path.join("cur")].iter().filter(|f| f.is_dir()) {
            for entry in std::fs::read_dir(folder).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                if entry.file_type().map_err(fail)?.is_file() {
                    files.push(entry.path());
                }
            }
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let mut all = Read::default();
    for file in files {
        let one = apply(state, &std::fs::read(&file).map_err(fail)?)?;
        all.messages += one.messages;
        all.failed += one.failed;
        all.stopped += one.stopped;
        all.foreign += one.foreign;
    }
    Ok(all)
}

/// The messages of an mbox; a file that does not begin like one is one message.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    if !bytes.starts_with(b"From ") {
        return if bytes.is_empty() { Vec::new() } else { vec![bytes] };
    }
    let mut starts: Vec<usize> = vec![0];
    starts.extend(bytes.windows(7).enumerate().filter(|(_, w)| *w == b"\n\nFrom ").map(|(i, _)| i + 2));
    starts.push(bytes.len());
    let body = |w: &[usize]| -> (usize, usize) {
        let line = bytes[w[0]..w[1]].iter().position(|b| *b == b'\n').map_or(w[1], |n| w[0] + n + 1);
        (line, w[1])
    };
    starts.windows(2).map(body).map(|(a, b)| &bytes[a..b]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notification(to: &str, action: &str, status: &str) -> String {
        format!(
            "Return-path: <>\r\nFrom: Mail Delivery System <Mailer-Daemon@mx.example.org>\r\nTo: {to}\r\nSubject: returning message to sender\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b1\r\n\r\n\
             --b1\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n\
             --b1\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
             Action: {action}\r\nFinal-Recipient: rfc822;reader@example.org\r\nStatus: {status}\r\n\r\n--b1--\r\n"
        )
    }

    #[test]
    fn only_a_signed_failure_for_good_counts() {
        let keys = Keys::new([9; 32]);
        let signed = format!("bounces+{}@example.org", keys.bounce_tag([5; 16]));
        let found = |to: &str, action: &str, status: &str| read(&keys, notification(to, action, status).as_bytes());
        assert_eq!(found(&signed, "failed", "5.1.1"), Finding::Failed([5; 16]));
        assert_eq!(found(&format!("<{}>", signed.to_uppercase()), "failed", "5.0.0"), Finding::Failed([5; 16]));
        assert_eq!(found(&signed, "delayed", "4.4.1"), Finding::Passing);
        assert_eq!(found(&signed, "failed", "4.4.7"), Finding::Passing);
        let forged = format!("bounces+{}@example.org", Keys::new([8; 32]).bounce_tag([5; 16]));
        assert_eq!(found(&forged, "failed", "5.1.1"), Finding::Foreign);
        assert_eq!(found("bounces@example.org", "failed", "5.1.1"), Finding::Foreign);
        assert_eq!(read(&keys, b"Subject: hello\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n"), Finding::Other);
        assert_eq!(read(&keys, b""), Finding::Other);
    }

    #[test]
    fn a_mailbox_is_read_message_by_message() {
        let one = notification("x", "failed", "5.1.1").replace("\r\n", "\n");
        let mbox = format!("From a Thu Jan  1 00:00:00 2026\n{one}\nFrom b Thu Jan  1 00:00:00 2026\n{one}\n");
        let parts = split(mbox.as_bytes());
        assert_eq!(parts.len(), 2);
        assert!(parts.iter().all(|p| p.starts_with(b"Return-path")));
        assert_eq!(split(one.as_bytes()).len(), 1);
        assert!(split(b"").is_empty());
    }
}

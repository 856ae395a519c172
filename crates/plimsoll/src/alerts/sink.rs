//! Alerts as JSON lines in a file, each exactly once; and on standard output.

use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::json;

use super::mail::plain;
use super::outbox::{Ended, Letter, Message};
use crate::failure::Failure;

/// Adds a message to a file of JSON lines. Where an earlier try may have written it, the file is asked.
pub fn append(path: &Path, message: &Message, go: &mut dyn FnMut() -> Result<bool, Failure>) -> Result<Ended, Failure> {
    let later = |e: std::io::Error| Ended::Later { said: format!("the file: {}", e.kind()), wait: None, away: true };
    let opened = OpenOptions::new().create(true).read(true).append(true).open(path).and_then(|f| f.lock().map(|()| f));
    let mut file = match opened {
        Ok(file) => file,
        Err(e) => return Ok(later(e)),
    };
    let mut text = Vec::new();
    let from = if message.doubts > 0 { SeekFrom::Start(0) } else { SeekFrom::End(-tail(&file)) };
    if let Err(e) = file.seek(from).and_then(|_| file.read_to_end(&mut text)) {
        return Ok(later(e));
    }
    // A line that was torn apart is ended, so that what follows stands on its own.
    let start = if text.is_empty() || text.ends_with(b"\n") { "" } else { "\n" };
    if String::from_utf8_lossy(&text).lines().any(|line| holds(line, &message.key)) {
        return Ok(match file.write_all(start.as_bytes()) {
            Ok(()) => Ended::Done,
            Err(e) => later(e),
        });
    }
    if !go()? {
        return Ok(Ended::Later { said: "stopped".into(), wait: None, away: false });
    }
    let test = matches!(message.letter, Some(Letter::Test));
    let line = json!({ "id": message.key, "type": if test { "test" } else { "alert" }, "alerts": message.alerts });
    match file.write_all(format!("{start}{line}\n").as_bytes()).and_then(|()| file.sync_data()) {
        Ok(()) => Ok(Ended::Done),
        Err(e) => Ok(Ended::Doubtful { said: format!("the file: {}", e.kind()) }),
    }
}

/// The last byte of a file, where it has one.
fn tail(file: &std::fs::File) -> i64 {
    i64::from(file.metadata().is_ok_and(|m| m.len() > 0))
}

fn holds(line: &str, key: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(line).is_ok_and(|v| v["id"] == key)
}

/// Prints a message.
pub fn print(message: &Message, go: &mut dyn FnMut() -> Result<bool, Failure>) -> Result<Ended, Failure> {
    if !go()? {
        return Ok(Ended::Later { said: "stopped".into(), wait: None, away: false });
    }
    let mut text = String::new();
    for alert in &message.alerts {
        text.push_str(&plain(alert));
        text.push('\n');
    }
    if matches!(message.letter, Some(Letter::Test)) {
        text.push_str("A trial of Plimsoll alerts: the channel works. Nothing changed.\n");
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(Ended::Done),
        Err(e) => Ok(Ended::Later { said: format!("standard output: {}", e.kind()), wait: None, away: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(key: &str, doubts: u32) -> Message {
        Message {
            id: 1,
            key: key.into(),
            channel: "file".into(),
            address: None,
            handle: None,
            letter: None,
            alerts: Vec::new(),
            quiet: None,
            created: jiff::Timestamp::UNIX_EPOCH,
            attempts: 0,
            doubts,
        }
    }

    #[test]
    fn a_line_cut_anywhere_by_a_crash_is_there_once_in_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("alerts.jsonl");
        let mut go = || Ok(true);
        append(&path, &message("first", 0), &mut go).unwrap();
        let before = std::fs::read(&path).unwrap();
        append(&path, &message("second", 0), &mut go).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for cut in before.len()..=whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            // The try that was cut off is tried again, in doubt.
            assert_eq!(append(&path, &message("second", 1), &mut go).unwrap(), Ended::Done);
            let text = std::fs::read_to_string(&path).unwrap();
            let count = |key: &str| text.lines().filter(|l| holds(l, key)).count();
            assert_eq!((count("first"), count("second")), (1, 1), "cut at {cut}: {text}");
        }
    }

    #[test]
    fn what_was_stopped_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("alerts.jsonl");
        append(&path, &message("x", 0), &mut || Ok(false)).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    }
}

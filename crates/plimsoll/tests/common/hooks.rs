//! A receiver of webhooks on loopback that can be made to fail in the ways that receivers do.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// Answers with 200.
pub const FINE: u8 = 0;
/// Answers with 503 and keeps nothing.
pub const AWAY: u8 = 1;
/// Keeps the request and closes the connection without an answer.
pub const LOST: u8 = 2;
/// Answers with 404.
pub const GONE: u8 = 3;

/// A request that was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The receiver.
#[derive(Clone)]
pub struct Hooks {
    pub port: u16,
    mode: Arc<AtomicU8>,
    kept: Arc<Mutex<Vec<Kept>>>,
}

impl Hooks {
    pub fn start() -> Hooks {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hooks = Hooks { port: listener.local_addr().unwrap().port(), mode: Arc::default(), kept: Arc::default() };
        let served = hooks.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let served = served.clone();
                std::thread::spawn(move || served.answer(stream));
            }
        });
        hooks
    }

    pub fn mode(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
    }

    pub fn kept(&self) -> Vec<Kept> {
        self.kept.lock().unwrap().clone()
    }

    fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            match line.trim_end().split_once(':') {
                Some((k, v)) => headers.insert(k.to_ascii_lowercase(), v.trim().to_owned()),
                None => break,
            };
        }
        let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        let mode = self.mode.load(Ordering::SeqCst);
        if matches!(mode, FINE | LOST) {
            self.kept.lock().unwrap().push(Kept { headers, body: String::from_utf8(body).ok()? });
        }
        let status = match mode {
            FINE => "200 OK",
            AWAY => "503 Service Unavailable",
            GONE => "404 Not Found",
            _ => return None,
        };
        let mut stream = stream;
        stream.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes()).ok()
    }
}

//! Exim from Debian on loopback, with a configuration of its own: it refuses, defers, bounces and delivers into a maildir.
#![allow(dead_code)]

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running mail server.
pub struct Exim {
    pub dir: PathBuf,
    /// The port that speaks STARTTLS, and plain.
    pub port: u16,
    /// The port that speaks TLS from the first byte.
    pub tls_port: u16,
    daemon: Option<Child>,
}

/// A mail as it was delivered.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub to: String,
    pub from: String,
    pub message_id: String,
    pub raw: String,
}

impl Delivered {
    /// A header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.raw, name)
    }
}

pub fn header(raw: &str, name: &str) -> Option<String> {
    headers(raw, name).into_iter().next()
}

pub fn headers(raw: &str, name: &str) -> Vec<String> {
    let head = raw.split("\n\n").next().unwrap_or_default().replace("\n ", " ").replace("\n\t", " ");
    head.lines()
        .filter_map(|l| l.split_once(':'))
        .filter(|(k, _)| k.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.trim().to_owned())
        .collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn program() -> PathBuf {
    ["/usr/sbin/exim4", "/usr/sbin/exim"]
        .iter()
        .map(PathBuf::from)
        .find(|p| p.exists())
        .expect("Exim is installed: scripts/setup.sh installs exim4-daemon-light")
}

fn output(command: &mut Command) -> String {
    let o = command.output().expect("the program runs");
    assert!(o.status.success(), "{command:?}: {}", String::from_utf8_lossy(&o.stderr));
    String::from_utf8_lossy(&o.stdout).trim().to_owned()
}

impl Exim {
    /// Starts it in a folder, which everybody must be able to enter.
    pub fn start(dir: &Path) -> Exim {
        let dir = dir.join("exim");
        for sub in ["spool", "log", "mail", "flags"] {
            std::fs::create_dir_all(dir.join(sub)).unwrap();
        }
        certificates(&dir);
        let mut exim = Exim { port: free_port(), tls_port: free_port(), dir, daemon: None };
        exim.configure();
        exim.up();
        exim
    }

    fn configure(&self) {
        let root = output(Command::new("id").arg("-u")) == "0";
        // Exim never delivers as root: started by root it runs as its own user, else as whoever started it.
        let user =
            if root { output(Command::new(program()).args(["-C", "/dev/null", "-bP", "exim_user"])) } else { String::new() };
        let user = user.rsplit('=').next().unwrap_or_default().trim().to_owned();
        let user = if user.is_empty() { output(Command::new("id").arg("-un")) } else { user };
        let config = CONFIG
            .replace("@DIR@", &self.dir.display().to_string())
            .replace("@USER@", &user)
            .replace("@PORT@", &self.port.to_string())
            .replace("@TLS@", &self.tls_port.to_string());
        std::fs::write(self.dir.join("exim.conf"), config).unwrap();
        if root {
            output(Command::new("chown").args(["-R", &user]).arg(&self.dir));
            // The configuration itself must belong to root.
            output(Command::new("chown").arg("root").arg(self.dir.join("exim.conf")));
        }
    }

    /// Starts the daemon.
    pub fn up(&mut self) {
        if self.daemon.is_some() {
            return;
        }
        let mut child = Command::new(program())
            .args(["-bdf", "-q1s", "-C"])
            .arg(self.dir.join("exim.conf"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.dir.join("stderr")).unwrap())
            .spawn()
            .expect("Exim starts");
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("Exim ended with {status}: {}", self.log());
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "Exim does not listen: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.daemon = Some(child);
    }

    /// Stops the daemon.
    pub fn down(&mut self) {
        if let Some(mut child) = self.daemon.take() {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }

    /// Raises or lowers a flag that the configuration looks at.
    pub fn flag(&self, name: &str, on: bool) {
        let path = self.dir.join("flags").join(name);
        if on {
            std::fs::write(path, "").unwrap();
        } else {
            let _ = std::fs::remove_file(path);
        }
    }

    /// What the server says of itself.
    pub fn log(&self) -> String {
        ["stderr", "log/mainlog", "log/paniclog", "log/rejectlog"]
            .iter()
            .map(|f| std::fs::read_to_string(self.dir.join(f)).unwrap_or_default())
            .collect()
    }

    /// Every mail delivered so far.
    pub fn delivered(&self) -> Vec<Delivered> {
        let folder = self.dir.join("mail/all/new");
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder).into_iter().flatten().map(|e| e.unwrap().path()).collect();
        files.sort();
        files
            .iter()
            .map(|f| {
                let raw = String::from_utf8_lossy(&std::fs::read(f).unwrap()).replace("\r\n", "\n");
                let clean = |name| header(&raw, name).unwrap_or_default().trim_matches(['<', '>']).to_owned();
                Delivered { to: clean("Envelope-to"), from: clean("Return-path"), message_id: clean("Message-ID"), raw }
            })
            .collect()
    }

    /// Waits until at least so many mails to an address are there.
    pub fn wait_for(&self, to: &str, n: usize) -> Vec<Delivered> {
        let begun = Instant::now();
        loop {
            let found: Vec<Delivered> = self.delivered().into_iter().filter(|d| d.to.contains(to)).collect();
            if found.len() >= n {
                return found;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{} of {n} mails to {to}: {}", found.len(), self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The section of the configuration that sends through this server.
    pub fn section(&self, tls: &str) -> String {
        let port = if tls == "tls" { self.tls_port } else { self.port };
        format!(
            "[alerts.smtp]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca_file = \"{}\"\nhello = \"localhost\"\n\
             from = \"Plimsoll <alerts@example.org>\"\nbounces = \"bounces@example.org\"\n",
            self.dir.join("ca.pem").display()
        )
    }
}

impl Drop for Exim {
    fn drop(&mut self) {
        self.down();
    }
}

/// An authority of our own and a certificate for `localhost` that it signed.
fn certificates(dir: &Path) {
    let run = |arguments: &[&str]| output(Command::new("openssl").args(arguments).current_dir(dir).stderr(Stdio::piped()));
    let new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let ca = ["req", "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority"];
    run(&[&ca[..], &new[..]].concat());
    let request = ["req", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost"];
    run(&[&request[..], &new[..]].concat());
    std::fs::write(dir.join("extensions"), "subjectAltName = DNS:localhost\nbasicConstraints = CA:FALSE\n").unwrap();
    run(&[
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "server.pem",
        "-days",
        "2",
        "-extfile",
        "extensions",
    ]);
}

/// `@DIR@`, `@USER@`, `@PORT@` and `@TLS@` are filled in.
const CONFIG: &str = include_str!("exim.conf");

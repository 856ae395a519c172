//! Handing a mail to a server: TLS, what refusals mean, and the one moment after which it may have been taken.

use std::time::Duration;

use lettre::Address as Mailbox;
use lettre::message::Mailbox as Named;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;

use super::outbox::Ended;
use super::secret;
use super::settings::{Smtp, Tls};
use crate::failure::Failure;

/// A sender of mail; its connection is kept between messages.
pub struct Mailer {
    smtp: Smtp,
    timeout: Duration,
    connection: Option<SmtpConnection>,
}

/// A mail and the addresses of its envelope.
pub struct Outgoing {
    /// Where bounces go.
    pub from: Mailbox,
    /// To whom.
    pub to: Mailbox,
    /// The message.
    pub bytes: Vec<u8>,
}

/// The sender that readers see.
pub fn sender(smtp: &Smtp) -> Result<Named, Failure> {
    let wrong =
        |what: &str| Failure::new(format!("[alerts.smtp]: {what}: expected an address such as Plimsoll <alerts@example.org>"));
    if let Some(bounces) = &smtp.bounces {
        let address: Mailbox = bounces.parse().map_err(|_| wrong("bounces"))?;
        // The tag takes 48 characters and a sign of the 64 that may stand before the @.
        if address.user().len() > 15 {
            return Err(Failure::new("[alerts.smtp]: bounces: at most 15 characters before the @, because a tag follows them"));
        }
    }
    smtp.from.parse().map_err(|_| wrong("from"))
}

impl Mailer {
    /// A sender; nothing is connected yet.
    pub fn new(smtp: &Smtp, timeout: Duration) -> Mailer {
        Mailer { smtp: smtp.clone(), timeout, connection: None }
    }

    /// Sends one mail. `go` is called at the last moment at which it has surely not been taken: the server has accepted the recipient
    /// and waits for the text. Where it says no, nothing is sent.
    pub fn send(&mut self, mail: &Outgoing, go: &mut dyn FnMut() -> Result<bool, Failure>) -> Result<Ended, Failure> {
        let kept = self.connection.take().and_then(|mut c| (!c.has_broken() && c.command(Rset).is_ok()).then_some(c));
        let mut connection = match kept {
            Some(kept) => kept,
            None => match self.connect()? {
                Ok(connection) => connection,
                Err(ended) => return Ok(ended),
            },
        };
        if let Err(e) = connection.command(Mail::new(Some(mail.from.clone()), vec![])) {
            return Ok(self.refused(connection, &e, Stage::Sender));
        }
        if let Err(e) = connection.command(Rcpt::new(mail.to.clone(), vec![])) {
            return Ok(self.refused(connection, &e, Stage::Recipient));
        }
        if let Err(e) = connection.command(Data) {
            return Ok(self.refused(connection, &e, Stage::Data));
        }
        if !go()? {
            connection.abort();
            return Ok(Ended::Later { said: "stopped".into(), wait: None, away: false });
        }
        match connection.message(&mail.bytes) {
            Ok(_) => {
                self.connection = Some(connection);
                Ok(Ended::Done)
            }
            Err(e) if e.status().is_some() => Ok(self.refused(connection, &e, Stage::Text)),
            Err(e) => Ok(Ended::Doubtful { said: format!("the answer to the message was lost: {}", plain(&e)) }),
        }
    }

    /// Ends the connection politely.
    pub fn quit(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            let _ = connection.quit();
        }
    }

    fn connect(&self) -> Result<Result<SmtpConnection, Ended>, Failure> {
        let smtp = &self.smtp;
        let away = |said: String| Ok(Err(Ended::Later { said, wait: None, away: true }));
        let hello = smtp.hello.as_ref().map_or_else(ClientId::default, |h| ClientId::Domain(h.clone()));
        let port = smtp.port.unwrap_or(match smtp.tls {
            Tls::Tls => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        });
        let tls = self.tls()?;
        let wrapped = (smtp.tls == Tls::Tls).then_some(&tls);
        let connected = SmtpConnection::connect((smtp.host.as_str(), port), Some(self.timeout), &hello, wrapped, None);
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(e) => return away(format!("connecting: {}", plain(&e))),
        };
        if smtp.tls == Tls::Starttls {
            // Never in the clear where encryption was asked for, whatever the server offers.
            if !connection.can_starttls() {
                connection.abort();
                return away("the server offers no STARTTLS".into());
            }
            if let Err(e) = connection.starttls(&tls, &hello) {
                return away(format!("STARTTLS: {}", plain(&e)));
            }
        }
        if let Some(user) = &smtp.user {
            let password = secret::read("smtp.password", smtp.password_env.as_deref(), smtp.password_file.as_deref())?
                .ok_or_else(|| Failure::new("[alerts.smtp]: `user` needs password_env or password_file"))?;
            let credentials = Credentials::new(user.clone(), password.expose().to_owned());
            if let Err(e) = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials) {
                return away(format!("signing in: {}", plain(&e)));
            }
        }
        Ok(Ok(connection))
    }

    fn tls(&self) -> Result<TlsParameters, Failure> {
        let mut builder = TlsParameters::builder(self.smtp.host.clone());
        if let Some(path) = &self.smtp.ca_file {
            let pem =
                std::fs::read(path).map_err(|e| Failure::new(format!("[alerts.smtp]: ca_file: {}: {e}", path.display())))?;
            let certificate = Certificate::from_pem(&pem)
                .map_err(|e| Failure::new(format!("[alerts.smtp]: ca_file: {}: {e}", path.display())))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|e| Failure::new(format!("[alerts.smtp]: {e}")))
    }

    /// What a refusal means; the connection is kept where the server still talks.
    fn refused(&mut self, mut connection: SmtpConnection, error: &Error, stage: Stage) -> Ended {
        let Some(code) = error.status() else {
            connection.abort();
            return Ended::Later { said: format!("the connection broke: {}", plain(error)), wait: None, away: true };
        };
        self.connection = Some(connection);
        let code: u16 = code.into();
        let enhanced = enhanced(&error.to_string());
        let said = match &enhanced {
            Some(enhanced) => format!("{code} {enhanced} {}", stage.word()),
            None => format!("{code} {}", stage.word()),
        };
        if code < 500 {
            let away = matches!(stage, Stage::Sender) || code == 421;
            return Ended::Later { said, wait: None, away };
        }
        // A recipient who is unknown (5.1) or closed (5.2.1) will stay so; policy (5.7) and full mailboxes say nothing of the address.
        let gone = match enhanced.as_deref() {
            Some(e) => e.starts_with("5.1.") || e == "5.2.1",
            None => matches!(code, 550 | 551 | 553),
        };
        Ended::Never { said, recipient: matches!(stage, Stage::Recipient) && gone }
    }
}

#[derive(Clone, Copy)]
enum Stage {
    Sender,
    Recipient,
    Data,
    Text,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Sender => "after MAIL",
            Stage::Recipient => "after RCPT",
            Stage::Data => "after DATA",
            Stage::Text => "after the text",
        }
    }
}

/// An error without anything that a server said: its words may repeat the address.
fn plain(error: &Error) -> String {
    match error.status() {
        Some(code) => format!("refused with {}", u16::from(code)),
        None => error.to_string(),
    }
}

/// The enhanced status code (RFC 3463) in an answer: digits and dots alone, nothing else of what was said.
pub fn enhanced(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).find(|word| is_enhanced(word)).map(str::to_owned)
}

fn is_enhanced(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3 && matches!(parts[0], "2" | "4" | "5") && parts[1..].iter().all(|p| !p.is_empty() && p.len() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_answer_only_the_code_is_kept() {
        assert_eq!(enhanced("permanent error (550): 5.1.1 <reader@example.org>: user unknown"), Some("5.1.1".into()));
        assert_eq!(enhanced("transient error (451): 4.7.1 greylisted, try in 1.5 minutes"), Some("4.7.1".into()));
        assert_eq!(enhanced("550 no such user at 192.0.2.1"), None);
    }
}

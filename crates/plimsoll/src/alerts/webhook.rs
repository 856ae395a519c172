//! Webhooks: signed as the Standard Webhooks specification says (standardwebhooks.com), and the bodies that Slack and Discord take.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::alert::Alert;
use super::outbox::{Ended, Letter, Message};
use super::secret::{self, Secret, hmac_sha256};
use super::settings::{Channel, ChannelKind, loopback};
use crate::failure::Failure;

/// The value of `webhook-signature`: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in Base64. A key that begins with `whsec_` is Base64.
pub fn signature(key: &Secret, id: &str, timestamp: i64, body: &str) -> String {
    let text = key.expose();
    let bytes = text.strip_prefix("whsec_").and_then(|b| STANDARD.decode(b).ok()).unwrap_or_else(|| text.as_bytes().to_vec());
    let mac = hmac_sha256(&bytes, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac))
}

/// Posts a message. `go` is called before anything leaves.
pub fn send(
    name: &str,
    channel: &Channel,
    message: &Message,
    timeout: Duration,
    go: &mut dyn FnMut() -> Result<bool, Failure>,
) -> Result<Ended, Failure> {
    let address = channel.address(name)?;
    let agent = agent(name, channel, &address, timeout)?;
    let body = body(channel.kind, message).to_string();
    let mut request = agent
        .post(address.expose())
        .header("content-type", "application/json")
        .header("user-agent", concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
        .header("idempotency-key", &message.key);
    if channel.kind == ChannelKind::Webhook {
        let what = format!("channel.{name}.secret");
        let key = secret::read(&what, channel.secret_env.as_deref(), channel.secret_file.as_deref())?
            .ok_or_else(|| Failure::new(format!("[alerts.channel.{name}]: needs a key")))?;
        // Stamped at every try, so that a receiver may refuse what is replayed late.
        let stamp = Timestamp::now().as_second();
        request = request
            .header("webhook-id", &message.key)
            .header("webhook-timestamp", stamp.to_string())
            .header("webhook-signature", signature(&key, &message.key, stamp, &body));
    }
    if !go()? {
        return Ok(Ended::Later { said: "stopped".into(), wait: None, away: false });
    }
    match request.send(&body) {
        Ok(response) => {
            let wait =
                response.headers().get("retry-after").and_then(|v| v.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
            Ok(answered(response.status().as_u16(), wait.map(|w| w.min(Duration::from_secs(86_400)))))
        }
        Err(e) => Ok(failed(&e)),
    }
}

fn answered(status: u16, wait: Option<Duration>) -> Ended {
    let said = format!("HTTP {status}");
    match status {
        200..=299 => Ended::Done,
        408 | 425 | 429 | 500..=599 => Ended::Later { said, wait, away: status == 429 || status == 503 },
        _ => Ended::Never { said, recipient: false },
    }
}

/// Errors never show the address: it may be a secret.
fn failed(error: &ureq::Error) -> Ended {
    use ureq::{Error, Timeout};
    let away = |said: &str| Ended::Later { said: said.into(), wait: None, away: true };
    match error {
        Error::HostNotFound | Error::Timeout(Timeout::Resolve) => away("the host is not known"),
        Error::ConnectionFailed | Error::Timeout(Timeout::Connect) => away("no connection"),
        Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => away("the connection was refused"),
        Error::Tls(_) | Error::Rustls(_) => away("the certificate is not trusted"),
        Error::Io(e) => Ended::Doubtful { said: format!("the connection broke: {}", e.kind()) },
        Error::Timeout(_) => Ended::Doubtful { said: "no answer in time".into() },
        _ => Ended::Doubtful { said: "the answer could not be read".into() },
    }
}

fn agent(name: &str, channel: &Channel, address: &Secret, timeout: Duration) -> Result<ureq::Agent, Failure> {
    let mut config = ureq::Agent::config_builder()
        .timeout_global(Some(timeout))
        .timeout_connect(Some(timeout.min(Duration::from_secs(10))))
        .max_redirects(0)
        .http_status_as_error(false);
    if url::Url::parse(address.expose()).is_ok_and(|u| loopback(u.host_str().unwrap_or_default())) {
        config = config.proxy(None);
    }
    if let Some(path) = &channel.ca_file {
        let wrong =
            |e: &dyn std::fmt::Display| Failure::new(format!("[alerts.channel.{name}]: ca_file: {}: {e}", path.display()));
        let pem = std::fs::read(path).map_err(|e| wrong(&e))?;
        let certificate = Certificate::from_pem(&pem).map_err(|e| wrong(&e))?;
        let roots = RootCerts::Specific(Arc::new(vec![certificate]));
        config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
    }
    Ok(config.build().new_agent())
}

/// The body that a kind of channel takes.
pub fn body(kind: ChannelKind, message: &Message) -> Value {
    match kind {
        ChannelKind::Slack => slack(message),
        ChannelKind::Discord => discord(message),
        _ => {
            let what = if matches!(message.letter, Some(Letter::Test)) { "test" } else { "alert" };
            json!({ "type": what, "id": message.key, "timestamp": message.created.to_string(), "alerts": message.alerts })
        }
    }
}

const TRIAL: &str = "A trial of Plimsoll alerts: the channel works. Nothing changed.";

/// Slack's escapes (docs.slack.dev, formatting message text).
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

fn details(alert: &Alert) -> Vec<(String, String)> {
    let figures = alert.figures.iter().map(|f| (f.label.clone(), f.value.clone()));
    std::iter::once(("Since".to_owned(), alert.since.to_string())).chain(figures).collect()
}

/// Blocks of Slack: a header of at most 150 characters, sections of at most 3000, ten fields each.
fn slack(message: &Message) -> Value {
    let mut blocks = Vec::new();
    for alert in &message.alerts {
        blocks.push(json!({ "type": "header", "text": { "type": "plain_text", "text": short(&alert.headline, 150) } }));
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": short(&escaped(&alert.changed), 3000) } }));
        let field = |(label, value): &(String, String)| json!({ "type": "mrkdwn", "text": short(&format!("*{}*\n{}", escaped(label), escaped(value)), 2000) });
        blocks.push(json!({ "type": "section", "fields": details(alert).iter().take(10).map(field).collect::<Vec<_>>() }));
        let mut foot = vec![format!("As of {}", alert.day)];
        if !alert.wrong.is_empty() {
            foot.push(format!("What would make it wrong: {}", escaped(&alert.wrong)));
        }
        foot.push(match &alert.link {
            Some(link) => format!("<{link}|The report of that day>"),
            None => format!("`{}`", alert.command),
        });
        blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": short(&foot.join(" · "), 3000) }] }));
    }
    let text = message.alerts.first().map_or_else(|| TRIAL.to_owned(), |a| escaped(&a.headline));
    if blocks.is_empty() { json!({ "text": text }) } else { json!({ "text": text, "blocks": blocks }) }
}

/// Embeds of Discord: a title of at most 256 characters, a description of at most 4096; nobody is pinged.
fn discord(message: &Message) -> Value {
    let embed = |alert: &Alert| {
        let field =
            |(label, value): &(String, String)| json!({ "name": short(label, 256), "value": short(value, 1024), "inline": true });
        let mut embed = json!({
            "title": short(&alert.headline, 256),
            "description": short(&alert.changed, 4096),
            "fields": details(alert).iter().take(25).map(field).collect::<Vec<_>>(),
            "footer": { "text": short(&format!("As of {}. {}", alert.day, alert.wrong), 2048) },
        });
        if let Some(link) = &alert.link {
            embed["url"] = json!(link);
        }
        embed
    };
    let embeds: Vec<Value> = message.alerts.iter().take(10).map(embed).collect();
    let content = if embeds.is_empty() { TRIAL } else { "" };
    json!({ "content": content, "embeds": embeds, "allowed_mentions": { "parse": [] } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the specification's reference library (its tests): key, id, timestamp, body, signature.
        let key = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_an_answer_means() {
        assert_eq!(answered(204, None), Ended::Done);
        assert!(matches!(answered(404, None), Ended::Never { .. }));
        assert!(matches!(answered(301, None), Ended::Never { .. }));
        let wait = Some(Duration::from_secs(7));
        assert_eq!(answered(429, wait), Ended::Later { said: "HTTP 429".into(), wait, away: true });
        assert!(matches!(answered(500, None), Ended::Later { .. }));
    }

    #[test]
    fn markup_in_a_thesis_stays_text_in_slack() {
        assert_eq!(escaped("<!channel> & <https://x|y>"), "&lt;!channel&gt; &amp; &lt;https://x|y&gt;");
        assert_eq!(short("abcdef", 4), "abc…");
    }
}

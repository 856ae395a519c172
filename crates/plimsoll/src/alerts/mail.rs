//! The mails: multipart with text, HTML and the small charts; every header that a reader's program needs to let them leave.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, Message as Mail, MultiPart, SinglePart};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use plimsoll_report::spark;
use plimsoll_report::theme::{SANS, Theme, colour};

use super::alert::{Alert, Kind};
use super::outbox::{Letter, Message};
use super::secret::{Keys, Purpose};
use super::settings::{Alerts, Smtp};
use super::smtp::{Outgoing, sender};
use crate::failure::Failure;

/// How long a link to the preferences is good, in seconds: ninety days.
pub const PREFERENCES_FOR: u64 = 90 * 86_400;

/// Where the reader can go from a mail.
struct Links {
    leave: Option<String>,
    preferences: Option<String>,
}

/// Composes a message. The same message gives the same headers at every try: its Message-ID is its key, its date is when it was written.
pub fn compose(settings: &Alerts, smtp: &Smtp, keys: &Keys, message: &Message) -> Result<Outgoing, Failure> {
    let from = sender(smtp)?;
    let to = message.address.as_ref().ok_or_else(|| Failure::new("a mail without an address"))?;
    let to: lettre::Address = to.expose().parse().map_err(|_| Failure::new("an address that cannot be used"))?;
    let domain = from.email.domain().to_owned();
    let links = links(settings, keys, message);
    let subject = subject(message);
    let mut builder = Mail::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to.clone()))
        .subject(&subject)
        .date(std::time::UNIX_EPOCH + std::time::Duration::from_millis(message.created.as_millisecond().max(0) as u64))
        .message_id(Some(format!("<{}@{domain}>", message.key)))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("List-Id", &format!("Plimsoll alerts <alerts.{domain}>")));
    if let Some(leave) = &links.leave {
        builder = builder
            .raw_header(header("List-Unsubscribe", &format!("<{leave}>")))
            .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    for alert in &message.alerts {
        builder = builder.raw_header(header("X-Plimsoll-Alert", &alert.key));
    }
    let charts: Vec<Option<Vec<u8>>> = message.alerts.iter().map(chart).collect();
    let cid = |i: usize| format!("chart{i}.{}@{domain}", message.key);
    let page = page(settings, message, &subject, &links, &|i| charts[i].is_some().then(|| cid(i)));
    let mut related = MultiPart::related().singlepart(SinglePart::html(page.into_string()));
    for (i, chart) in charts.iter().enumerate() {
        if let Some(bytes) = chart {
            let png = ContentType::parse("image/png").expect("a content type");
            related =
                related.singlepart(Attachment::new_inline_with_name(cid(i), format!("chart{i}.png")).body(bytes.clone(), png));
        }
    }
    let body = MultiPart::alternative().singlepart(SinglePart::plain(text(settings, message, &links))).multipart(related);
    let bytes = builder.multipart(body).map_err(Failure::new)?.formatted();
    let from = match (&smtp.bounces, message.handle) {
        (Some(bounces), Some(handle)) => {
            let (local, domain) =
                bounces.split_once('@').ok_or_else(|| Failure::new("[alerts.smtp]: bounces: expected an address"))?;
            format!("{local}+{}@{domain}", keys.bounce_tag(handle)).parse().map_err(|_| Failure::new("[alerts.smtp]: bounces"))?
        }
        (Some(bounces), None) => bounces.parse().map_err(|_| Failure::new("[alerts.smtp]: bounces"))?,
        (None, _) => from.email,
    };
    Ok(Outgoing { from, to, bytes })
}

/// A header as it stands: every value is ASCII made here, and a link must not be folded or encoded.
fn header(name: &'static str, value: &str) -> HeaderValue {
    let clean: String = value.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), clean.clone(), clean)
}

fn links(settings: &Alerts, keys: &Keys, message: &Message) -> Links {
    let Some(handle) = message.handle else { return Links { leave: None, preferences: None } };
    let expires = message.created.as_second().max(0) as u64 + PREFERENCES_FOR;
    let url = |path: &str, purpose, expires| settings.url(&format!("/alerts/{path}/{}", keys.sign(purpose, handle, expires)));
    // Who has not confirmed has nothing to leave.
    let confirmed = !matches!(message.letter, Some(Letter::Confirm { .. }));
    Links {
        leave: confirmed.then(|| url("leave", Purpose::Leave, 0)).flatten(),
        preferences: confirmed.then(|| url("preferences", Purpose::Preferences, expires)).flatten(),
    }
}

fn chart(alert: &Alert) -> Option<Vec<u8>> {
    let line = alert.line.as_ref()?;
    spark::png(&line.values, &line.thresholds, &alert.to)
}

/// The subject.
pub fn subject(message: &Message) -> String {
    match (&message.letter, message.alerts.as_slice()) {
        (Some(Letter::Confirm { .. }), _) => "Please confirm your Plimsoll alerts".into(),
        (Some(Letter::Preferences), _) => "Your Plimsoll alerts".into(),
        (Some(Letter::Test), _) => "A trial of Plimsoll alerts".into(),
        (None, [one]) => one.headline.clone(),
        (None, many) => {
            let flips = many.iter().filter(|a| a.kind == Kind::Flip).count();
            let s = if flips == 1 { "" } else { "s" };
            format!("{} alerts, {flips} changed verdict{s}", many.len())
        }
    }
}

/// The text of a letter, paragraph by paragraph, with the link that it is about.
fn letter(settings: &Alerts, letter: &Letter, links: &Links) -> (Vec<&'static str>, Option<(&'static str, String)>) {
    match letter {
        Letter::Confirm { token } => (
            vec![
                "Somebody, probably you, asked for Plimsoll alerts at this address. Nothing is sent before you confirm.",
                "If it was not you, do nothing: in two days the request is deleted, and the address with it.",
            ],
            settings.url(&format!("/alerts/confirm/{token}")).map(|url| ("Confirm", url)),
        ),
        Letter::Preferences => (
            vec![
                "This address is subscribed. Here you can change what you are told and how often, see all that is kept of you, or leave.",
            ],
            links.preferences.clone().map(|url| ("Your preferences", url)),
        ),
        Letter::Test => (vec!["This is a trial: the channel works. Nothing changed."], None),
    }
}

fn text(settings: &Alerts, message: &Message, links: &Links) -> String {
    let mut out = String::new();
    if let Some(kind) = &message.letter {
        let (paragraphs, link) = letter(settings, kind, links);
        out.push_str(&paragraphs.join("\n\n"));
        if let Some((label, url)) = link {
            out.push_str(&format!("\n\n{label}:\n{url}"));
        }
        out.push('\n');
    }
    for (i, alert) in message.alerts.iter().enumerate() {
        if i > 0 {
            out.push_str("\n----------------------------------------\n\n");
        }
        out.push_str(&plain(alert));
    }
    out.push_str("\n-- \nPlimsoll. Measurement, not advice.\n");
    if let Some(url) = &links.preferences {
        out.push_str(&format!("Preferences: {url}\n"));
    }
    if let Some(url) = &links.leave {
        out.push_str(&format!("Unsubscribe: {url}\n"));
    }
    out
}

/// An alert as plain text.
pub fn plain(alert: &Alert) -> String {
    let mut out = format!("{}\n{}\n\n{}\n", alert.kind.words().to_uppercase(), alert.headline, alert.changed);
    out.push_str(&format!("Since: {}\nAs of: {}\n", alert.since, alert.day));
    for f in &alert.figures {
        out.push_str(&format!("{}: {}\n", f.label, f.value));
    }
    if !alert.wrong.is_empty() {
        out.push_str(&format!("\nWhat would make it wrong: {}\n", alert.wrong));
    }
    match &alert.link {
        Some(link) => out.push_str(&format!("\nThe report of that day: {link}\n")),
        None => out.push_str(&format!("\nThe report of that day: {}\n", alert.command)),
    }
    if !alert.title.is_empty() && !alert.thesis.is_empty() {
        out.push_str(&format!("Thesis: {}\n", alert.title));
    }
    out
}

/// The look: colours of the report; mail programs that know dark mode take the dark ones.
fn style() -> String {
    let classes = |theme: Theme| {
        let c = |name| colour(theme, name);
        format!(
            "body,.paper{{background:{paper};color:{ink}}}.muted{{color:{muted}}}.rule{{border-color:{line}}}a{{color:{link}}}\
             .holds,.over{{color:{holds}}}.fails,.began{{color:{fails}}}.undecided{{color:{undecided}}}.unknown{{color:{unknown}}}\
             .button{{background:{ink};color:{paper}}}",
            paper = c("paper"),
            ink = c("ink"),
            muted = c("muted"),
            line = c("hairline"),
            link = c("link"),
            holds = c("holds"),
            fails = c("fails"),
            undecided = c("undecided"),
            unknown = c("unknown"),
        )
    };
    format!(
        "body{{margin:0;font-family:{SANS};font-size:16px;line-height:1.45}}.wrap{{max-width:560px;margin:0 auto;padding:24px 20px}}\
         h1{{font-size:20px;line-height:1.3;margin:4px 0 10px}}p{{margin:0 0 12px}}.kind,.small{{font-size:13px}}.long{{word-break:break-all}}.turn{{white-space:nowrap}}\
         table.figures td{{padding:6px 0;vertical-align:top;border-bottom-width:1px;border-bottom-style:solid;font-size:15px}}\
         table.figures td+td{{text-align:right;padding-left:16px;font-variant-numeric:tabular-nums;font-weight:600}}\
         .button{{display:inline-block;padding:10px 18px;border-radius:4px;text-decoration:none;font-weight:600}}\
         img{{display:block;width:100%;max-width:520px;height:auto;border-radius:4px}}{}@media (prefers-color-scheme:dark){{{}}}",
        classes(Theme::Light),
        classes(Theme::Dark),
    )
}

fn page(settings: &Alerts, message: &Message, subject: &str, links: &Links, cid: &dyn Fn(usize) -> Option<String>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (subject) }
                style { (PreEscaped(style())) }
            }
            body class="paper" {
                div class="wrap" {
                    @if let Some(kind) = &message.letter {
                        @let (paragraphs, link) = letter(settings, kind, links);
                        h1 { (subject) }
                        @for p in paragraphs { p { (p) } }
                        @if let Some((label, url)) = link {
                            p { a class="button" href=(url) { (label) } }
                            p class="small muted long" { "If the button does nothing, open " a href=(url) { (url) } }
                        }
                    }
                    @for (i, alert) in message.alerts.iter().enumerate() {
                        @if i > 0 { hr class="rule"; }
                        (shown(alert, cid(i)))
                    }
                    hr class="rule" style="border-width:1px 0 0;border-style:solid;margin:20px 0 12px";
                    p class="small muted" {
                        "Plimsoll. Measurement, not advice."
                        @if let Some(url) = &links.preferences { " · " a href=(url) { "Preferences" } }
                        @if let Some(url) = &links.leave { " · " a href=(url) { "Unsubscribe" } }
                    }
                }
            }
        }
    }
}

fn shown(alert: &Alert, cid: Option<String>) -> Markup {
    html! {
        p class="kind muted" style="margin:0" { (alert.kind.words()) " · as of " (alert.day) }
        h1 {
            @if alert.from.is_empty() || alert.kind != Kind::Flip {
                (alert.headline)
            } @else {
                (alert.says.trim_end_matches('.')) ": "
                span class="turn" { span class=(alert.from) { (alert.from) } " → " span class=(alert.to) { (alert.to) } }
            }
        }
        p { (alert.changed) " " span class="muted" { "Since " (alert.since) "." } }
        table class="figures" role="presentation" width="100%" cellspacing="0" style="border-collapse:collapse;margin:0 0 14px" {
            @for f in &alert.figures {
                tr { td class="rule muted" { (f.label) } td class="rule" { (f.value) } }
            }
        }
        @if let (Some(cid), Some(line)) = (&cid, &alert.line) {
            img src={ "cid:" (cid) } width=(spark::WIDTH) height=(spark::HEIGHT)
                alt={ "The figure from " (line.from) " to " (line.to) ", between " (line.range[0]) " and " (line.range[1]) };
            p class="small muted" style="margin-top:4px" {
                (line.from) " to " (line.to) ", each session as known then, between " (line.range[0]) " and " (line.range[1])
                @if !line.thresholds.is_empty() { "; dashed: the thresholds" } "."
            }
        }
        @if !alert.wrong.is_empty() { p { strong { "What would make it wrong: " } (alert.wrong) } }
        @if let Some(link) = &alert.link {
            p { a class="button" href=(link) { "The report of " (alert.day) } }
        } @else {
            p class="small muted" { "The report of that day: " code { (alert.command) } }
        }
        @if !alert.thesis.is_empty() { p class="small muted" { "Thesis: " (alert.title) } }
    }
}

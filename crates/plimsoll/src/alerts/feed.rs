//! The Atom feed of alerts (RFC 4287). It holds what was told and nothing of whom it was told to.

use atom_syndication::{Category, Content, Entry, Feed, FixedDateTime, Generator, Link, Person, Text};
use jiff::Timestamp;

use super::alert::Alert;
use super::mail::plain;
use super::settings::Alerts;

/// Entries of a feed.
pub const ENTRIES: u32 = 100;

/// The feed: newest first. Entries keep their ids for ever, so that a reader sees each once.
pub fn atom(settings: &Alerts, thesis: Option<&str>, alerts: &[(Timestamp, Alert)]) -> String {
    let path = thesis.map_or_else(|| "/alerts/feed.xml".to_owned(), |t| format!("/alerts/feed/{t}.xml"));
    let own = settings.url(&path);
    let link = |rel: &str, href: String| Link { rel: rel.into(), href, ..Link::default() };
    let feed = Feed {
        title: Text::plain(thesis.map_or_else(|| "Plimsoll alerts".to_owned(), |t| format!("Plimsoll alerts: {t}"))),
        subtitle: Some(Text::plain("Measurement, not advice.")),
        id: own.clone().unwrap_or_else(|| format!("urn:plimsoll:alerts:{}", thesis.unwrap_or("all"))),
        updated: date(alerts.first().map_or(Timestamp::UNIX_EPOCH, |a| a.0)),
        authors: vec![Person { name: "Plimsoll".into(), ..Person::default() }],
        generator: Some(Generator { value: "Plimsoll".into(), uri: None, version: Some(env!("CARGO_PKG_VERSION").into()) }),
        links: own.into_iter().map(|url| link("self", url)).chain(settings.url("/").map(|url| link("alternate", url))).collect(),
        entries: alerts.iter().map(|(at, alert)| entry(*at, alert)).collect(),
        ..Feed::default()
    };
    feed.to_string()
}

fn entry(at: Timestamp, alert: &Alert) -> Entry {
    Entry {
        title: Text::plain(alert.headline.clone()),
        id: format!("urn:plimsoll:alert:{}", alert.key),
        updated: date(at),
        published: Some(date(at)),
        summary: Some(Text::plain(alert.changed.clone())),
        content: Some(Content { value: Some(plain(alert)), content_type: Some("text".into()), ..Content::default() }),
        categories: vec![Category {
            term: alert.kind.name().into(),
            label: Some(alert.kind.words().into()),
            ..Category::default()
        }],
        links: alert.link.iter().map(|url| Link { rel: "alternate".into(), href: url.clone(), ..Link::default() }).collect(),
        ..Entry::default()
    }
}

fn date(at: Timestamp) -> FixedDateTime {
    let text = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    text.parse().unwrap_or_default()
}

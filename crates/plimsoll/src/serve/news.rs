//! News for those who keep a page open: new data, a verdict that flips, an alert; as server-sent events.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// Items that a reader who comes back may still ask for.
const KEPT: usize = 256;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What kind: `data`, `verdict`, `alert`.
    #[schema(pattern = "^[a-z][a-z-]{0,31}$")]
    pub kind: String,
    /// The news in one sentence.
    #[schema(min_length = 1, max_length = 500)]
    pub text: String,
    /// Where to read on: a path of this server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^/([!-.0-~][!-~]{0,498})?$", max_length = 500)]
    pub link: Option<String>,
}

impl Item {
    /// Whether it can be passed on: short, of one line, and with a link that stays here.
    pub fn check(&self) -> Result<(), String> {
        let word = !self.kind.is_empty()
            && self.kind.len() <= 32
            && self.kind.starts_with(|c: char| c.is_ascii_lowercase())
            && self.kind.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        if !word {
            return Err("`kind`: expected up to 32 small letters and hyphens, such as `verdict`".into());
        }
        let length = self.text.chars().count();
        if length == 0 || length > 500 {
            return Err(format!("`text`: expected 1 to 500 characters, got {length}"));
        }
        match &self.link {
            Some(l)
                if !l.starts_with('/') || l.starts_with("//") || l.len() > 500 || !l.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Err("`link`: expected a path of this server, such as `/claims/breadth`".into())
            }
            _ => Ok(()),
        }
    }
}

/// The hub: whoever has news tells it, whoever listens hears it.
pub struct News {
    sender: broadcast::Sender<(u64, Item)>,
    kept: Mutex<(u64, VecDeque<(u64, Item)>)>,
}

impl Default for News {
    fn default() -> News {
        News { sender: broadcast::channel(KEPT).0, kept: Mutex::new((0, VecDeque::new())) }
    }
}

/// An item with its number.
pub type Numbered = (u64, Item);

impl News {
    /// Tells everyone who listens, and keeps the item for those who come back; its number comes back.
    pub fn tell(&self, item: Item) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        kept.0 += 1;
        let numbered = (kept.0, item);
        if kept.1.len() == KEPT {
            kept.1.pop_front();
        }
        kept.1.push_back(numbered.clone());
        // Nobody may be listening. Sent under the lock, so that numbers arrive in order.
        let _ = self.sender.send(numbered);
        kept.0
    }
    /// Items after a number that are still kept, and what comes from now on: none is missed and none comes twice.
    pub fn listen(&self, after: Option<u64>) -> (Vec<Numbered>, broadcast::Receiver<Numbered>) {
        let kept = self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let missed = after.map_or_else(Vec::new, |n| kept.1.iter().filter(|i| i.0 > n).cloned().collect());
        (missed, self.sender.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str) -> Item {
        Item { kind: "data".into(), text: text.into(), link: None }
    }

    #[test]
    fn who_comes_back_misses_nothing_and_hears_nothing_twice() {
        let news = News::default();
        news.tell(item("a"));
        let second = news.tell(item("b"));
        news.tell(item("c"));
        let (missed, mut live) = news.listen(Some(second));
        assert_eq!(missed.iter().map(|m| m.1.text.as_str()).collect::<Vec<_>>(), ["c"]);
        news.tell(item("d"));
        assert_eq!(live.try_recv().unwrap().1.text, "d");
        assert!(live.try_recv().is_err());
        for i in 0..2 * KEPT {
            news.tell(item(&i.to_string()));
        }
        assert_eq!(news.listen(Some(0)).0.len(), KEPT);
    }

    #[test]
    fn news_stays_short_and_its_link_stays_here() {
        let link = |l: &str| Item { link: Some(l.into()), ..item("x") }.check();
        assert!(link("/claims/a?as_of=2024-02-02").is_ok());
        for bad in ["//example.org/", "https://example.org/", "claims", "/a b", "/a\r\nb"] {
            assert!(link(bad).is_err(), "{bad}");
        }
        assert!(item("").check().is_err() && item(&"x".repeat(501)).check().is_err());
        assert!(Item { kind: "Data\n".into(), ..item("x") }.check().is_err());
    }
}

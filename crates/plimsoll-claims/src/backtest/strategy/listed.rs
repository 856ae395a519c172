//! Checks of assets that are securities of the panel.

use plimsoll_measures::kernels::scores::Score;
use plimsoll_measures::nearest;
use plimsoll_model::symbol::canonical;
use plimsoll_model::universe::UniverseRule;
use toml::Spanned;

use super::super::listed::{Basket, Listed, Pick, Weighting};
use super::raw::Context;
use super::shape::{Number, RawAsset};
use super::{Frequency, When};
use crate::text::FileError;
use crate::thesis::Thesis;

impl Context<'_> {
    /// What an asset lists, if anything.
    pub(super) fn listed(&self, name: &str, at: usize, asset: &RawAsset, thesis: &Thesis) -> Result<Option<Listed>, FileError> {
        let stray = |of: &str, allowed: &str| {
            let fields: [(&str, Option<usize>); 7] = [
                ("weight", asset.weight.as_ref().map(|f| f.span().start)),
                ("rank", asset.rank.as_ref().map(|f| f.span().start)),
                ("sessions", asset.sessions.as_ref().map(|f| f.span().start)),
                ("keep", asset.keep.as_ref().map(|f| f.span().start)),
                ("top", asset.top.as_ref().map(|f| f.span().start)),
                ("bottom", asset.bottom.as_ref().map(|f| f.span().start)),
                ("renew", asset.renew.as_ref().map(|f| f.span().start)),
            ];
            match fields.iter().find_map(|(field, at)| Some((field, (*at)?))) {
                Some((field, at)) => Err(self.error(at, format!("asset `{name}`: `{field}` is for {allowed}, not for {of}"))),
                None => Ok(()),
            }
        };
        match (&asset.security, &asset.universe) {
            (None, None) => stray("this asset", "a `universe`").map(|()| None),
            (Some(symbol), None) => {
                stray("one security", "a `universe`")?;
                let at = symbol.span().start;
                let found = canonical(symbol.get_ref()).ok_or_else(|| {
                    self.error(at, format!("asset `{name}`: expected a symbol such as `AAPL`, got `{}`", symbol.get_ref()))
                })?;
                Ok(Some(Listed::Security(found)))
            }
            (None, Some(universe)) => Ok(Some(Listed::Basket(self.basket(name, universe, asset, thesis)?))),
            (Some(_), Some(_)) => Err(self.error(at, format!("asset `{name}`: a `security` or a `universe`, not both"))),
        }
    }

    fn basket(&self, name: &str, universe: &Spanned<String>, asset: &RawAsset, thesis: &Thesis) -> Result<Basket, FileError> {
        let at = universe.span().start;
        let text = universe.get_ref().as_str();
        let rule = thesis.scope.universes.get(text).map_or(text, String::as_str);
        let rule: UniverseRule = rule.parse().map_err(|e: plimsoll_model::universe::UniverseError| {
            let near = nearest(text, thesis.scope.universes.keys().map(String::as_str));
            let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            self.error(at, format!("asset `{name}`: universe: expected {}, got `{text}`{near}", e.expected))
        })?;
        let weighting = match &asset.weight {
            None => Weighting::Equal,
            Some(word) => self.word("weight", word, &[("equal", Weighting::Equal), ("cap", Weighting::Capitalisation)])?,
        };
        let renew = match &asset.renew {
            None => Frequency::Monthly,
            Some(word) => self.word("renew", word, &Frequency::WORDS)?,
        };
        Ok(Basket { universe: rule.to_string(), weighting, pick: self.pick(name, asset)?, renew })
    }

    fn pick(&self, name: &str, asset: &RawAsset) -> Result<Option<Pick>, FileError> {
        let Some(rank) = &asset.rank else {
            let lone = [
                ("sessions", asset.sessions.as_ref().map(|f| f.span().start)),
                ("keep", asset.keep.as_ref().map(|f| f.span().start)),
                ("top", asset.top.as_ref().map(|f| f.span().start)),
                ("bottom", asset.bottom.as_ref().map(|f| f.span().start)),
            ];
            return match lone.iter().find_map(|(field, at)| Some((field, (*at)?))) {
                Some((field, at)) => {
                    let words: Vec<&str> = Score::WORDS.iter().map(|w| w.0).collect();
                    let message = format!("asset `{name}`: `{field}` needs `rank = \"...\"`, one of {}", words.join(", "));
                    Err(self.error(at, message))
                }
                None => Ok(None),
            };
        };
        let at = rank.span().start;
        let count = |what: &str, field: &Option<Spanned<Number>>| -> Result<Option<i64>, FileError> {
            let Some(number) = field else { return Ok(None) };
            let value = self.number(number.span().start, number.get_ref())?;
            if value.fract() == 0.0 && (1.0..=10_000.0).contains(&value) {
                Ok(Some(value as i64))
            } else {
                let message = format!("asset `{name}`: {what}: expected a whole number from 1 to 10000, got {value}");
                Err(self.error(number.span().start, message))
            }
        };
        let sessions = count("sessions", &asset.sessions)?;
        let word = rank.get_ref().as_str();
        let by = Score::of(word, sessions.map(|n| n as usize)).ok_or_else(|| {
            let words: Vec<&str> = Score::WORDS.iter().map(|w| w.0).collect();
            let near = nearest(word, words.iter().copied()).filter(|n| n != word);
            let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            let message = match sessions {
                Some(n) if words.contains(&word) => format!("asset `{name}`: rank `{word}` cannot look back {n} sessions"),
                _ => format!("asset `{name}`: rank: expected one of {}, got `{word}`{near}", words.join(", ")),
            };
            self.error(at, message)
        })?;
        let keep = match &asset.keep {
            None => None,
            Some(text) => {
                let filled = self.fill(text.span().start, text.get_ref())?;
                When::compile(&filled, &["value".to_owned()])
                    .map_err(|e| self.error(text.span().start, format!("asset `{name}`: keep = \"{filled}\": {e}")))?;
                Some(filled)
            }
        };
        let count = match (count("top", &asset.top)?, count("bottom", &asset.bottom)?) {
            (Some(_), Some(_)) => return Err(self.error(at, format!("asset `{name}`: `top` or `bottom`, not both"))),
            (top, bottom) => top.or(bottom.map(|n| -n)),
        };
        if keep.is_none() && count.is_none() {
            let message = format!("asset `{name}`: rank needs `top`, `bottom` or `keep`; without them every member is held");
            return Err(self.error(at, message));
        }
        Ok(Some(Pick { by, keep, count }))
    }
}

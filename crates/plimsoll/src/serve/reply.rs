//! Finished answers: their bytes in every encoding, made once, and sent as the reader's headers ask.

use std::io::Write;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// What a computation hands over.
#[derive(Debug, Default)]
pub struct Content {
    /// Its type.
    pub kind: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Headers beside the usual ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Content {
    /// A page.
    pub fn html(text: String) -> Content {
        Content { kind: "text/html; charset=utf-8", bytes: text.into_bytes(), headers: Vec::new() }
    }
    /// JSON.
    pub fn json(value: &impl serde::Serialize) -> Result<Content, Problem> {
        let bytes = serde_json::to_vec(value).map_err(Problem::internal)?;
        Ok(Content { kind: "application/json", bytes, headers: Vec::new() })
    }
    /// With a header; one whose value cannot be sent is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Content {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }
}

/// A finished answer.
pub struct Reply {
    kind: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    brotli: Option<Bytes>,
    tag: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// Packs an answer: texts are compressed here, once.
    pub fn pack(content: Content) -> Reply {
        let bytes = content.bytes;
        let text = content.kind.starts_with("text/") || ["application/json", "image/svg+xml"].contains(&content.kind);
        let smaller = |packed: Option<Vec<u8>>| packed.filter(|p| p.len() < bytes.len()).map(Bytes::from);
        let worth = text && bytes.len() > 600;
        let (gzip, brotli) = if worth { (smaller(gzip(&bytes)), smaller(brotli(&bytes))) } else { (None, None) };
        let tag = blake3::hash(&bytes).to_hex()[..24].to_owned();
        Reply { kind: content.kind, gzip, brotli, tag, headers: content.headers, plain: Bytes::from(bytes) }
    }
    /// Bytes it holds.
    pub fn cost(&self) -> usize {
        let len = |b: &Option<Bytes>| b.as_ref().map_or(0, Bytes::len);
        self.plain.len() + len(&self.gzip) + len(&self.brotli) + 512
    }
    /// Sends it: nothing where the reader has it already, else the smallest encoding the reader takes.
    pub fn send(&self, asked: &HeaderMap) -> Response {
        let encodings = asked.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let (bytes, encoding) = match (&self.brotli, &self.gzip) {
            (Some(b), _) if takes(encodings, "br") => (b, Some("br")),
            (_, Some(g)) if takes(encodings, "gzip") => (g, Some("gzip")),
            _ => (&self.plain, None),
        };
        let tag = format!("\"{}{}\"", self.tag, encoding.map(|e| format!("-{e}")).unwrap_or_default());
        let known = asked.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|list| self.matches(list));
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { bytes.clone().into_response() };
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            headers.insert(name.clone(), value.clone());
        }
        headers.insert(header::ETAG, HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\"")));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
        if !known {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
            if let Some(encoding) = encoding {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
        }
        response
    }
    fn matches(&self, list: &str) -> bool {
        list.split(',').map(str::trim).any(|t| {
            let t = t.strip_prefix("W/").unwrap_or(t).trim_matches('"');
            t == "*" || t.split('-').next() == Some(self.tag.as_str())
        })
    }
}

/// Whether an `Accept-Encoding` takes an encoding.
fn takes(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let mut fields = part.split(';').map(str::trim);
        let name = fields.next().unwrap_or_default();
        let refused = fields.any(|f| f.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0)));
        name.eq_ignore_ascii_case(encoding) && !refused
    })
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    out.write_all(bytes).ok()?;
    out.finish().ok()
}

fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 20, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(n, v)| (n.clone(), HeaderValue::from_str(v).unwrap())).collect()
    }

    #[test]
    fn a_reader_gets_the_encoding_it_takes_and_nothing_it_has() {
        let reply = Reply::pack(Content::html("<p>load line</p>".repeat(500)));
        let encoding = |accept: &str| {
            let sent = reply.send(&asked(&[(header::ACCEPT_ENCODING, accept)]));
            sent.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("gzip, br;q=0").as_deref(), Some("gzip"));
        assert_eq!(encoding("identity"), None);
        let tag = reply.send(&asked(&[(header::ACCEPT_ENCODING, "br")])).headers()[header::ETAG].to_str().unwrap().to_owned();
        let again = reply.send(&asked(&[(header::IF_NONE_MATCH, &format!("\"x\", W/{tag}"))]));
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(again.headers().get(header::CONTENT_TYPE).is_none());
        assert_eq!(reply.send(&asked(&[(header::IF_NONE_MATCH, "\"x\"")])).status(), StatusCode::OK);
    }

    #[test]
    fn what_is_packed_is_what_was_written() {
        use std::io::Read;
        let text = "verdict ".repeat(1000);
        let reply = Reply::pack(Content::html(text.clone()));
        let mut back = String::new();
        flate2::read::GzDecoder::new(reply.gzip.as_deref().unwrap()).read_to_string(&mut back).unwrap();
        assert_eq!(back, text);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut reply.brotli.as_deref().unwrap(), &mut back).unwrap();
        assert_eq!(back, text.as_bytes());
        assert!(
            Reply::pack(Content { kind: "application/vnd.apache.parquet", bytes: vec![0; 5000], headers: vec![] }).gzip.is_none()
        );
    }
}

//! What went wrong, in one form for every answer: RFC 9457, as JSON for programs and as a page for people.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// A problem. Its texts are for the reader: they never hold paths of the machine, addresses of people, or what a library said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// A name of the kind of problem, stable between versions.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Seconds after which the same request may succeed.
    #[serde(skip)]
    pub retry: Option<u32>,
}

/// What other parts of the program say in the middle of a line, as a sentence.
fn sentence(text: String) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if first.is_ascii_lowercase() => format!("{}{}", first.to_ascii_uppercase(), chars.as_str()),
        _ => text,
    }
}

impl Problem {
    /// A problem of a status; its kind and title follow from it.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Problem {
        let (kind, title) = match status {
            StatusCode::BAD_REQUEST => ("bad-request", "That request cannot be read"),
            StatusCode::UNAUTHORIZED => ("unauthorised", "A valid token is needed"),
            StatusCode::FORBIDDEN => ("forbidden", "That is not allowed here"),
            StatusCode::NOT_FOUND => ("not-found", "There is nothing of that name"),
            StatusCode::METHOD_NOT_ALLOWED => ("method-not-allowed", "That method is not allowed here"),
            StatusCode::NOT_ACCEPTABLE => ("not-acceptable", "There is no such form"),
            StatusCode::PAYLOAD_TOO_LARGE => ("too-large", "That is too large"),
            StatusCode::URI_TOO_LONG => ("address-too-long", "That address is too long"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported-form", "That form of body is not read here"),
            StatusCode::UNPROCESSABLE_ENTITY => ("not-known", "That cannot be told"),
            StatusCode::TOO_MANY_REQUESTS => ("too-many-requests", "Too many requests"),
            StatusCode::SERVICE_UNAVAILABLE => ("busy", "Too much is being computed"),
            StatusCode::GATEWAY_TIMEOUT => ("too-long", "That took too long"),
            _ => ("failure", "Something failed here"),
        };
        Problem {
            kind: format!("urn:problem-type:plimsoll:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: sentence(detail.into()),
            hint: None,
            retry: None,
        }
    }
    /// A request that cannot be read.
    pub fn bad(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, detail)
    }
    /// Nothing of that name, or of that day.
    pub fn missing(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::NOT_FOUND, detail)
    }
    /// A failure that is not the reader's; what it was goes to the log, not to the reader.
    pub fn internal(said: impl std::fmt::Display) -> Problem {
        tracing::error!(error = %said, "an answer failed");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "The answer could not be made; the log of the server says why.")
    }
    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
    /// With what was meant, where a name is near.
    #[must_use]
    pub fn near<'a>(self, name: &str, names: impl Iterator<Item = &'a str>) -> Problem {
        match plimsoll_measures::nearest(name, names) {
            Some(near) => self.hint(format!("Did you mean `{near}`?")),
            None => self,
        }
    }
    /// To be tried again after so many seconds.
    #[must_use]
    pub fn retry(mut self, seconds: u32) -> Problem {
        self.retry = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // The layer that knows what the reader accepts makes a page of it.
        response.extensions_mut().insert(self);
        response
    }
}

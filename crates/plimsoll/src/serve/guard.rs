//! What stands before every answer: for which hosts, how long an address, how many at a time; and what every answer carries.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::app::App;
use super::problem::Problem;
use super::shell;

/// The longest path and query.
const LONGEST: usize = 4_000;

/// Nothing but this server's own files; no script or style in the page itself; no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Headers of every answer that does not bring its own.
static HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// The layer around everything.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    // The route, never the address itself: an address may hold what is nobody's business, such as the key of a subscription.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let pages = !request.uri().path().starts_with("/api/") && accepts_pages(request.headers());
    let mut response = match admit(&app, &request) {
        Ok(permit) => {
            let response = next.run(request).await;
            drop(permit);
            response
        }
        Err(problem) => problem.into_response(),
    };
    uniform(&mut response, pages, &method);
    let headers = response.headers_mut();
    for (name, value) in &HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    app.metrics.answered(&route, status, took);
    if status >= 500 {
        tracing::warn!(%method, route, status, ms = took.as_millis() as u64, "answered");
    } else {
        tracing::debug!(%method, route, status, ms = took.as_millis() as u64, "answered");
    }
    response
}

fn admit(app: &App, request: &Request) -> Result<tokio::sync::OwnedSemaphorePermit, Problem> {
    let uri = request.uri();
    if uri.path_and_query().is_some_and(|p| p.as_str().len() > LONGEST) {
        return Err(Problem::new(StatusCode::URI_TOO_LONG, format!("At most {LONGEST} characters are read.")));
    }
    let host = request.headers().get(header::HOST).and_then(|h| h.to_str().ok()).or(uri.host()).unwrap_or_default();
    if !app.allows(host) {
        return Err(Problem::new(StatusCode::FORBIDDEN, "This server does not answer for that host.")
            .hint("Whoever runs it names its hosts in `[serve] hosts`."));
    }
    app.requests.clone().try_acquire_owned().map_err(|_| {
        app.metrics.refused.inc();
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "As many requests as are allowed are being answered.").retry(1)
    })
}

/// The name of a host without its port.
pub fn name_of(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    }
}

/// Whether a name is this machine's own.
pub fn local(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a reader wants pages rather than data.
pub fn accepts_pages(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/html"))
}

/// Makes every refusal one of ours: what a library refused in its own words becomes a problem, and a problem becomes a page where the
/// reader wants pages. Parts that answer with pages of their own keep them.
fn uniform(response: &mut Response, pages: bool, method: &Method) {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or_default();
    let ours = response.extensions().get::<Problem>().cloned();
    if ours.is_none() && kind.starts_with("text/html") {
        return;
    }
    let problem = ours.unwrap_or_else(|| {
        let text = match status {
            StatusCode::METHOD_NOT_ALLOWED => format!("{method} is not answered here."),
            StatusCode::PAYLOAD_TOO_LARGE => "The body is larger than what is read here.".into(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "Another form of body is read here.".into(),
            StatusCode::NOT_FOUND => "No page or resource stands at this address.".into(),
            _ => "The request cannot be read.".into(),
        };
        Problem::new(status, text)
    });
    let allow = response.headers().get(header::ALLOW).cloned();
    let retry = response.headers().get(header::RETRY_AFTER).cloned();
    let page = pages.then(|| shell::problem(&problem));
    *response = problem.into_response();
    if let Some(page) = page {
        *response.body_mut() = Body::from(page);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        response.headers_mut().remove(header::CONTENT_LENGTH);
    }
    for (name, value) in [(header::ALLOW, allow), (header::RETRY_AFTER, retry)] {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "localhost:8787", "127.0.0.1:80", "[::1]:80", "[::1]", "127.0.0.1"] {
            assert!(local(name_of(host)), "{host}");
        }
        for host in ["example.org", "127.0.0.1.example.org", "localhost.example.org:80", "", "10.0.0.1"] {
            assert!(!local(name_of(host)), "{host}");
        }
    }
}

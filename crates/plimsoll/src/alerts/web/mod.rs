//! Signing up, confirming, preferences, leaving, the feed: the pages of alerts.
//!
//! There are no cookies and no sessions. What one may do follows from the link one holds, so that there is nothing a page elsewhere
//! could borrow; forms that need no link (signing up) are taken from our own pages alone. Answers never depend on whether an address is
//! subscribed: a sign-up is written down as it came and looked at later.

mod form;
mod limit;
mod pages;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, Path, Request, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use maud::Markup;

use self::form::Fields;
use self::limit::Limits;
use super::address::Address;
use super::secret::Purpose;
use super::settings::Alerts;
use super::state::State;
use super::{feed, mail, outbox, subscribe};
use crate::failure::Failure;

/// The largest body that is read: a form with every claim of a dozen theses.
const BODY: usize = 32 * 1024;

/// A thesis that readers may choose.
#[derive(Clone, Debug)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its claims: id and statement.
    pub claims: Vec<(String, String)>,
}

/// How a page of the site is laid out around a body: title and body to the whole page.
pub type Layout = fn(&str, &Markup) -> String;

/// What the pages work with.
pub struct Site {
    /// The database.
    pub state: Arc<State>,
    /// The settings.
    pub settings: Arc<Alerts>,
    /// What readers may choose from.
    pub offered: Vec<Offered>,
    /// How a page looks.
    pub layout: Layout,
}

struct Context {
    site: Site,
    limits: Limits,
}

type Ctx = Shared<Arc<Context>>;
type Posted = Result<Form<Fields>, FormRejection>;

/// The pages, under `/alerts`. The server should be made with `into_make_service_with_connect_info::<SocketAddr>()`, so that callers
/// are told apart; without that all share one allowance.
pub fn router(site: Site) -> Router {
    let context = Arc::new(Context { site, limits: Limits::new() });
    let ours = Router::new()
        .route("/alerts", get(sign_up_page).post(sign_up))
        .route("/alerts/link", get(link_page).post(link))
        .route("/alerts/confirm/{token}", get(confirm_page).post(confirm))
        .route("/alerts/preferences/{token}", get(preferences_page).post(preferences))
        .route("/alerts/preferences/{token}/delete", post(delete))
        .layer(middleware::from_fn(own_pages_alone));
    let open = Router::new()
        .route("/alerts/leave/{token}", get(leave_page).post(leave))
        .route("/alerts/preferences/{token}/export", get(export));
    let private = ours
        .merge(open)
        .layer(middleware::from_fn_with_state(context.clone(), allowed))
        .layer(middleware::from_fn(unseen))
        .layer(DefaultBodyLimit::max(BODY));
    private.with_state(context.clone()).merge(open_pages(context))
}

/// The feeds alone, where no mail can be sent.
pub fn feeds(site: Site) -> Router {
    open_pages(Arc::new(Context { site, limits: Limits::new() }))
}

fn open_pages(context: Arc<Context>) -> Router {
    Router::new()
        .route(pages::STYLE_PATH, get(style))
        .route("/alerts/feed.xml", get(feed_all))
        .route("/alerts/feed/{thesis}", get(feed_thesis))
        .with_state(context)
}

/// Posts from pages elsewhere are refused, where the browser says where they come from.
async fn own_pages_alone(request: Request, next: Next) -> Response {
    if request.method() == axum::http::Method::POST && foreign(request.headers()) {
        return (StatusCode::FORBIDDEN, "this form is taken from our own pages alone\n").into_response();
    }
    next.run(request).await
}

fn foreign(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some("null"), _) => true,
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, rest)| rest != host),
        _ => false,
    }
}

/// Pages whose address is a key: not kept, not indexed, not told to the next page.
async fn unseen(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    response
}

/// The allowance of a caller. Reading is cheap, writing is not.
async fn allowed(Shared(context): Ctx, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|c| c.0.ip());
    let forwarded = context.site.settings.forwarded.then(|| request.headers().get("x-forwarded-for")).flatten();
    let forwarded = forwarded.and_then(|v| v.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    let asks = matches!(request.uri().path(), "/alerts" | "/alerts/link") && request.method() == axum::http::Method::POST;
    if let Err(wait) = context.limits.check(forwarded.or(peer), asks) {
        let page = pages::message(&context.site, "Too many requests", "Please wait a little and try again.");
        let mut response = shown(StatusCode::TOO_MANY_REQUESTS, page);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        return response;
    }
    next.run(request).await
}

/// Runs what touches the database where it may wait.
async fn blocking<T: Send + 'static>(
    context: &Arc<Context>,
    work: impl FnOnce(&Context) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Response> {
    let context = context.clone();
    let inner = context.clone();
    match tokio::task::spawn_blocking(move || work(&inner)).await {
        Ok(Ok(done)) => Ok(done),
        // What went wrong is for whoever runs the program; it may name paths.
        Ok(Err(_)) | Err(_) => {
            let page = pages::message(&context.site, "Something went wrong", "Please try again in a moment.");
            Err(shown(StatusCode::INTERNAL_SERVER_ERROR, page))
        }
    }
}

fn shown(status: StatusCode, page: String) -> Response {
    (status, Html(page)).into_response()
}

fn seconds() -> u64 {
    Timestamp::now().as_second().max(0) as u64
}

fn gone(context: &Context) -> Response {
    let text = "It may have been used, changed on its way, or have expired. You can ask for a new one.";
    shown(StatusCode::NOT_FOUND, pages::message(&context.site, "This link is no longer good", text))
}

async fn sign_up_page(Shared(context): Ctx) -> Response {
    shown(StatusCode::OK, pages::sign_up(&context.site, None, None))
}

async fn sign_up(Shared(context): Ctx, fields: Posted) -> Response {
    let Form(fields) = match fields {
        Ok(fields) => fields,
        Err(why) => return unreadable(&context, &why),
    };
    let read = form::address(&fields).and_then(|address| Ok((address, form::wish(&fields, &context.site.offered)?)));
    let (address, wish) = match read {
        Ok(read) => read,
        Err(wrong) => {
            return shown(StatusCode::UNPROCESSABLE_ENTITY, pages::sign_up(&context.site, Some(&wrong), Some(&fields)));
        }
    };
    taken(&context, address, Some(wish)).await
}

async fn link_page(Shared(context): Ctx) -> Response {
    shown(StatusCode::OK, pages::link(&context.site, None))
}

async fn link(Shared(context): Ctx, fields: Posted) -> Response {
    let Form(fields) = match fields {
        Ok(fields) => fields,
        Err(why) => return unreadable(&context, &why),
    };
    match form::address(&fields) {
        Ok(address) => taken(&context, address, None).await,
        Err(wrong) => shown(StatusCode::UNPROCESSABLE_ENTITY, pages::link(&context.site, Some(&wrong))),
    }
}

/// The one answer to whoever asks, whatever is known of the address.
async fn taken(context: &Arc<Context>, address: Address, wish: Option<subscribe::Wish>) -> Response {
    let done = blocking(context, move |c| subscribe::request(&c.site.state, &address, wish.as_ref(), Timestamp::now())).await;
    match done {
        Ok(()) => {
            let text = "If there is something to confirm or to change, a mail with a link is on its way. It may take a minute.";
            shown(StatusCode::ACCEPTED, pages::message(&context.site, "Look into your mailbox", text))
        }
        Err(response) => response,
    }
}

fn unreadable(context: &Context, why: &FormRejection) -> Response {
    let text = "Expected the fields of the form, at most 32 kB of them.";
    shown(why.status(), pages::message(&context.site, "The form could not be read", text))
}

async fn confirm_page(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    let good = blocking(&context, move |c| subscribe::token_good(&c.site.state, &token, Timestamp::now())).await;
    match good {
        Ok(true) => shown(StatusCode::OK, pages::confirm(&context.site)),
        Ok(false) => gone(&context),
        Err(response) => response,
    }
}

async fn confirm(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    let done = blocking(&context, move |c| subscribe::confirm(&c.site.state, &token, Timestamp::now())).await;
    match done {
        Ok(Some(handle)) => {
            let token = context.site.state.keys.sign(Purpose::Preferences, handle, seconds() + mail::PREFERENCES_FOR);
            shown(StatusCode::OK, pages::confirmed(&context.site, &token))
        }
        Ok(None) => gone(&context),
        Err(response) => response,
    }
}

fn holder(context: &Context, token: &str) -> Option<[u8; 16]> {
    context.site.state.keys.verify(Purpose::Preferences, token, seconds())
}

async fn preferences_page(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    show_preferences(&context, token, None).await
}

async fn show_preferences(context: &Arc<Context>, token: String, said: Option<Result<&'static str, String>>) -> Response {
    let Some(handle) = holder(context, &token) else { return gone(context) };
    match blocking(context, move |c| subscribe::wish(&c.site.state, handle)).await {
        Ok(Some(wish)) => {
            let status = if matches!(said, Some(Err(_))) { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            shown(status, pages::preferences(&context.site, &token, &wish, said.as_ref()))
        }
        Ok(None) => gone(context),
        Err(response) => response,
    }
}

async fn preferences(Shared(context): Ctx, Path(token): Path<String>, fields: Posted) -> Response {
    let Some(handle) = holder(&context, &token) else { return gone(&context) };
    let Form(fields) = match fields {
        Ok(fields) => fields,
        Err(why) => return unreadable(&context, &why),
    };
    let wish = match form::wish(&fields, &context.site.offered) {
        Ok(wish) => wish,
        Err(wrong) => return show_preferences(&context, token, Some(Err(wrong.text))).await,
    };
    match blocking(&context, move |c| subscribe::update(&c.site.state, handle, &wish, Timestamp::now())).await {
        Ok(true) => show_preferences(&context, token, Some(Ok("Saved."))).await,
        Ok(false) => gone(&context),
        Err(response) => response,
    }
}

async fn export(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    let Some(handle) = holder(&context, &token) else { return gone(&context) };
    match blocking(&context, move |c| subscribe::export(&c.site.state, handle)).await {
        Ok(Some(value)) => {
            let name = HeaderValue::from_static("attachment; filename=\"plimsoll-alerts.json\"");
            let text = serde_json::to_string_pretty(&value).unwrap_or_default();
            ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json")), (header::CONTENT_DISPOSITION, name)], text)
                .into_response()
        }
        Ok(None) => gone(&context),
        Err(response) => response,
    }
}

async fn delete(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    let Some(handle) = holder(&context, &token) else { return gone(&context) };
    left(&context, handle).await
}

async fn leave_page(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    match context.site.state.keys.verify(Purpose::Leave, &token, seconds()) {
        Some(_) => shown(StatusCode::OK, pages::leave(&context.site)),
        None => gone(&context),
    }
}

/// One click (RFC 8058): the post alone is enough, from wherever it comes; what is in it does not matter.
async fn leave(Shared(context): Ctx, Path(token): Path<String>) -> Response {
    let Some(handle) = context.site.state.keys.verify(Purpose::Leave, &token, seconds()) else { return gone(&context) };
    left(&context, handle).await
}

async fn left(context: &Arc<Context>, handle: [u8; 16]) -> Response {
    match blocking(context, move |c| subscribe::leave(&c.site.state, handle)).await {
        Ok(()) => {
            let text = "Nothing more will be sent, and nothing is kept of you: your address, your choices and the list of what was sent are deleted.";
            shown(StatusCode::OK, pages::message(&context.site, "You have left", text))
        }
        Err(response) => response,
    }
}

async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let keep = HeaderValue::from_static("public, max-age=3600");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], pages::STYLE).into_response()
}

async fn feed_all(Shared(context): Ctx) -> Response {
    serve_feed(context, None).await
}

async fn feed_thesis(Shared(context): Ctx, Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".xml").filter(|n| context.site.offered.iter().any(|o| o.name == *n)).map(str::to_owned);
    match name {
        Some(name) => serve_feed(context, Some(name)).await,
        None => {
            shown(StatusCode::NOT_FOUND, pages::message(&context.site, "There is no such feed", "Feeds are named after theses."))
        }
    }
}

async fn serve_feed(context: Arc<Context>, thesis: Option<String>) -> Response {
    let made = blocking(&context, move |c| {
        let alerts = outbox::latest(&c.site.state, thesis.as_deref(), feed::ENTRIES)?;
        Ok(feed::atom(&c.site.settings, thesis.as_deref(), &alerts))
    });
    match made.await {
        Ok(text) => {
            let kind = HeaderValue::from_static("application/atom+xml; charset=utf-8");
            let keep = HeaderValue::from_static("public, max-age=60");
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], text).into_response()
        }
        Err(response) => response,
    }
}

/// What the theses that are served offer to subscribers.
pub fn offered<'a>(theses: impl IntoIterator<Item = (&'a str, &'a plimsoll_claims::Thesis)>) -> Vec<Offered> {
    let measured = |c: &&plimsoll_claims::Claim| matches!(c.test, plimsoll_claims::Test::Measured { .. });
    theses
        .into_iter()
        .map(|(name, thesis)| Offered {
            name: name.to_owned(),
            title: thesis.title.clone(),
            claims: thesis.claims.iter().filter(measured).map(|c| (c.id.clone(), c.says.clone())).collect(),
        })
        .collect()
}

/// All that a server needs of alerts: the pages (the feeds alone where no mail can be sent), and a thread that delivers until the process
/// ends.
pub fn mount(store: &std::path::Path, settings: Alerts, offered: Vec<Offered>) -> Result<Router, Failure> {
    let state = Arc::new(State::open(&settings.folder(store))?);
    let settings = Arc::new(settings);
    let site = Site { state: state.clone(), settings: settings.clone(), offered, layout: in_shell };
    let mails = settings.smtp.is_some() && settings.base_url.is_some();
    let deliver = move || {
        loop {
            // A failure is the database's or the configuration's: both may be mended while we run.
            if let Err(failure) = super::deliver::background(&state, &settings, &|| false) {
                tracing::error!("alerts: {failure}");
            }
            std::thread::sleep(std::time::Duration::from_secs(5));
        }
    };
    std::thread::Builder::new().name("alerts".into()).spawn(deliver)?;
    Ok(if mails { router(site) } else { feeds(site) })
}

/// A page of the dashboard.
fn in_shell(title: &str, body: &Markup) -> String {
    let shell = crate::serve::shell::Shell { title: title.to_owned(), ..Default::default() };
    crate::serve::shell::page(&shell, body)
}

/// A page by itself, where no site lays it out.
pub fn alone(title: &str, body: &Markup) -> String {
    pages::alone(title, body)
}

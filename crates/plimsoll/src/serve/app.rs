//! The server: its parts, its routes, its life.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::sync::{Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;

use super::api::{Answer, RESOURCES, Resource, openapi};
use super::ask::Ask;
use super::metrics::Metrics;
use super::news::{Item, News};
use super::pages::{self, PAGES, Place, report, thesis};
use super::problem::Problem;
use super::reply::{Content, Reply};
use super::settings::Settings;
use super::work::{Lane, Work};
use super::world::World;
use super::{assets, guard, stream};
use crate::failure::Failure;

/// The largest body that is read.
const BODY: usize = 16 * 1024;
/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(2);
/// How long answers under way may take when the server is told to end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Everything the routes share.
pub struct App {
    /// How it was set up.
    pub settings: Settings,
    /// Store and thesis.
    pub world: Arc<World>,
    /// Threads and finished answers.
    pub work: Arc<Work>,
    /// Figures about the server.
    pub metrics: Arc<Metrics>,
    /// News.
    pub news: Arc<News>,
    /// Requests at a time.
    pub requests: Arc<Semaphore>,
    /// Listeners at a time.
    pub listeners: Arc<Semaphore>,
    /// Turns true when the server ends.
    pub ending: watch::Receiver<bool>,
    end: watch::Sender<bool>,
    anyone: bool,
}

impl App {
    /// Puts the parts together.
    pub fn new(settings: Settings, world: World) -> Result<Arc<App>, Failure> {
        let metrics = Arc::new(Metrics::default());
        let (end, ending) = watch::channel(false);
        // Where others may come and no host is named, every host is taken: it is known only to whoever set the address.
        let anyone = !settings.address()?.ip().is_loopback() && settings.hosts.is_empty();
        Ok(Arc::new(App {
            work: Arc::new(Work::start(&settings, metrics.clone())),
            world: Arc::new(world),
            news: Arc::default(),
            requests: Arc::new(Semaphore::new(settings.requests)),
            listeners: Arc::new(Semaphore::new(settings.listeners)),
            metrics,
            ending,
            end,
            anyone,
            settings,
        }))
    }
    /// Whether requests for a host are answered.
    pub fn allows(&self, host: &str) -> bool {
        let name = guard::name_of(host);
        let public = self.settings.public_url.as_deref().and_then(|u| url::Url::parse(u).ok()?.host_str().map(str::to_owned));
        self.anyone
            || guard::local(name)
            || self.settings.hosts.iter().any(|h| guard::name_of(h).eq_ignore_ascii_case(name))
            || public.is_some_and(|p| p.eq_ignore_ascii_case(name))
    }
    /// Looks at the store; tells of new data.
    fn look(&self) {
        match self.world.refresh() {
            Ok(Some(version)) => {
                self.work.keep(&version.key);
                tracing::info!(version = version.key, "new data");
                let text = format!("New data has arrived; it reaches {}.", version.latest.day());
                self.news.tell(Item { kind: "data".into(), text, link: Some("/".into()) });
            }
            Ok(None) => {}
            Err(failure) => tracing::warn!(error = failure.message(), "the store cannot be looked at"),
        }
    }
}

type Shared = State<Arc<App>>;
type Name = Option<Path<String>>;

fn arg(name: Name) -> String {
    name.map(|Path(n)| n).unwrap_or_default()
}

/// How long a reader of pages waits before seeing that a page is being made.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// An answer, or, where that takes long and the reader wants pages, the page that says so. What is being made goes on being made.
async fn patient(
    headers: &HeaderMap,
    (place, as_of): (&'static str, Option<String>),
    answer: impl Future<Output = Result<Arc<Reply>, Problem>> + Send + 'static,
) -> Response {
    let sent = |made: Result<Arc<Reply>, Problem>| made.map_or_else(IntoResponse::into_response, |reply| reply.send(headers));
    if !guard::accepts_pages(headers) {
        return sent(answer.await);
    }
    let mut making = tokio::spawn(answer);
    match tokio::time::timeout(PATIENCE, &mut making).await {
        Ok(made) => sent(made.unwrap_or_else(|e| Err(Problem::internal(e)))),
        Err(_) => {
            let page = super::shell::waiting(place, as_of.as_deref());
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            let mut response = (
                StatusCode::ACCEPTED,
                [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
                page,
            )
                .into_response();
            response.headers_mut().insert(header::REFRESH, HeaderValue::from_static("2"));
            response
        }
    }
}

/// A page.
async fn show(app: Arc<App>, place: &'static Place, name: String, uri: Uri, headers: HeaderMap) -> Response {
    let mut takes = vec!["as_of", "card"];
    takes.extend_from_slice(place.takes);
    let ask = match Ask::parse(uri.query(), &takes) {
        Ok(ask) => ask,
        Err(problem) => return problem.into_response(),
    };
    if app.world.version().empty && !place.without_data {
        return empty().into_response();
    }
    let key = format!("page|{}|{name}|{}", place.route, ask.canonical());
    let path = place.route.replace("{name}", &super::shell::escape(&name));
    let query = ask.canonical();
    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
    let base = app.settings.public_url.clone();
    let (lane_ask, lane_name, as_of) = (ask.clone(), name.clone(), ask.get("as_of").map(str::to_owned));
    let make = move |job: &super::world::Job| {
        let page = (place.make)(job, &ask, &name)?;
        pages::finish(page, &ask, base.as_deref(), &address)
    };
    let answer = async move { app.work.answer(&app.world, &key, |job| (place.lane)(job, &lane_ask, &lane_name), make).await };
    let part = super::shell::PLACES.iter().map(|p| p.0).find(|p| p.len() > 1 && place.route.starts_with(p)).unwrap_or("/");
    patient(&headers, (part, as_of), answer).await
}

fn empty() -> Problem {
    Problem::missing("This store holds nothing yet.").hint("`plimsoll import FILES` fills it; open this page again afterwards.")
}

/// A resource of the API.
async fn resource(app: Arc<App>, r: &'static Resource, name: String, uri: Uri, headers: HeaderMap) -> Response {
    let answered = async {
        let ask = Ask::parse(uri.query(), &openapi::takes(r))?;
        if r.dated {
            ask.as_of(&app.world.version(), true)?;
        }
        if app.world.version().empty && r.dated {
            return Err(empty());
        }
        let key = format!("api|{}|{name}|{}", r.path, ask.canonical());
        let path = format!("/api/v1{}", r.path.replace("{name}", &super::shell::escape(&name)));
        let (lane_ask, lane_name) = (ask.clone(), name.clone());
        let make = move |job: &super::world::Job| match (r.make)(job, &ask, &name)? {
            Answer::Table(table) => table.answer(&ask, &path),
            Answer::Document(content) => Ok(content),
        };
        app.work.answer(&app.world, &key, |job| (r.lane)(job, &lane_ask, &lane_name), make).await
    };
    match answered.await {
        Ok(reply) => reply.send(&headers),
        Err(problem) => problem.into_response(),
    }
}

/// The report of a day.
async fn report_page(State(app): Shared, uri: Uri, headers: HeaderMap) -> Response {
    let ask = match Ask::parse(uri.query(), report::TAKES) {
        Ok(ask) => ask,
        Err(problem) => return problem.into_response(),
    };
    if app.world.version().empty {
        return empty().into_response();
    }
    let (asked, as_of) = (ask.clone(), ask.get("as_of").map(str::to_owned));
    let key = format!("report|{}", ask.canonical());
    let make = move |job: &super::world::Job| report::content(job, &ask);
    let answer = async move { app.work.answer(&app.world, &key, |job| thesis::lane(job, &asked, ""), make).await };
    patient(&headers, ("/", as_of), answer).await
}

async fn described(State(app): Shared, headers: HeaderMap) -> Response {
    let made = app.work.answer(&app.world, "openapi", |_| Lane::Quick, |_| Content::json(&openapi::document())).await;
    made.map_or_else(IntoResponse::into_response, |reply| reply.send(&headers))
}

async fn asset(State(app): Shared, uri: Uri, headers: HeaderMap) -> Response {
    let Some(found) = assets::find(uri.path()) else {
        return Problem::missing("No page or resource stands at this address.").into_response();
    };
    let content = move |_: &super::world::Job| {
        let content = Content { kind: found.kind, bytes: found.bytes.to_vec(), headers: Vec::new() };
        Ok(content.header(header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
    };
    let made = app.work.answer(&app.world, &format!("asset|{}", found.path), |_| Lane::Quick, content).await;
    made.map_or_else(IntoResponse::into_response, |reply| reply.send(&headers))
}

async fn figures(State(app): Shared) -> Response {
    let text = app.metrics.text(app.work.bytes() + app.world.prepared_bytes());
    ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

async fn nothing(uri: Uri) -> Response {
    let path = uri.path();
    let near = PAGES.iter().map(|p| p.route).filter(|r| !r.contains('{'));
    Problem::missing("No page or resource stands at this address.").near(path, near).into_response()
}

fn text(body: &'static str) -> MethodRouter<Arc<App>> {
    get(move || async move { ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], body) })
}

/// The routes; `beside` are those of other parts of the program.
pub fn router(app: Arc<App>, beside: Option<Router>) -> Router {
    let mut routes: Router<Arc<App>> = Router::new();
    for place in PAGES {
        let handler =
            move |State(app): Shared, name: Name, uri: Uri, headers: HeaderMap| show(app, place, arg(name), uri, headers);
        routes = routes.route(place.route, get(handler));
    }
    for r in RESOURCES {
        let handler =
            move |State(app): Shared, name: Name, uri: Uri, headers: HeaderMap| resource(app, r, arg(name), uri, headers);
        routes = routes.route(&format!("/api/v1{}", r.path), get(handler));
    }
    let routes = routes
        .route("/report", get(report_page))
        .route("/api/v1/openapi.json", get(described))
        .route("/api/v1/news", get(stream::listen).post(stream::tell))
        .route("/assets/{file}", get(asset))
        .route("/metrics", get(figures))
        .route("/healthz", text("ok\n"))
        .route("/robots.txt", text("User-agent: *\nDisallow: /api/\n"))
        .fallback(nothing)
        .with_state(app.clone());
    let routes = match beside {
        Some(beside) => routes.merge(beside),
        None => routes,
    };
    let broken = |_: Box<dyn std::any::Any + Send>| Problem::internal("a panic").into_response();
    routes
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CatchPanicLayer::custom(broken))
        .layer(middleware::from_fn_with_state(app, guard::guard))
}

/// Listens until told to end.
pub async fn run(app: Arc<App>, beside: Option<Router>, listener: tokio::net::TcpListener) -> Result<(), Failure> {
    let looking = app.clone();
    tokio::spawn(async move {
        let mut warm = None;
        loop {
            // The first page is made before anyone asks for it: at the start, and whenever data arrives.
            let version = looking.world.version();
            if warm.as_ref() != Some(&version.key) && !version.empty {
                warm = Some(version.key.clone());
                let app = looking.clone();
                tokio::spawn(
                    async move { drop(show(app, &PAGES[0], String::new(), Uri::from_static("/"), HeaderMap::new()).await) },
                );
            }
            tokio::time::sleep(LOOK).await;
            let app = looking.clone();
            looking.work.soon(move || app.look());
        }
    });
    let routes = router(app.clone(), beside).into_make_service_with_connect_info::<SocketAddr>();
    let told = app.clone();
    let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
        asked_to_end().await;
        tracing::info!("ending");
        let _ = told.end.send(true);
    });
    let mut ending = app.ending.clone();
    tokio::select! {
        done = serving => done.map_err(Failure::new),
        () = async move {
            let _ = ending.wait_for(|end| *end).await;
            tokio::time::sleep(FAREWELL).await;
        } => Ok(()),
    }
}

async fn asked_to_end() {
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

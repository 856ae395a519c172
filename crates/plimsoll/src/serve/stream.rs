//! News as server-sent events, and who may tell them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio_stream::StreamExt;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};

use super::app::App;
use super::news::Item;
use super::problem::Problem;

/// Counts a listener as long as the stream lives.
struct Listening {
    app: Arc<App>,
    _place: tokio::sync::OwnedSemaphorePermit,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.app.metrics.listeners.dec();
    }
}

fn event((id, item): &(u64, Item)) -> Option<Event> {
    Event::default().event("news").id(id.to_string()).json_data(item).ok()
}

/// What is on its way to a listener.
enum Step {
    News((u64, Item)),
    Missed,
    End,
}

/// Listens: first what was missed since `Last-Event-ID`, then what comes.
pub async fn listen(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let Ok(place) = app.listeners.clone().try_acquire_owned() else {
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "As many readers as are allowed listen already.")
            .retry(30)
            .into_response();
    };
    let after = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    let (missed, live) = app.news.listen(after);
    app.metrics.listeners.inc();
    let listening = Listening { app: app.clone(), _place: place };
    let ending = WatchStream::new(app.ending.clone()).filter(|end| *end).map(|_| Step::End);
    // Who reads too slowly is told so, and can ask for the store's state instead.
    let live = BroadcastStream::new(live).map(|found| found.map_or(Step::Missed, Step::News));
    let steps = tokio_stream::iter(missed.into_iter().map(Step::News)).chain(live).merge(ending);
    let events = steps.map_while(|step| match step {
        Step::News(item) => event(&item),
        Step::Missed => Some(Event::default().event("missed").data("{}")),
        Step::End => None,
    });
    let events = events.map(move |event| {
        let _ = &listening;
        Ok::<Event, Infallible>(event)
    });
    let keep = KeepAlive::new().interval(Duration::from_secs(20));
    let mut response = Sse::new(events).keep_alive(keep).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

/// Tells: for whoever holds the token.
pub async fn tell(State(app): State<Arc<App>>, headers: HeaderMap, body: Result<Json<Item>, JsonRejection>) -> Response {
    if let Err(problem) = authorised(&app, &headers) {
        return problem.into_response();
    }
    let item = match body {
        Ok(Json(item)) => item,
        Err(JsonRejection::MissingJsonContentType(_)) => {
            return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "News are JSON: `Content-Type: application/json`.")
                .into_response();
        }
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => return rejection.into_response(),
        Err(_) => return Problem::bad("The body is not news: expected `kind`, `text` and perhaps `link`.").into_response(),
    };
    match item.check() {
        Ok(()) => (StatusCode::CREATED, Json(serde_json::json!({ "id": app.news.tell(item) }))).into_response(),
        Err(why) => Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
    }
}

/// Whether a request carries the token. Hashes are compared, so that the time taken says nothing of it.
fn authorised(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let Some(token) = &app.settings.token else {
        return Err(Problem::new(StatusCode::FORBIDDEN, "This server is read-only.").hint("Whoever runs it may set a token."));
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let given = given.get(..7).filter(|s| s.eq_ignore_ascii_case("bearer ")).map_or("", |_| &given[7..]);
    if blake3::hash(given.trim().as_bytes()) == blake3::hash(token.as_bytes()) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNAUTHORIZED, "The token is missing or is not the one set here."))
}

//! The pages of alerts: from sign-up to leaving, and everything that must not work.
#![cfg(feature = "serve")]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use jiff::Timestamp;
use plimsoll::alerts::secret::Purpose;
use plimsoll::alerts::settings::Alerts;
use plimsoll::alerts::state::State;
use plimsoll::alerts::subscribe;
use plimsoll::alerts::web::{Offered, Site, alone, router};
use tower::ServiceExt;

struct Web {
    _dir: tempfile::TempDir,
    state: Arc<State>,
    router: Router,
}

/// What came back: status, headers as text, body.
struct Answer(StatusCode, String, String);

impl Web {
    fn new() -> Web {
        let dir = tempfile::tempdir().unwrap();
        let state = Arc::new(State::open(dir.path()).unwrap());
        let claims = [("flips", "It flips."), ("stands", "It stands.")].map(|(i, s)| (i.to_owned(), s.to_owned()));
        let offered = vec![Offered { name: "yields".into(), title: "Yields decide".into(), claims: claims.to_vec() }];
        let settings = Arc::new(Alerts::default());
        let router = router(Site { state: state.clone(), settings, offered, layout: alone });
        Web { _dir: dir, state, router }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), format!("{:?}", response.headers()));
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer(status, headers, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &str) -> Answer {
        self.post_from(path, body, "192.0.2.1", &[]).await
    }

    async fn post_from(&self, path: &str, body: &str, ip: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip.parse().unwrap(), 1)));
        self.send(request).await
    }

    /// What whoever delivers does with sign-ups; comes back with the token of the last letter.
    fn letters(&self) -> Vec<serde_json::Value> {
        subscribe::work(&self.state, Timestamp::now()).unwrap();
        let connection = self.state.read();
        let mut q = connection.prepare("SELECT letter FROM message ORDER BY id").unwrap();
        q.query_map([], |r| r.get::<_, String>(0)).unwrap().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect()
    }

    /// Signs somebody up and confirms; comes back with their handle.
    async fn subscribed(&self) -> [u8; 16] {
        let body = "address=reader%40example.org&what=some&pick=yields%2Fflips&frequency=daily&zone=Europe%2FBerlin";
        assert_eq!(self.post("/alerts", body).await.0, StatusCode::ACCEPTED);
        let token = self.letters().last().unwrap()["token"].as_str().unwrap().to_owned();
        let page = self.get(&format!("/alerts/confirm/{token}")).await;
        assert!(page.0 == StatusCode::OK && page.2.contains("method=\"post\""), "looking at the link does not confirm");
        assert_eq!(subscribe::counts(&self.state).unwrap(), [("pending".to_owned(), 1)]);
        let done = self.post(&format!("/alerts/confirm/{token}"), "").await;
        assert!(done.0 == StatusCode::OK && done.2.contains("You are subscribed"), "{}", done.2);
        assert_eq!(self.get(&format!("/alerts/confirm/{token}")).await.0, StatusCode::NOT_FOUND, "good once");
        self.state.read().query_row("SELECT handle FROM subscriber", [], |r| r.get(0)).unwrap()
    }
}

#[tokio::test]
async fn from_sign_up_to_leaving() {
    let web = Web::new();
    let page = web.get("/alerts").await;
    assert!(page.0 == StatusCode::OK && page.2.contains("It flips.") && page.2.contains("yields/stands"));
    let handle = web.subscribed().await;
    let now = Timestamp::now().as_second() as u64;
    let token = web.state.keys.sign(Purpose::Preferences, handle, now + 60);
    let path = format!("/alerts/preferences/{token}");
    let page = web.get(&path).await;
    assert!(page.1.contains("no-store") && page.1.contains("no-referrer"), "{}", page.1);
    assert!(
        page.2.contains("value=\"yields/flips\" checked") && !page.2.contains("value=\"yields/stands\" checked"),
        "{}",
        page.2
    );
    assert!(page.2.contains("value=\"daily\" checked") && page.2.contains("Europe/Berlin"));
    assert!(
        !page.2.contains("reader@") && !page.2.contains("reader%40"),
        "the page is reached by a link alone: it shows no address"
    );

    let saved = web.post(&path, "what=all&frequency=weekly&zone=Asia%2FTokyo&quiet=on&from=21%3A00&to=06%3A30").await;
    assert!(saved.0 == StatusCode::OK && saved.2.contains("Saved.") && saved.2.contains("value=\"21:00\""), "{}", saved.2);
    let wrong = web.post(&path, "what=all&zone=Nowhere").await;
    assert!(wrong.0 == StatusCode::UNPROCESSABLE_ENTITY && wrong.2.contains("time zone"), "{}", wrong.2);

    let export = web.get(&format!("{path}/export")).await;
    let json: serde_json::Value = serde_json::from_str(&export.2).unwrap();
    assert_eq!((&json["address"], &json["frequency"]), (&"reader@example.org".into(), &"weekly".into()));

    // One click, from the reader's mail provider, without a browser.
    let leave = format!("/alerts/leave/{}", web.state.keys.sign(Purpose::Leave, handle, 0));
    assert!(web.get(&leave).await.2.contains("Unsubscribe"));
    assert_eq!(subscribe::counts(&web.state).unwrap(), [("active".to_owned(), 1)], "looking at the link does not leave");
    let headers = [("origin", "https://mail.example.com"), ("sec-fetch-site", "cross-site")];
    let left = web.post_from(&leave, "List-Unsubscribe=One-Click", "192.0.2.9", &headers).await;
    assert!(left.0 == StatusCode::OK && left.2.contains("You have left"));
    assert_eq!(subscribe::counts(&web.state).unwrap(), []);
    assert_eq!(web.post(&leave, "List-Unsubscribe=One-Click").await.0, StatusCode::OK, "twice is no error");
    assert_eq!(web.get(&path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn answers_do_not_tell_who_is_subscribed() {
    let web = Web::new();
    web.subscribed().await;
    for path in ["/alerts", "/alerts/link"] {
        let known = web.post_from(path, "address=reader%40example.org", "192.0.2.2", &[]).await;
        let unknown = web.post_from(path, "address=nobody%40example.org", "192.0.2.3", &[]).await;
        assert_eq!((known.0, &known.1, &known.2), (unknown.0, &unknown.1, &unknown.2), "{path}");
        assert_eq!(known.0, StatusCode::ACCEPTED);
    }
    // And the work before the answer is one row each.
    let rows: i64 = web.state.read().query_row("SELECT count(*) FROM request", [], |r| r.get(0)).unwrap();
    assert_eq!(rows, 4);
}

#[tokio::test]
async fn what_is_malformed_foreign_large_or_too_often_is_refused() {
    let web = Web::new();
    for body in [
        "address=reader%40example.org%0d%0aBcc%3a%20all%40example.org",
        "address=reader%40ex%D0%B0mple.org",
        "address=reader",
        "",
        "address=reader%40example.org&frequency=hourly",
        "address=reader%40example.org&what=some&pick=other",
    ] {
        let ip = format!("198.51.100.{}", body.len() % 250);
        let refused = web.post_from("/alerts", body, &ip, &[]).await;
        assert_eq!(refused.0, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(refused.2.contains("role=\"alert\""), "{body}");
    }
    let markup = web.post_from("/alerts", "address=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E", "198.51.100.251", &[]).await;
    assert!(!markup.2.contains("<script>"), "{}", markup.2);
    assert_eq!(
        web.post_from("/alerts", &format!("address={}", "a".repeat(40_000)), "203.0.113.1", &[]).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let json = Request::post("/alerts").header("content-type", "application/json").body(Body::from("{}")).unwrap();
    assert_eq!(web.send(json).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

    // Forms from pages elsewhere.
    let body = "address=reader%40example.org";
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example"), ("host", "plimsoll.example.org")],
        &[("origin", "null"), ("host", "plimsoll.example.org")],
    ] {
        assert_eq!(web.post_from("/alerts", body, "203.0.113.2", headers).await.0, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let own = [("origin", "https://plimsoll.example.org"), ("host", "plimsoll.example.org"), ("sec-fetch-site", "same-origin")];
    assert_eq!(web.post_from("/alerts", body, "203.0.113.3", &own).await.0, StatusCode::ACCEPTED);

    // Links that were not made here.
    let handle = [1; 16];
    let other = web.state.keys.sign(Purpose::Leave, handle, 0);
    let long = "A".repeat(5000);
    for token in ["x", "..%2f..%2fetc%2fpasswd", "%00", &other, &long] {
        for path in [
            format!("/alerts/preferences/{token}"),
            format!("/alerts/preferences/{token}/export"),
            format!("/alerts/confirm/{token}"),
        ] {
            assert_eq!(web.get(&path).await.0, StatusCode::NOT_FOUND, "{path}");
        }
        if token != other {
            assert_eq!(web.post(&format!("/alerts/leave/{token}"), "").await.0, StatusCode::NOT_FOUND);
        }
    }
    assert_eq!(web.get("/alerts/feed/..%2fx.xml").await.0, StatusCode::NOT_FOUND);

    let mut last = StatusCode::OK;
    for _ in 0..10 {
        last = web.post_from("/alerts", body, "203.0.113.77", &[]).await.0;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let other = web.post_from("/alerts", body, "203.0.113.78", &[]).await;
    assert_eq!(other.0, StatusCode::ACCEPTED, "others go on");
    let limited = web.post_from("/alerts", body, "203.0.113.77", &[]).await;
    assert!(limited.1.contains("retry-after"), "{}", limited.1);
}

#[tokio::test]
async fn the_feed_is_atom_and_names_nobody() {
    let web = Web::new();
    web.subscribed().await;
    for path in ["/alerts/feed.xml", "/alerts/feed/yields.xml"] {
        let feed = web.get(path).await;
        assert!(feed.0 == StatusCode::OK && feed.1.contains("application/atom+xml"), "{}", feed.1);
        assert!(feed.2.contains("http://www.w3.org/2005/Atom") && !feed.2.contains("reader"), "{}", feed.2);
    }
}

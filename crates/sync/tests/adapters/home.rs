//! The real API, at home in memory, behind the adapter's idea of HTTP.

use std::future::{Future, ready};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::Request;
use futures::executor::block_on;
use http_body_util::BodyExt;
use leadline_api::{
    Calls, Clock, Desk, Host, Info, NotStored, Reply, Unavailable, Write, Written, router,
};
use leadline_model::{Definition, Time, WorkflowId};
use leadline_sim::SessionConfig;
use leadline_sync::http::{Http, HttpRequest, HttpResponse, Unreachable};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Kept {
    desk: Desk,
    life: u32,
    key: String,
}

/// An organization of the real API.
#[derive(Clone)]
pub struct Home(Arc<Mutex<Kept>>);

impl Home {
    pub fn new() -> Home {
        let config = SessionConfig {
            organization_id: "org_test".into(),
            now: Time::parse("2026-03-02T09:00:00Z").unwrap(),
            key: 7,
            tick_ms: None,
        };
        Home(Arc::new(Mutex::new(Kept {
            desk: Desk::new(config),
            life: 1,
            key: "key".to_owned(),
        })))
    }

    pub fn desk<T>(&self, ask: impl FnOnce(&Desk) -> T) -> T {
        ask(&self.0.lock().unwrap().desk)
    }

    /// The graphs there are, by id.
    pub fn graphs(&self) -> Vec<(WorkflowId, Definition)> {
        self.desk(|desk| {
            let engine = desk.engine();
            let ids = engine.plain_workflows().map(|one| one.id.clone());
            let graph = |id: WorkflowId| (id.clone(), engine.definition(&id).unwrap().0.clone());
            ids.map(graph).collect()
        })
    }

    /// What a request is answered.
    pub fn ask(&self, method: &'static str, path: &str, body: &str) -> Value {
        let request = HttpRequest {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Some(body.to_owned()),
        };
        let response = block_on(self.send(request)).unwrap();
        assert!(response.status < 300, "{}", response.body);
        serde_json::from_str(&response.body).unwrap()
    }

    /// A workflow that somebody else made.
    pub fn put(&self, graph: &Definition) {
        let made = self.ask(
            "POST",
            "/v1/workflows",
            &json!({"title": graph.title}).to_string(),
        );
        let path = format!("/v1/workflows/{}/definition", made["id"].as_str().unwrap());
        self.ask("PUT", &path, &serde_json::to_string(graph).unwrap());
    }

    /// What can be put back.
    pub fn backup(&self) -> (Vec<u8>, u64) {
        self.desk(|desk| (desk.snapshot(), desk.next_seq()))
    }

    /// What came after the backup is gone, and its life is another one.
    pub fn restore(&self, (snapshot, seq): &(Vec<u8>, u64)) {
        let mut kept = self.0.lock().unwrap();
        kept.desk = Desk::restore(snapshot, *seq).unwrap();
        kept.life += 1;
    }

    pub fn change_key(&self, key: &str) {
        self.0.lock().unwrap().key = key.to_owned();
    }
}

impl Host for Home {
    type Organization = ();

    fn info(&self) -> Info {
        Info {
            clock: Clock::Simulated,
            calls: Calls::Simulated,
            streams: false,
        }
    }

    fn organization(&self, key: &str) -> Result<Option<()>, Unavailable> {
        Ok((key == self.0.lock().unwrap().key).then_some(()))
    }

    fn read<T>(&self, _: &(), ask: impl FnOnce(&Desk) -> T) -> T {
        self.desk(ask)
    }

    fn write(&self, _: &(), write: Write) -> impl Future<Output = Result<Reply, NotStored>> + Send {
        let written = self.0.lock().unwrap().desk.write(write);
        ready(Ok(match written {
            Written::Now(reply, _) | Written::Before(reply) | Written::Refused(reply) => reply,
        }))
    }

    fn epoch(&self, _: &()) -> String {
        format!("life-{}", self.0.lock().unwrap().life)
    }

    fn lost(&self, _: &(), _: &str) -> impl Future<Output = Result<(), NotStored>> + Send {
        self.0.lock().unwrap().life += 1;
        ready(Ok(()))
    }

    fn changed(&self, _: &(), _: u64) -> impl Future<Output = bool> + Send {
        ready(false)
    }
}

impl Http for Home {
    async fn send(&self, sent: HttpRequest) -> Result<HttpResponse, Unreachable> {
        let mut request = Request::builder().method(sent.method).uri(&sent.path);
        request = request.header("authorization", "Bearer key");
        for (name, value) in &sent.headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Body::from(sent.body.unwrap_or_default()))
            .unwrap();
        let response = router(Arc::new(self.clone()))
            .oneshot(request)
            .await
            .unwrap();
        let headers = response.headers().iter();
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: {
                let body = response.into_body().collect().await.unwrap().to_bytes();
                String::from_utf8(body.into()).unwrap()
            },
        })
    }
}

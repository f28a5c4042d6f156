//! The smallest home there is: desks in memory, a simulated clock, the simulated world.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{HeaderName, Request, header};
use http_body_util::BodyExt;
use leadline_api::{
    Calls, Clock, Desk, Host, Info, NotStored, Reply, Row, Unavailable, Write, Written, router,
};
use leadline_model::{Time, id::encode};
use leadline_sim::SessionConfig;
use tower::ServiceExt;

use super::script::{Got, Sent};

/// An organization: its desk, and the journal it left behind.
pub struct Kept {
    pub desk: Desk,
    pub rows: Vec<Row>,
    pub life: u32,
}

pub type Organization = Arc<Mutex<Kept>>;

pub struct Memory {
    pub clock: Clock,
    pub organizations: BTreeMap<String, Organization>,
}

/// What an organization of a seed begins with; the same as `leadline keys create --seed` makes.
pub fn config(seed: u64) -> SessionConfig {
    SessionConfig {
        organization_id: encode("org_", seed, 0).into(),
        now: Time::parse("2026-03-02T09:00:00Z").unwrap(),
        key: seed,
        tick_ms: None,
    }
}

impl Memory {
    pub fn new(clock: Clock) -> Arc<Memory> {
        let kept = |seed| {
            let (desk, rows, life) = (Desk::new(config(seed)), Vec::new(), 1);
            Arc::new(Mutex::new(Kept { desk, rows, life }))
        };
        let organizations = [("a".to_owned(), kept(1)), ("b".to_owned(), kept(2))];
        Arc::new(Memory {
            clock,
            organizations: organizations.into(),
        })
    }
}

impl Host for Memory {
    type Organization = Organization;

    fn info(&self) -> Info {
        Info {
            clock: self.clock,
            calls: Calls::Simulated,
            streams: false,
        }
    }

    fn organization(&self, key: &str) -> Result<Option<Organization>, Unavailable> {
        Ok(self.organizations.get(key).cloned())
    }

    fn read<T>(&self, organization: &Organization, ask: impl FnOnce(&Desk) -> T) -> T {
        ask(&organization.lock().unwrap().desk)
    }

    fn write(
        &self,
        organization: &Organization,
        write: Write,
    ) -> impl Future<Output = Result<Reply, NotStored>> + Send {
        let mut kept = organization.lock().unwrap();
        ready(Ok(match kept.desk.write(write) {
            Written::Now(reply, row) => {
                kept.rows.push(row);
                reply
            }
            Written::Before(reply) | Written::Refused(reply) => reply,
        }))
    }

    fn epoch(&self, organization: &Organization) -> String {
        organization.lock().unwrap().life.to_string()
    }

    fn lost(
        &self,
        organization: &Organization,
        epoch: &str,
    ) -> impl Future<Output = Result<(), NotStored>> + Send {
        let mut kept = organization.lock().unwrap();
        if kept.life.to_string() == epoch {
            kept.life += 1;
        }
        ready(Ok(()))
    }

    fn changed(&self, _: &Organization, _: u64) -> impl Future<Output = bool> + Send {
        ready(false)
    }
}

/// Sends a request to a host and waits for the answer.
pub fn send(host: &Arc<Memory>, sent: &Sent) -> Got {
    let mut request = Request::builder()
        .method(sent.method.as_str())
        .uri(&sent.path);
    if sent.key != "none" {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", sent.key));
    }
    for (name, value) in &sent.headers {
        request = request.header(name, value);
    }
    let request = request.body(Body::from(sent.body.clone())).unwrap();
    futures::executor::block_on(async {
        let response = router(Arc::clone(host)).oneshot(request).await.unwrap();
        let header = |name| {
            let value = response.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (status, etag, location, epoch) = (
            response.status().as_u16(),
            header(header::ETAG),
            header(header::LOCATION),
            header(HeaderName::from_static("leadline-epoch")),
        );
        let body = response
            .into_body()
            .collect()
            .await
            .unwrap()
            .to_bytes()
            .into();
        Got {
            status,
            etag,
            location,
            epoch,
            body,
        }
    })
}

//! From HTTP to the table of operations and back.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{MethodFilter, get, on};
use futures::stream;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use leadline_model::RunStatus;
use leadline_model::run::{RunAnswer, StepStatus};
use serde::Serialize;
use serde_json::json;

use crate::ask::{Ask, DEFAULT_LIMIT, IDEMPOTENCY_KEY, Upload};
use crate::changes::TooOld;
use crate::operations::{self, OPERATIONS, Operation, Verb, Work};
use crate::prose::{PROSE_PATHS, served};
use crate::strict;
use crate::{ApiError, Calls, Change, Clock, Host, NotStored, Reply, Unavailable, Write};

/// The header that names the life of an organization's data.
pub const EPOCH: HeaderName = HeaderName::from_static("leadline-epoch");

/// A path without parameters has none to extract.
type Extracted = Result<RawPathParams, RawPathParamsRejection>;
/// The parameters in a path by their names; none when something in it is not UTF-8.
pub(crate) type Params = Option<Vec<(String, String)>>;

fn params(extracted: Extracted) -> Params {
    let pairs = extracted.ok()?;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Some(pairs.iter().map(owned).collect())
}

/// The API of a host as a tower service: everything below `/v1`, and `/health` and `/openapi.json`
/// outside of it too.
pub fn router<H: Host>(host: Arc<H>) -> Router {
    let mut router = Router::new();
    for operation in OPERATIONS {
        let mut paths = vec![format!("/v1{}", operation.path)];
        if !operation.needs_key() {
            paths.push(operation.path.to_owned());
        }
        for path in paths {
            let host = Arc::clone(&host);
            let handler = move |path: Extracted, request: Request| {
                let host = Arc::clone(&host);
                async move { answer(host, operation, params(path), request).await }
            };
            router = router.route(&path, on(operation.verb.into(), handler));
        }
    }
    for path in PROSE_PATHS {
        router = router.route(path, get(move || async move { served(path) }));
    }
    router
        .method_not_allowed_fallback(|| async { wrong_method().into_reply().into_response() })
        .fallback(|| async { unknown_path().into_reply().into_response() })
}

pub(crate) fn wrong_method() -> ApiError {
    let message = "This path does not take this method; see the Allow header.";
    let status = StatusCode::METHOD_NOT_ALLOWED;
    ApiError::new(status, "method_not_allowed", message)
}

pub(crate) fn unknown_path() -> ApiError {
    let message = "There is nothing at this path; see /openapi.json.";
    ApiError::unknown("unknown_path", message)
}

impl From<Verb> for MethodFilter {
    fn from(verb: Verb) -> MethodFilter {
        match verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
            Verb::Put => MethodFilter::PUT,
            Verb::Patch => MethodFilter::PATCH,
            Verb::Delete => MethodFilter::DELETE,
        }
    }
}

pub(crate) async fn answer<H: Host>(
    host: Arc<H>,
    operation: &'static Operation,
    path: Params,
    request: Request,
) -> Response<Body> {
    if let Work::Open(work) = operation.work {
        return work(host.info(), &host.problems()).into_response();
    }
    let key = bearer(request.headers());
    let found = key.map_or(Ok(None), |key| host.organization(key));
    let organization = match found {
        Ok(Some(organization)) => organization,
        Ok(None) => {
            return ApiError::unauthorized(key.is_some())
                .into_reply()
                .into_response();
        }
        Err(Unavailable) => return unavailable(),
    };
    let asked = carry_out(Arc::clone(&host), &organization, operation, path, request).await;
    let mut response = asked.unwrap_or_else(|error| error.into_reply().into_response());
    // As it is now: the request may have shown that another life has to begin.
    if let Ok(epoch) = HeaderValue::try_from(host.epoch(&organization)) {
        response.headers_mut().insert(EPOCH, epoch);
    }
    response
}

async fn carry_out<H: Host>(
    host: Arc<H>,
    organization: &H::Organization,
    operation: &'static Operation,
    path: Params,
    request: Request,
) -> Result<Response<Body>, ApiError> {
    let epoch = host.epoch(organization);
    if means_another(request.headers(), &epoch) {
        let before = before(host, organization, operation, path, request).await;
        return before.ok_or_else(other_epoch);
    }
    if operation.id == "advance" && host.info().clock == Clock::Real {
        let message = "The clock of this host is real; nobody advances it.";
        return Err(ApiError::unknown("real_clock", message));
    }
    if operation.tag == "Simulation"
        && operation.id != "advance"
        && host.info().calls != Calls::Simulated
    {
        let message = "The calls of this host are not simulated.";
        return Err(ApiError::unknown("calls_not_simulated", message));
    }
    if path.is_none() && operation.path_parameters().next().is_some() {
        // Something in it is not UTF-8.
        return Err(unknown_path());
    }
    let ask = take_apart(operation, path, request).await?;
    ask.check_query()?;
    if strict::is_asked(&ask.headers) {
        strict::check(&ask)?;
    }
    match operation.work {
        Work::Open(work) => Ok(work(host.info(), &host.problems()).into_response()),
        Work::Read(work) => {
            let reply = host.read(organization, |desk| work(desk, &ask))?;
            Ok(reply.into_response())
        }
        Work::ReadStored(work) => {
            let reply = host.read(organization, |desk| work(desk, &ask))?;
            Ok(match host.stored(organization).await {
                Ok(()) => reply.into_response(),
                Err(why) => not_stored(why),
            })
        }
        Work::Write(work) | Work::Run(work) => {
            let streamed = is_streamed(&ask);
            match write(&*host, organization, ask, work).await? {
                Ok(reply) => Ok(written(host, organization, streamed, reply)),
                Err(why) => Ok(not_stored(why)),
            }
        }
        Work::Changes => {
            let after = after(&ask);
            let latest = host.read(organization, |desk| desk.changes().latest());
            if after.is_some_and(|after| after > latest) {
                return match host.lost(organization, &epoch).await {
                    Ok(()) => Err(ahead()),
                    Err(why) => Ok(not_stored(why)),
                };
            }
            match host.info().streams && wants_stream(&ask.headers) {
                true => listen(host, organization.clone(), after, epoch),
                false => changes(&*host, organization, &ask).await,
            }
        }
    }
}

/// Whether a client means another life than the present one; an empty header says nothing.
fn means_another(headers: &HeaderMap, present: &str) -> bool {
    let said = headers.get_all(EPOCH);
    said.iter().any(|said| !said.is_empty() && said != present)
}

fn other_epoch() -> ApiError {
    let message = "Something was lost here since, or a backup was put back: what is known of this server does not hold. Read everything again.";
    ApiError::new(StatusCode::PRECONDITION_FAILED, "other_epoch", message)
}

/// The answer to a write that was carried out before: whoever sends it again did not hear of it yet,
/// and has no other way to know.
async fn before<H: Host>(
    host: Arc<H>,
    organization: &H::Organization,
    operation: &'static Operation,
    path: Params,
    request: Request,
) -> Option<Response<Body>> {
    if !operation.is_write() || !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return None;
    }
    // What cannot be read was not carried out.
    let ask = take_apart(operation, path, request).await.ok()?;
    let reply = match host.carried_out(organization, &ask.request_key().ok()??) {
        Ok(reply) => reply?,
        Err(why) => return Some(not_stored(why)),
    };
    Some(match host.stored(organization).await {
        Ok(()) => written(host, organization, is_streamed(&ask), reply),
        Err(why) => not_stored(why),
    })
}

/// Whether the steps of a run are to be told as they end.
fn is_streamed(ask: &Ask) -> bool {
    let asked = || ask.json().ok()?.get("stream")?.as_bool();
    matches!(ask.operation.work, Work::Run(_)) && asked() == Some(true)
}

/// The answer to a write.
fn written<H: Host>(
    host: Arc<H>,
    organization: &H::Organization,
    streamed: bool,
    reply: Reply,
) -> Response<Body> {
    match streamed && reply.status == 200 {
        true => follow(host, organization.clone(), reply),
        false => reply.into_response(),
    }
}

/// Hands a write to the host.
async fn write<H: Host>(
    host: &H,
    organization: &H::Organization,
    mut ask: Ask,
    work: fn(Ask) -> Result<Write, ApiError>,
) -> Result<Result<Reply, NotStored>, ApiError> {
    let request = ask.request_key()?;
    if ask.operation.id == "createEventSubscription" {
        ask.secret = host.secret();
    }
    let mut write = match ask.is_long() {
        true => host.long(|| work(ask))?,
        false => work(ask)?,
    };
    write.request = request;
    let written = host.write(organization, write).await;
    let tells_version = |reply: &Reply| reply.status == 412 && reply.etag.is_some();
    if written.as_ref().is_ok_and(tells_version) {
        return Ok(host.stored(organization).await.and(written));
    }
    Ok(written)
}

fn not_stored(why: NotStored) -> Response<Body> {
    later(match why {
        NotStored::NothingDone => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_stored",
            "Nothing can be stored just now, so nothing was done. Send it again later.",
        ),
        NotStored::Unknown => ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "outcome_unknown",
            "It could not be stored just now. It will be once there is room, unless the server ends before: send it again with the same Idempotency-Key to learn, or look first if it had none.",
        ),
    })
}

fn unavailable() -> Response<Body> {
    let message = "Keys cannot be read just now; the server's log says why.";
    later(ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "keys_unreadable",
        message,
    ))
}

/// A refusal that may be over soon.
fn later(error: ApiError) -> Response<Body> {
    let mut response = error.into_reply().into_response();
    let after = HeaderValue::from_static("1");
    response.headers_mut().insert(header::RETRY_AFTER, after);
    response
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

async fn take_apart(
    operation: &'static Operation,
    path: Params,
    request: Request,
) -> Result<Ask, ApiError> {
    let path = path.unwrap_or_default();
    let query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect();
    let (parts, body) = request.into_parts();
    let bytes = match operation.body {
        operations::Body::None => Bytes::new(),
        _ => read(body, operation.body_limit()).await?,
    };
    let mut ask = Ask {
        operation,
        path,
        query,
        headers: parts.headers,
        body: Vec::new(),
        upload: None,
        secret: None,
    };
    match boundary(operation, &ask.headers) {
        Some(boundary) => ask.upload = Some(upload(bytes, boundary).await?),
        None => ask.body = bytes.into(),
    }
    Ok(ask)
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => {
            let message = format!("The body is larger than {limit} bytes.");
            Err(ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                message,
            ))
        }
        Err(_) => Err(ApiError::bad("broken_body", "The body broke off.")),
    }
}

/// The boundary of a form, where one is taken.
fn boundary(operation: &Operation, headers: &HeaderMap) -> Option<String> {
    let operations::Body::JsonOrFile(_) = operation.body else {
        return None;
    };
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    multer::parse_boundary(kind).ok()
}

async fn upload(bytes: Bytes, boundary: String) -> Result<Upload, ApiError> {
    let broken = |error: multer::Error| {
        let message = format!("The form cannot be read: {error}.");
        ApiError::bad("malformed_form", message)
    };
    let stream = stream::once(async move { Ok::<_, Infallible>(bytes) });
    let mut form = multer::Multipart::new(stream, boundary);
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            return Ok(Upload {
                name: field.file_name().unwrap_or("file").to_owned(),
                bytes: field.bytes().await.map_err(broken)?.into(),
            });
        }
    }
    let message = "`file`: the form has no field of this name.";
    Err(ApiError::invalid(vec![message.to_owned()]))
}

/// The cursor a client goes on from.
fn after(ask: &Ask) -> Option<u64> {
    let last = ask.headers.get("last-event-id");
    let last = last.and_then(|id| id.to_str().ok()?.parse().ok());
    ask.number("after").or(last)
}

fn too_old(_: TooOld) -> ApiError {
    let message =
        "Changes this old are not kept: read again what you show, then go on without `after`.";
    ApiError::new(StatusCode::GONE, "cursor_too_old", message)
}

fn ahead() -> ApiError {
    let message = "There are no changes this new: what was told of them was lost here. Read everything again, then go on without `after`.";
    ApiError::new(StatusCode::GONE, "cursor_ahead", message)
}

/// What changed up to now.
async fn changes<H: Host>(
    host: &H,
    organization: &H::Organization,
    ask: &Ask,
) -> Result<Response<Body>, ApiError> {
    let limit = ask.number("limit").unwrap_or(DEFAULT_LIMIT) as usize;
    let after = after(ask);
    let (found, latest) = host.read(organization, |desk| {
        let changes = desk.changes();
        (changes.after(after, limit + 1), changes.latest())
    });
    let mut found = found.map_err(too_old)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|change| change.cursor);
    let cursor = last.or(after).unwrap_or(latest).to_string();
    let body = json!({ "data": found, "cursor": cursor, "hasMore": more });
    Ok(match host.stored(organization).await {
        Ok(()) => Reply::ok(&body).into_response(),
        Err(why) => not_stored(why),
    })
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accepted.is_some_and(|kinds| kinds.contains("text/event-stream"))
}

/// What changes from now on, or from a cursor on, for as long as the client listens.
fn listen<H: Host>(
    host: Arc<H>,
    organization: H::Organization,
    after: Option<u64>,
    epoch: String,
) -> Result<Response<Body>, ApiError> {
    let start = host.read(&organization, |desk| match after {
        Some(cursor) => desk.changes().after(after, 1).map(|_| cursor),
        None => Ok(desk.changes().latest()),
    });
    let state = (host, organization, epoch, start.map_err(too_old)?);
    let events = stream::unfold(state, |(host, organization, epoch, cursor)| async move {
        // In another life the listener has to read everything again.
        let goes_on = || host.epoch(&organization) == epoch;
        if !goes_on() || !host.changed(&organization, cursor).await || !goes_on() {
            return None;
        }
        let found = host.read(&organization, |desk| {
            desk.changes().after(Some(cursor), EVENTS)
        });
        // A listener that fell too far behind is let go; when it comes back it is told so.
        let found = found.ok()?;
        host.stored(&organization).await.ok()?;
        let cursor = found.last().map_or(cursor, |change| change.cursor);
        let text = match found.is_empty() {
            true => ": still here\n\n".to_owned(),
            false => found.iter().map(event).collect(),
        };
        let state = (host, organization, epoch, cursor);
        Some((Ok::<_, Infallible>(text), state))
    });
    Ok(event_stream(Body::from_stream(events)))
}

fn event_stream(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/event-stream");
    headers.insert(header::CONTENT_TYPE, kind);
    let no_cache = HeaderValue::from_static("no-cache");
    headers.insert(header::CACHE_CONTROL, no_cache);
    response
}

/// The steps of the run that a reply shows, each as it ends, then the whole answer once the run waits
/// for a person or is over. A host that cannot wait tells what there is by now.
fn follow<H: Host>(host: Arc<H>, organization: H::Organization, reply: Reply) -> Response<Body> {
    let shown: Option<RunAnswer> = serde_json::from_slice(&reply.body).ok();
    let Some(RunAnswer { run_id, .. }) = shown else {
        return reply.into_response();
    };
    let state = Some((host, organization, run_id, 0, None));
    let events = stream::unfold(state, |state| async move {
        let (host, organization, run_id, told, wait) = state?;
        let in_vain = match wait {
            Some(cursor) => !host.changed(&organization, cursor).await,
            None => false,
        };
        let (run, cursor) = host.read(&organization, |desk| {
            (desk.engine().run(&run_id), desk.changes().latest())
        });
        let answer = run.ok()?.answer;
        let under_way = answer.output.status == RunStatus::Running;
        let steps = answer.output.steps.iter();
        let ended: Vec<_> = steps
            .filter(|step| step.status != StepStatus::Running)
            .collect();
        let mut text: String = ended
            .iter()
            .skip(told)
            .map(|step| sse("step", step))
            .collect();
        let told = ended.len();
        host.stored(&organization).await.ok()?;
        // A host that waits in vain is about to close, or cannot wait.
        if !under_way || in_vain {
            text.push_str(&sse("run", &answer));
            return Some((Ok::<_, Infallible>(text), None));
        }
        if text.is_empty() {
            text.push_str(": still here\n\n");
        }
        let state = (host, organization, run_id, told, Some(cursor));
        Some((Ok(text), Some(state)))
    });
    event_stream(Body::from_stream(events))
}

fn sse(kind: &str, data: &impl Serialize) -> String {
    // JSON has no raw line breaks, so one line of data is enough.
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("event: {kind}\ndata: {data}\n\n")
}

/// Events sent at once.
const EVENTS: usize = 100;

fn event(change: &Change) -> String {
    // JSON has no raw line breaks, so one line of data is enough.
    let data = serde_json::to_string(change).unwrap_or_default();
    format!("id: {}\nevent: change\ndata: {data}\n\n", change.cursor)
}

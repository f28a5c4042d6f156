//! `leadline serve`: from the command line to a server that answers, and to its end.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use leadline_api::{EPOCH, Info, router};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use tracing_subscriber::EnvFilter;

use crate::app;
use crate::args::{Calls, Clock, Serve};
use crate::clock;
use crate::connections::{self, Bounds};
use crate::database;
use crate::epochs::{Epochs, Keeper};
use crate::events::{self, Announcer};
use crate::host::{Parts, Server};
use crate::keys::Keys;
use crate::limits::{self, Limits};
use crate::metrics::Metrics;
use crate::outside;
use crate::writer::Writer;

/// How long requests under way may take to finish when the server is told to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long threads may take to end after that.
const LAST_SECONDS: Duration = Duration::from_secs(2);

/// Serves until it is told to end (SIGINT, SIGTERM).
pub fn run(serve: Serve) -> Result<()> {
    log(serve.log_json);
    check(&serve)?;
    let database = database::open(&serve.data)?;
    let _one_server = lock(&serve.data)?;
    let metrics = Arc::new(Metrics::default());
    let (writer, writing) = Writer::start(database::open(&serve.data)?, Arc::clone(&metrics))?;
    let keys = Keys::new(database::open(&serve.data)?, &serve.data);
    let epochs = Epochs::open(&serve.data, Arc::clone(writer.stored()))?;
    let epochs = Arc::new(epochs);
    let (tasks, queue) = outside::queue();
    let (opened, openings) = events::queue();
    let announcer = Announcer {
        database: database::open(&serve.data)?.into(),
        writer: writer.clone(),
        client: outside::Client::new(serve.private_webhooks),
        metrics: Arc::clone(&metrics),
    };
    let parts = Parts {
        info: info(&serve),
        database,
        requests: database::open(&serve.data)?,
        keys,
        epochs: Arc::clone(&epochs),
        writer,
        snapshot_work: serve.snapshot_work,
    };
    let server = Arc::new(Server::start(parts, tasks, opened)?);
    let settings = outside::Settings {
        dialer: serve
            .dialer_url
            .clone()
            .filter(|_| serve.calls == Calls::Http),
        private: serve.private_webhooks,
        secret: serve.webhook_secret.clone(),
    };
    outside::start(&server, settings, queue)?;
    let clock = match serve.clock {
        Clock::Real => Some(clock::Clock::start(
            Arc::clone(&server),
            Duration::from_millis(serve.tick_ms),
        )?),
        Clock::Simulated => None,
    };
    let keeper = Keeper::start(Arc::clone(&server), &serve.data)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?;
    runtime.spawn(events::run(announcer, openings));
    let served = runtime.block_on(listen(&serve, Arc::clone(&server), metrics));
    if let Some(clock) = clock {
        clock.stop();
    }
    keeper.stop();
    server.close();
    // The writer ends with its last handle, when everything is stored.
    drop(server);
    // An event that is being sent is sent again after the next start.
    runtime.shutdown_timeout(LAST_SECONDS);
    if writing.join().is_err() {
        bail!("the writer's thread ended badly");
    }
    epochs.write()?;
    tracing::info!("ended");
    served
}

/// What cannot work is refused at once, not with every call.
fn check(serve: &Serve) -> Result<()> {
    let address = |text: &str| {
        let uri = text.parse::<Uri>().ok()?;
        let web = matches!(uri.scheme_str(), Some("http" | "https"));
        (web && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
    };
    if let Some(url) = &serve.dialer_url
        && address(url).is_none()
    {
        bail!("--dialer-url: `{url}` is no address such as https://dialer.example.com/calls");
    }
    for origin in serve.cors_origin.iter().filter(|origin| *origin != "*") {
        let good = address(origin).is_some_and(|uri| uri.path() == "/" && !origin.ends_with('/'));
        if !good {
            bail!("--cors-origin: `{origin}` is no origin such as https://example.com");
        }
    }
    Ok(())
}

fn log(json: bool) {
    let filter = EnvFilter::try_from_env("LEADLINE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match json {
        true => lines.json().init(),
        false => lines.init(),
    }
}

fn info(serve: &Serve) -> Info {
    Info {
        clock: match serve.clock {
            Clock::Real => leadline_api::Clock::Real,
            Clock::Simulated => leadline_api::Clock::Simulated,
        },
        calls: match serve.calls {
            Calls::Manual => leadline_api::Calls::Manual,
            Calls::Simulated => leadline_api::Calls::Simulated,
            Calls::Http => leadline_api::Calls::Http,
        },
        streams: true,
    }
}

/// Two servers over one folder would each believe they know it.
pub fn lock(data: &Path) -> Result<File> {
    let path = data.join("server.lock");
    let file = File::create(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("another server uses {}", data.display()),
        Err(TryLockError::Error(error)) => Err(error).context("the data folder cannot be locked"),
    }
}

async fn listen(serve: &Serve, server: Arc<Server>, metrics: Arc<Metrics>) -> Result<()> {
    let timeout = Duration::from_secs(serve.timeout_seconds);
    let limits = Limits::new(timeout, serve.rate_limit, Arc::clone(&metrics));
    let mut app = router(Arc::clone(&server));
    if serve.metrics {
        let server = Arc::clone(&server);
        let text = move || async move { metrics.text(server.gauges()) };
        app = app.route("/metrics", get(text));
    }
    let app = app.layer(from_fn_with_state(limits, limits::apply));
    let mut app = with_cors(app, &serve.cors_origin)?;
    if let Some(folder) = &serve.app {
        app = app::before(app, folder, &serve.app_base)?;
    }
    let listener = TcpListener::bind(serve.listen)
        .await
        .with_context(|| format!("nobody can listen at {}", serve.listen))?;
    let address = listener.local_addr()?;
    let told_to_end = told_to_end()?;
    tracing::info!(%address, "listening");
    // For people and programs that started the server and wait for it.
    println!("listening at http://{address}");
    let told = Arc::new(Notify::new());
    let ending = Arc::clone(&told);
    let bounds = Bounds {
        slow: Duration::from_secs(serve.slow_seconds),
        most: serve.max_connections as usize,
    };
    let served = connections::serve(listener, app, bounds, async move {
        told_to_end.await;
        tracing::info!("ending: requests under way are finished");
        server.end_streams();
        ending.notify_one();
    });
    tokio::select! {
        () = served => {}
        () = patience(&told) => {
            tracing::warn!("some requests did not finish in time and are cut off");
        }
    }
    Ok(())
}

/// Resolves when requests under way have had long enough to finish.
async fn patience(told: &Notify) {
    told.notified().await;
    tokio::time::sleep(PATIENCE).await;
}

fn with_cors(app: Router, origins: &[String]) -> Result<Router> {
    if origins.is_empty() {
        return Ok(app);
    }
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::from(Any)
    } else {
        let parsed = origins.iter().map(|origin| {
            HeaderValue::from_str(origin).with_context(|| format!("{origin} is no origin"))
        });
        AllowOrigin::list(parsed.collect::<Result<Vec<_>>>()?)
    };
    let cors = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            HeaderName::from_static("idempotency-key"),
            HeaderName::from_static("last-event-id"),
            EPOCH,
        ])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER, EPOCH])
        .max_age(Duration::from_secs(3_600));
    Ok(app.layer(cors))
}

/// Resolves when somebody tells the program to end. Signals are heard from here on, so a program that
/// is told right after it said where it listens ends well too.
#[cfg(unix)]
fn told_to_end() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let hear = |kind| signal(kind).context("signals cannot be heard");
    let mut terminated = hear(SignalKind::terminate())?;
    let mut interrupted = hear(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminated.recv() => {}
            _ = interrupted.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn told_to_end() -> Result<impl Future<Output = ()>> {
    Ok(async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!("signals cannot be heard: {error}");
            std::future::pending::<()>().await;
        }
    })
}

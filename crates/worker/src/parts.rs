//! Parts of the worker that are fetched when they are first used, so that a first visit does not wait
//! for them.
//!
//! Nothing but the functions in here named `here` may reach a part's code: what the rest calls goes
//! through what these give. The program (`main.rs`) calls each from a split point of its own, and the
//! splitter of `crates/bundle` puts whatever only a split point reaches into a file of its own. A
//! library cannot hold split points, since only the splitter resolves what they import; so the rest is
//! given a table of what fetches them, and tests have everything at hand.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use leadline_model::WorkflowId;
use leadline_protocol::{ExportedFile, Problem, ProblemCode, ScenarioOutcome};
use leadline_sim::Session;

use crate::files::Lists;
use crate::host::{StoredRemotes, Syncing};

/// A part that requests to the host wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What exchanges workflows with remotes.
    Sync,
    /// What runs and writes scenarios.
    Scenarios,
    /// What writes and reads snapshots.
    Snapshots,
}

/// A part that was fetched.
#[derive(Clone, Copy)]
pub enum Arrived {
    /// [`Part::Sync`].
    Sync(SyncPart),
    /// [`Part::Scenarios`].
    Scenarios(ScenariosPart),
    /// [`Part::Snapshots`].
    Snapshots(SnapshotsPart),
}

/// What exchanges workflows with remotes.
#[derive(Clone, Copy)]
pub struct SyncPart {
    /// Goes on from what is stored.
    pub(crate) load: fn(StoredRemotes, &Session) -> Box<dyn Syncing>,
    /// Speaks to remotes over the network.
    #[cfg(target_arch = "wasm32")]
    pub(crate) connect: crate::web::Connect,
}

impl SyncPart {
    /// The part itself.
    pub fn here() -> SyncPart {
        SyncPart {
            load: crate::host::load_remotes,
            #[cfg(target_arch = "wasm32")]
            connect: crate::web::connect,
        }
    }
}

/// What reads lead lists.
#[derive(Clone, Copy)]
pub struct ListsPart {
    /// No list is open yet.
    pub open: fn() -> Box<dyn Lists>,
}

impl ListsPart {
    /// The part itself.
    pub fn here() -> ListsPart {
        ListsPart {
            open: || Box::new(crate::files::Files::default()),
        }
    }
}

/// What serves the REST API of an engine of its own, apart from the session.
#[derive(Clone, Copy)]
pub struct ApiPart {
    /// Serves one over a port.
    #[cfg(target_arch = "wasm32")]
    pub(crate) serve: fn(web_sys::MessagePort),
}

impl ApiPart {
    /// The part itself.
    pub fn here() -> ApiPart {
        ApiPart {
            #[cfg(target_arch = "wasm32")]
            serve: crate::web::serve,
        }
    }
}

/// What runs and writes scenarios.
#[derive(Clone, Copy)]
pub struct ScenariosPart {
    /// Runs the scenario in a file.
    pub(crate) run: fn(&str) -> Result<ScenarioOutcome, Problem>,
    /// Makes a scenario of a workflow.
    pub(crate) save: fn(&Session, &WorkflowId) -> Result<ExportedFile, Problem>,
}

impl ScenariosPart {
    /// The part itself.
    pub fn here() -> ScenariosPart {
        ScenariosPart {
            run: crate::handlers::run_scenario,
            save: crate::handlers::save_scenario,
        }
    }
}

/// What writes and reads snapshots: it knows the form of everything a session holds.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotsPart {
    /// The state of a session.
    pub(crate) write: fn(&Session) -> Vec<u8>,
    /// The session of such a state, unless it is damaged or of another version.
    pub(crate) read: fn(&[u8]) -> Option<Session>,
}

impl SnapshotsPart {
    /// The part itself.
    pub fn here() -> SnapshotsPart {
        SnapshotsPart {
            write: Session::snapshot,
            read: |state| Session::restore(state).ok(),
        }
    }
}

/// A part could not be fetched: there is no network, or another version is where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfetched;

/// Fetches a part. One that could not be fetched can be asked for again.
pub type Fetch<P> = fn() -> Pin<Box<dyn Future<Output = Result<P, Unfetched>>>>;

/// What fetches each part.
#[derive(Clone, Copy)]
pub struct Parts {
    /// What exchanges workflows with remotes.
    pub sync: Fetch<SyncPart>,
    /// What reads lead lists.
    pub lists: Fetch<ListsPart>,
    /// What serves the REST API.
    pub api: Fetch<ApiPart>,
    /// What runs and writes scenarios.
    pub scenarios: Fetch<ScenariosPart>,
    /// What writes and reads snapshots.
    pub snapshots: Fetch<SnapshotsPart>,
}

impl Part {
    /// What is answered when it could not be fetched.
    pub(crate) fn missing(self) -> Problem {
        missing(match self {
            Part::Sync => "syncs with remotes",
            Part::Scenarios => "runs scenarios",
            Part::Snapshots => "keeps snapshots",
        })
    }
}

/// What is answered when the part that does something could not be fetched.
pub(crate) fn missing(does: &str) -> Problem {
    let message = format!(
        "The part of Leadline that {does} could not be fetched. There may be no network, or a new version \
         may have taken the place of this one. Nothing was changed: try again, or reload the page."
    );
    Problem {
        code: ProblemCode::Unfetched,
        message,
        findings: Vec::new(),
    }
}

impl fmt::Debug for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Arrived::Sync(_) => "Sync",
            Arrived::Scenarios(_) => "Scenarios",
            Arrived::Snapshots(_) => "Snapshots",
        })
    }
}

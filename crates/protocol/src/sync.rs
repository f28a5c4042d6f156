//! Remotes: what is linked with them, what waits to be sent, what both sides changed.

pub use leadline_model::conflict::{Conflict, Place, Side, Subject};
pub use leadline_model::there::{AskThere, There};
use leadline_model::{Definition, Time, Variables, WorkflowId};
use serde::{Deserialize, Serialize};

/// Names a remote of this browser; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RemoteId(pub u32);

/// What a remote can do, and so how it is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteKind {
    /// A Leadline server.
    Leadline,
    /// A server of the plain workflow API: node by node and edge by edge, without versions.
    Plain,
    /// Files that the user picks: a folder, or one file that is downloaded and uploaded.
    Files,
}

/// What the page has done about remotes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncRequest {
    /// Adds a remote. Its workflows arrive here; those of here go there once they are linked.
    AddRemote {
        /// What people call it.
        name: String,
        /// How it is spoken to.
        kind: RemoteKind,
        /// `https://host/` or `http://localhost:8080`, with or without `/v1`; empty for files.
        address: String,
        /// The API key; empty for files. Kept in this browser and never shown, exported or logged.
        key: String,
    },
    /// Changes a remote; `None` leaves as it is. A new key is tried at once.
    ChangeRemote {
        /// Which.
        remote: RemoteId,
        /// Its new name.
        name: Option<String>,
        /// Its new address.
        address: Option<String>,
        /// Its new key.
        key: Option<String>,
    },
    /// Forgets a remote with its key and what waits for it; workflows stay here.
    RemoveRemote {
        /// Which.
        remote: RemoteId,
    },
    /// Sends what waits and asks for changes now, whatever failed before.
    SyncNow {
        /// Which.
        remote: RemoteId,
    },
    /// Compares everything with the remote, whatever is known of it.
    PullEverything {
        /// Which.
        remote: RemoteId,
    },
    /// The remote really is empty, or is another one now: go on. What is here is sent there anew.
    GoOn {
        /// Which.
        remote: RemoteId,
    },
    /// Sends a workflow to a remote and keeps the two in step from then on.
    Link {
        /// Which.
        workflow_id: WorkflowId,
        /// Where to.
        remote: RemoteId,
    },
    /// Both sides stay as they are and go their own ways.
    Unlink {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// Queues leads for the workflow's remote; they are enrolled there once, in order:
    /// [`SyncReply::Queued`].
    Enrol {
        /// Which.
        workflow_id: WorkflowId,
        /// Numbers in E.164 with their variables.
        leads: Vec<(String, Variables)>,
    },
    /// Tries a request again that was set aside.
    Retry {
        /// Which remote.
        remote: RemoteId,
        /// The request's key.
        key: String,
    },
    /// Gives a request up that waits or was set aside.
    GiveUp {
        /// Which remote.
        remote: RemoteId,
        /// The request's key.
        key: String,
    },
    /// Settles a conflict: [`Reply::Linked`](crate::Reply::Linked).
    Settle {
        /// Which workflow.
        workflow_id: WorkflowId,
        /// Which conflict: [`OpenConflict::number`].
        number: u64,
        /// How.
        choice: Choice,
    },
    /// Earlier forms of a linked workflow, newest first: [`SyncReply::Revisions`].
    Revisions {
        /// Which.
        workflow_id: WorkflowId,
    },
    /// The graph of an earlier form: [`SyncReply::Revision`].
    Revision {
        /// Which workflow.
        workflow_id: WorkflowId,
        /// Which: [`Revision::number`].
        number: u64,
    },
    /// Makes a workflow what it was; an edit like any other:
    /// [`Reply::Linked`](crate::Reply::Linked).
    Restore {
        /// Which workflow.
        workflow_id: WorkflowId,
        /// Which: [`Revision::number`].
        number: u64,
    },
    /// Puts a question to the workflow's remote now; refused when there is no connection:
    /// [`SyncReply::There`].
    There {
        /// Which.
        workflow_id: WorkflowId,
        /// What.
        ask: AskThere,
    },
    /// The files a user picked, as they are now: [`SyncReply::Files`] says what is to be written.
    ReadFiles {
        /// Which remote.
        remote: RemoteId,
        /// Their names and texts.
        files: Vec<(String, String)>,
    },
    /// What [`SyncReply::Files`] asked for is written.
    FilesWritten {
        /// Which remote.
        remote: RemoteId,
        /// The number that came with it.
        exchange: u64,
    },
}

impl From<SyncRequest> for crate::Request {
    fn from(request: SyncRequest) -> crate::Request {
        crate::Request::Sync(crate::Written::of(&request))
    }
}

impl From<SyncReply> for crate::Reply {
    fn from(reply: SyncReply) -> crate::Reply {
        crate::Reply::Sync(crate::Written::of(&reply))
    }
}

/// What the worker answers of remotes where it is neither how they stand nor how a workflow is linked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum SyncReply {
    /// How many leads wait now.
    Queued(u64),
    Revisions(Vec<Revision>),
    Revision(Definition),
    There(There),
    Files(FileWrites),
}

/// A remote and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Remote {
    /// Its number here.
    pub id: RemoteId,
    /// What people call it.
    pub name: String,
    /// How it is spoken to.
    pub kind: RemoteKind,
    /// Where it is.
    pub address: String,
    /// Whether there is a key for it.
    pub has_key: bool,
    /// How it stands.
    pub state: RemoteState,
    /// What is linked with it.
    pub workflows: Vec<Link>,
    /// What waits to be sent, in order, and what was set aside.
    pub outbox: Vec<Queued>,
    /// What happened, newest first, at most 200 lines.
    pub log: Vec<LogLine>,
}

/// How a remote stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteState {
    /// Everything is the same on both sides, as far as is known since this instant.
    Synced {
        /// Wall clock, in milliseconds since 1970; `None`: nothing was asked yet since the page opened.
        at_ms: Option<i64>,
    },
    /// Something is being sent or read.
    Syncing,
    /// The browser says that there is no network.
    Offline,
    /// It does not answer, or not as it should; tried again by itself.
    Unreachable {
        /// In words that say what to do.
        reason: String,
        /// When it is tried again, wall clock.
        retry_at_ms: i64,
    },
    /// It does not take the key: nothing is sent before there is another one.
    Unauthorized,
    /// It says it holds nothing although it held something: nothing was deleted here, and nothing is
    /// sent before somebody says so ([`SyncRequest::GoOn`]).
    Empty,
    /// Files wait to be picked ([`SyncRequest::ReadFiles`]).
    NeedsFiles,
}

/// A workflow that is linked with a remote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Which.
    pub workflow_id: WorkflowId,
    /// Its title here.
    pub title: String,
    /// The remote.
    pub remote: RemoteId,
    /// What people call the remote.
    pub remote_name: String,
    /// What the remote calls it; `None`: it is not there yet.
    pub remote_id: Option<String>,
    /// How the two stand.
    pub state: LinkState,
    /// What both sides changed and nobody settled yet, oldest first.
    pub conflicts: Vec<OpenConflict>,
}

/// How a linked workflow and the remote's stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The same.
    Synced,
    /// Edits wait here.
    Waiting,
    /// The remote refuses it, in its words; an edit lets it be tried again.
    Refused {
        /// Why.
        reason: String,
    },
    /// The remote's edits cannot be taken here now; tried again after each edit and each reset of the
    /// simulation here.
    Held {
        /// Why, and what to do.
        reason: String,
    },
    /// It was deleted here; the remote is still to hear of it.
    Deleting,
}

/// Something both sides changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenConflict {
    /// Its number in this workflow.
    pub number: u64,
    /// What.
    pub conflict: Conflict,
}

/// How a conflict is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// As it is here.
    Mine,
    /// As it is there.
    Theirs,
    /// Mine, and theirs beside it as a copy of the node; only for nodes that both sides have.
    Both,
}

/// A request of the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// Its idempotency key, made when it was queued; an edit gets one when it is sent.
    pub key: Option<String>,
    /// Which workflow it is about.
    pub workflow_id: Option<WorkflowId>,
    /// The workflow's title.
    pub title: String,
    /// What it does, in words: "3 edits", "enrol 120 leads".
    pub what: String,
    /// Where it stands.
    pub state: QueueState,
}

/// Where a request of the outbox stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// It waits for its turn.
    Waiting,
    /// It is under way, or its outcome is not known yet.
    Sent,
    /// The remote refused it for good; the others go on.
    SetAside {
        /// Why, in the remote's words.
        reason: String,
    },
}

/// A line of a remote's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Wall clock, in milliseconds since 1970.
    pub at_ms: i64,
    /// Whether something went wrong.
    pub bad: bool,
    /// What happened.
    pub text: String,
}

/// An earlier form of a linked workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number; later ones have larger ones.
    pub number: u64,
    /// When it was replaced, wall clock.
    pub at_ms: i64,
    /// What replaced it, in words: "edits of the remote", "a conflict settled".
    pub replaced_by: String,
    /// Its nodes and edges.
    pub size: (u64, u64),
}

/// What is to be written into the user's files. Nothing counts as exchanged before
/// [`SyncRequest::FilesWritten`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileWrites {
    /// Names this exchange.
    pub exchange: u64,
    /// Files to write: name and text.
    pub write: Vec<(String, String)>,
    /// Files to remove.
    pub remove: Vec<String>,
    /// Files that were not understood and are left as they are, each with why.
    pub skipped: Vec<(String, String)>,
}

/// When something a page shows of a remote may have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyncNotice {
    /// How remotes stand, what is linked, what waits, the log: ask for the overview again.
    Overview,
    /// How a workflow is linked, or its conflicts.
    Linked(WorkflowId),
    /// Something happened to this workflow on its remote: status, leads, calls.
    There {
        /// Which.
        workflow_id: WorkflowId,
        /// The remote's time, where it tells.
        at: Option<Time>,
    },
}

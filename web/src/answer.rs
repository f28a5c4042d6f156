//! What the engine's replies hold, by type: whoever asks names the type and gets it, or a problem.

use std::collections::BTreeMap;

use leadline_model::run::RunDetail;
use leadline_model::view::{
    CallLog, Event, LeadCounts, LeadHistory, NodeCounts, Page, WorkflowSummary,
};
use leadline_model::{Agent, Definition, Findings, PhoneNumber};
use leadline_protocol::{
    Clock, Document, Edited, Enrolment, ExportedFile, FileWrites, Hello, Inbox, LeadFilePreview,
    LeadPage, Library, Link, Remote, Reply, Revision, Runs, ScenarioOutcome, StorageReport,
    SyncReply, There,
};

/// A reply's content as the type the asker expects.
pub trait Answer: Sized + 'static {
    /// The content, or `None` when the worker answered something else.
    fn from_reply(reply: Reply) -> Option<Self>;
}

macro_rules! answers {
    ($($variant:ident => $type:ty;)*) => {$(
        impl Answer for $type {
            fn from_reply(reply: Reply) -> Option<Self> {
                match reply {
                    Reply::$variant(value) => Some(value),
                    _ => None,
                }
            }
        }
    )*};
}

answers! {
    Hello => Hello;
    Workflows => Vec<WorkflowSummary>;
    File => ExportedFile;
    Document => Document;
    Edited => Edited;
    Findings => Findings;
    Library => Library;
    Agent => Agent;
    PhoneNumber => PhoneNumber;
    LeadFile => LeadFilePreview;
    Enrolled => Enrolment;
    VariableKeys => Vec<String>;
    Call => CallLog;
    Run => Box<RunDetail>;
    Runs => Runs;
    Inbox => Inbox;
    Clock => Clock;
    Digest => String;
    Scenario => ScenarioOutcome;
    Storage => StorageReport;
    Note => Option<String>;
    Notes => BTreeMap<String, String>;
}

macro_rules! sync_answers {
    ($($variant:ident => $type:ty;)*) => {$(
        impl Answer for $type {
            fn from_reply(reply: Reply) -> Option<Self> {
                match reply {
                    Reply::Sync(reply) => match *reply {
                        SyncReply::$variant(value) => Some(value),
                        _ => None,
                    },
                    _ => None,
                }
            }
        }
    )*};
}

sync_answers! {
    Overview => Vec<Remote>;
    Linked => Option<Link>;
    Queued => u64;
    Revisions => Vec<Revision>;
    Revision => Definition;
    There => There;
    Files => FileWrites;
}

/// What happened in a workflow, as the engine here tells it or the workflow's remote.
macro_rules! answers_of_both {
    ($($variant:ident => $type:ty;)*) => {$(
        impl Answer for $type {
            fn from_reply(reply: Reply) -> Option<Self> {
                match reply {
                    Reply::$variant(value) => Some(value),
                    other => match There::from_reply(other) {
                        Some(There::$variant(value)) => Some(value),
                        _ => None,
                    },
                }
            }
        }
    )*};
}

answers_of_both! {
    Workflow => WorkflowSummary;
    Lead => Box<LeadHistory>;
    Calls => Page<CallLog>;
    Events => Vec<Event>;
    Counts => Vec<NodeCounts>;
}

impl Answer for LeadPage {
    /// A remote does not tell what each lead is doing, nor counts beside a page of leads.
    fn from_reply(reply: Reply) -> Option<Self> {
        match reply {
            Reply::Leads(page) => Some(page),
            other => match There::from_reply(other)? {
                There::Leads(Page { data, meta }) => Some(LeadPage {
                    data: data.into_iter().map(|lead| (lead, String::new())).collect(),
                    meta,
                    counts: LeadCounts::default(),
                }),
                _ => None,
            },
        }
    }
}

impl Answer for () {
    fn from_reply(reply: Reply) -> Option<Self> {
        (reply == Reply::Done).then_some(())
    }
}

impl Answer for Reply {
    fn from_reply(reply: Reply) -> Option<Self> {
        Some(reply)
    }
}

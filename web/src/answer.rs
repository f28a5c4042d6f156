//! What the engine's replies hold, by type: whoever asks names the type and gets it, or a problem.
//!
//! A reply is read where it is used, from the text it came as: so a chunk of the page brings the code that
//! reads what it asks for, and the part that everybody loads brings none of it.

use std::collections::BTreeMap;

use leadline_model::json::from_text;
use leadline_model::run::RunDetail;
use leadline_model::view::{
    CallLog, Event, LeadCounts, LeadHistory, NodeCounts, Page, WorkflowSummary,
};
use leadline_model::{Agent, Definition, Findings, Lead, PhoneNumber};
use leadline_protocol::{
    Clock, Document, Edited, Enrolment, ExportedFile, FileWrites, Hello, Imported, Inbox,
    LeadFilePreview, LeadPage, Library, Link, Remote, Revision, Runs, ScenarioOutcome,
    StorageReport, Written, inside,
};
use serde::de::DeserializeOwned;

/// A reply's content as the type the asker expects.
pub trait Answer: Sized + 'static {
    /// The content of a reply's text, or `None` when the worker answered something else.
    fn from_reply(reply: &str) -> Option<Self>;
}

/// The content behind a tag.
fn behind<T: DeserializeOwned>(reply: &str, tag: &str) -> Option<T> {
    from_text(inside(reply, tag)?).ok()
}

/// A reply as it is.
fn whole(reply: &str) -> Option<&str> {
    Some(reply)
}

/// What the part that syncs replied.
fn of_sync(reply: &str) -> Option<&str> {
    inside(reply, "sync")
}

/// What a remote told of a workflow that runs there.
fn there(reply: &str) -> Option<&str> {
    inside(of_sync(reply)?, "there")
}

/// What happened in a workflow, as its remote tells it or the engine here.
fn there_or_here(reply: &str) -> Option<&str> {
    there(reply).or(Some(reply))
}

/// Types by the variants of a reply, and by the tags these are written with in a part of its text. A test of
/// the given name compares the two, and does not compile unless each variant takes its type.
macro_rules! answers {
    ($test:ident: $part:ident as $reply:ident { $($variant:ident $tag:literal => $type:ty;)* }) => {
        $(
            impl Answer for $type {
                fn from_reply(reply: &str) -> Option<Self> {
                    behind($part(reply)?, $tag)
                }
            }
        )*

        #[cfg(test)]
        mod $test {
            use super::*;

            #[test]
            fn are_written_with_these_tags() {
                $(
                    let _takes: fn($type) -> leadline_protocol::$reply = leadline_protocol::$reply::$variant;
                    assert_eq!(tests::snake(stringify!($variant)), $tag);
                )*
            }
        }
    };
}

answers! {
    replies: whole as Reply {
        Hello "hello" => Hello;
        Workflows "workflows" => Vec<WorkflowSummary>;
        Imported "imported" => Imported;
        File "file" => ExportedFile;
        Document "document" => Document;
        Edited "edited" => Edited;
        Findings "findings" => Findings;
        Library "library" => Library;
        Agent "agent" => Agent;
        PhoneNumber "phone_number" => PhoneNumber;
        LeadFile "lead_file" => LeadFilePreview;
        Enrolled "enrolled" => Enrolment;
        VariableKeys "variable_keys" => Vec<String>;
        Call "call" => CallLog;
        Run "run" => Box<RunDetail>;
        Runs "runs" => Runs;
        Inbox "inbox" => Inbox;
        Clock "clock" => Clock;
        Digest "digest" => String;
        Scenario "scenario" => ScenarioOutcome;
        Storage "storage" => StorageReport;
        Note "note" => Option<String>;
        Notes "notes" => BTreeMap<String, String>;
        Remotes "remotes" => Vec<Remote>;
        Linked "linked" => Option<Link>;
    }
}

answers! {
    replies_of_sync: of_sync as SyncReply {
        Queued "queued" => u64;
        Revisions "revisions" => Vec<Revision>;
        Revision "revision" => Definition;
        Files "files" => FileWrites;
    }
}

answers! {
    replies_of_both: there_or_here as Reply {
        Workflow "workflow" => WorkflowSummary;
        Lead "lead" => Box<LeadHistory>;
        Calls "calls" => Page<CallLog>;
        Events "events" => Vec<Event>;
        Counts "counts" => Vec<NodeCounts>;
    }
}

impl Answer for Written<Library> {
    fn from_reply(reply: &str) -> Option<Self> {
        Written::from_json(inside(reply, "library")?.to_owned()).ok()
    }
}

impl Answer for LeadPage {
    /// A remote does not tell what each lead is doing, nor counts beside a page of leads.
    fn from_reply(reply: &str) -> Option<Self> {
        if let Some(told) = there(reply) {
            let Page { data, meta } = behind::<Page<Lead>>(told, "leads")?;
            return Some(LeadPage {
                data: data.into_iter().map(|lead| (lead, String::new())).collect(),
                meta,
                counts: LeadCounts::default(),
            });
        }
        behind(reply, "leads")
    }
}

impl Answer for () {
    fn from_reply(reply: &str) -> Option<Self> {
        (reply == "\"done\"").then_some(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use leadline_protocol::{Reply, SyncReply, There};

    use super::*;

    /// As serde writes a variant's name.
    pub fn snake(name: &str) -> String {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !snake.is_empty() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        snake
    }

    #[test]
    fn a_remote_tells_of_a_workflow_by_the_same_tags_and_types() {
        let _takes: (
            fn(WorkflowSummary) -> There,
            fn(Box<LeadHistory>) -> There,
            fn(Page<CallLog>) -> There,
            fn(Vec<Event>) -> There,
            fn(Vec<NodeCounts>) -> There,
        ) = (
            There::Workflow,
            There::Lead,
            There::Calls,
            There::Events,
            There::Counts,
        );
        let tag = |there: &There| {
            Written::of(there)
                .json()
                .split('"')
                .nth(1)
                .map(str::to_owned)
        };
        assert_eq!(tag(&There::Events(Vec::new())).as_deref(), Some("events"));
        assert_eq!(tag(&There::Counts(Vec::new())).as_deref(), Some("counts"));
    }

    #[test]
    fn replies_are_read_as_they_are_written() {
        let written = |reply: &Reply| Written::of(reply).json().to_owned();
        let keys = vec!["a".to_owned()];
        assert_eq!(
            Vec::<String>::from_reply(&written(&Reply::VariableKeys(keys.clone()))),
            Some(keys)
        );
        assert_eq!(<()>::from_reply(&written(&Reply::Done)), Some(()));
        assert_eq!(
            Option::<String>::from_reply(&written(&Reply::Note(None))),
            Some(None)
        );
        assert_eq!(<()>::from_reply(&written(&Reply::Note(None))), None);
        let queued = Reply::from(SyncReply::Queued(3));
        assert_eq!(u64::from_reply(&written(&queued)), Some(3));
        let there = Reply::from(SyncReply::There(There::Counts(Vec::new())));
        assert_eq!(
            Vec::<NodeCounts>::from_reply(&written(&there)),
            Some(Vec::new())
        );
        let here = written(&Reply::Counts(Vec::new()));
        assert_eq!(Vec::<NodeCounts>::from_reply(&here), Some(Vec::new()));
    }
}

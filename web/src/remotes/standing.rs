//! How remotes and linked workflows stand, in a few words. Nothing is called synced that may not be.

use leadline_model::WorkflowId;
use leadline_protocol::{Link, LinkState, QueueState, Queued, Remote, RemoteKind, RemoteState};

use crate::components::icon::Icon;

/// How much a standing asks of the reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// All is well.
    Good,
    /// It goes on by itself.
    Busy,
    /// It goes on by itself, later.
    Late,
    /// Somebody has to decide something.
    Asks,
    /// Nothing goes on before somebody does something.
    Stuck,
}

impl Tone {
    /// The class of its looks.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Good => "mark-good",
            Tone::Busy => "mark-plain",
            Tone::Late | Tone::Asks => "mark-warn",
            Tone::Stuck => "mark-bad",
        }
    }
}

/// How something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// How much it asks.
    pub tone: Tone,
    /// Its sign.
    pub icon: Icon,
    /// In a few words.
    pub words: String,
    /// Why, and what to do.
    pub detail: String,
    /// Since when both sides are known to be the same, wall clock.
    pub since_ms: Option<i64>,
}

fn standing(tone: Tone, icon: Icon, words: impl Into<String>) -> Standing {
    Standing {
        tone,
        icon,
        words: words.into(),
        detail: String::new(),
        since_ms: None,
    }
}

impl Standing {
    fn because(mut self, detail: impl Into<String>) -> Standing {
        self.detail = detail.into();
        self
    }
}

/// What a kind of remote is called.
pub fn kind_words(kind: RemoteKind) -> &'static str {
    match kind {
        RemoteKind::Leadline => "Leadline server",
        RemoteKind::Plain => "Plain API",
        RemoteKind::Files => "Files",
    }
}

/// A count with its noun; the app's own is written for the reader's locale and needs a browser.
fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn waits(queued: &Queued) -> bool {
    matches!(queued.state, QueueState::Waiting | QueueState::Sent)
}

/// An edit that is refused has no key: its workflow says so itself.
fn set_aside(queued: &Queued) -> bool {
    queued.key.is_some() && matches!(queued.state, QueueState::SetAside { .. })
}

/// How many requests wait, of one workflow or of all.
pub fn waiting(remote: &Remote, of: Option<&WorkflowId>) -> usize {
    let mine = |q: &&Queued| of.is_none() || q.workflow_id.as_ref() == of;
    remote
        .outbox
        .iter()
        .filter(mine)
        .filter(|q| waits(q))
        .count()
}

/// How many things of a remote need a person.
pub fn attention(remote: &Remote) -> usize {
    let itself = matches!(remote.state, RemoteState::Unauthorized | RemoteState::Empty);
    let of_link = |link: &Link| {
        let stuck = matches!(
            link.state,
            LinkState::Refused { .. } | LinkState::Held { .. }
        );
        link.conflicts.len() + usize::from(stuck)
    };
    let aside = remote.outbox.iter().filter(|q| set_aside(q)).count();
    usize::from(itself) + aside + remote.workflows.iter().map(of_link).sum::<usize>()
}

fn late(words: &str, waiting: usize) -> String {
    match waiting {
        0 => words.to_owned(),
        n => format!("{words}, {n} waiting"),
    }
}

/// How a remote stands.
pub fn of_remote(remote: &Remote) -> Standing {
    let n = waiting(remote, None);
    let settled = |link: &Link| link.state == LinkState::Synced && link.remote_id.is_some();
    match &remote.state {
        RemoteState::Synced { .. } if n > 0 || attention(remote) > 0 => {
            match attention(remote) {
                0 => standing(Tone::Busy, Icon::Sync, late("Sending…", n)),
                asks => standing(
                    Tone::Asks,
                    Icon::Alert,
                    count(asks, "thing needs you", "things need you"),
                ),
            }
        }
        RemoteState::Synced { at_ms: Some(at) } if remote.workflows.iter().all(settled) => {
            Standing {
                since_ms: Some(*at),
                ..standing(Tone::Good, Icon::Check, "Synced")
            }
        }
        RemoteState::Synced { at_ms: None } => {
            standing(Tone::Busy, Icon::Clock, "Not asked yet since this page was opened")
        }
        RemoteState::Synced { .. } | RemoteState::Syncing => {
            standing(Tone::Busy, Icon::Sync, "Syncing…")
        }
        RemoteState::Offline => standing(Tone::Late, Icon::Offline, late("Offline", n))
            .because("The browser says that there is no network. It goes on by itself when there is."),
        RemoteState::Unreachable { reason, .. } => {
            standing(Tone::Late, Icon::Offline, late("No answer", n)).because(reason)
        }
        RemoteState::Unauthorized => standing(Tone::Stuck, Icon::Alert, late("Key refused", n))
            .because("The server does not take the key: nothing is sent before there is another one."),
        RemoteState::Empty => standing(Tone::Stuck, Icon::Alert, "Empty there").because(
            "The remote says it holds nothing, although it held something. Nothing was deleted here.",
        ),
        RemoteState::NeedsFiles => standing(Tone::Late, Icon::Folder, late("Waits for its files", n)),
    }
}

/// How a linked workflow stands.
pub fn of_link(link: &Link, remote: &Remote) -> Standing {
    let n = waiting(remote, Some(&link.workflow_id));
    let name = &link.remote_name;
    let aside = remote
        .outbox
        .iter()
        .filter(|q| q.workflow_id.as_ref() == Some(&link.workflow_id))
        .filter(|q| set_aside(q))
        .count();
    if let LinkState::Refused { reason } = &link.state {
        return standing(Tone::Stuck, Icon::Alert, format!("Refused by {name}")).because(reason);
    }
    if !link.conflicts.is_empty() {
        let words = count(link.conflicts.len(), "conflict", "conflicts");
        return standing(Tone::Asks, Icon::Alert, words).because(
            "Both sides changed the same. Nothing is lost: choose which of the two holds.",
        );
    }
    if let LinkState::Held { reason } = &link.state {
        return standing(Tone::Asks, Icon::Alert, "Edits held back").because(reason);
    }
    if aside > 0 {
        let words = count(aside, "request set aside", "requests set aside");
        return standing(Tone::Asks, Icon::Alert, words)
            .because(format!("{name} refused it. The Sync page says why."));
    }
    match &remote.state {
        RemoteState::Unauthorized
        | RemoteState::Empty
        | RemoteState::Offline
        | RemoteState::Unreachable { .. }
        | RemoteState::NeedsFiles => {
            let whole = of_remote(remote);
            let words = match &remote.state {
                RemoteState::Unauthorized => late("Key refused", n),
                RemoteState::Empty => "Empty there".to_owned(),
                RemoteState::Offline => late("Offline", n),
                RemoteState::Unreachable { .. } => late("No answer", n),
                _ if link.state == LinkState::Synced && n == 0 => {
                    "Same as in the files last read".to_owned()
                }
                _ => late("For the files", n),
            };
            Standing { words, ..whole }
        }
        _ if link.state == LinkState::Deleting => {
            standing(Tone::Busy, Icon::Sync, "To be deleted there")
        }
        _ if link.state == LinkState::Waiting || n > 0 || link.remote_id.is_none() => {
            standing(Tone::Busy, Icon::Sync, "Sending…")
        }
        RemoteState::Synced { at_ms: None } => {
            standing(Tone::Busy, Icon::Clock, "Not compared yet")
        }
        RemoteState::Syncing => standing(Tone::Busy, Icon::Sync, "Syncing…"),
        RemoteState::Synced { at_ms } => Standing {
            since_ms: *at_ms,
            ..standing(Tone::Good, Icon::Check, "Synced")
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leadline_protocol::RemoteId;

    fn id() -> WorkflowId {
        WorkflowId::parse("workflow_0123456789abcdef").expect("an id")
    }

    fn link(state: LinkState) -> Link {
        Link {
            workflow_id: id(),
            title: "A".to_owned(),
            remote: RemoteId(1),
            remote_name: "Shop".to_owned(),
            remote_id: Some("there".to_owned()),
            state,
            conflicts: Vec::new(),
        }
    }

    fn remote(state: RemoteState, links: Vec<Link>, outbox: Vec<QueueState>) -> Remote {
        let queued = |state| Queued {
            key: Some("k".to_owned()),
            workflow_id: Some(id()),
            title: "A".to_owned(),
            what: "3 edits".to_owned(),
            state,
        };
        Remote {
            id: RemoteId(1),
            name: "Shop".to_owned(),
            kind: RemoteKind::Leadline,
            address: "https://shop.example".to_owned(),
            has_key: true,
            state,
            workflows: links,
            outbox: outbox.into_iter().map(queued).collect(),
            log: Vec::new(),
        }
    }

    const SYNCED: RemoteState = RemoteState::Synced { at_ms: Some(7) };

    fn check(state: RemoteState, link: Link, outbox: &[QueueState], tone: Tone, words: &str) {
        let remote = remote(state, vec![link.clone()], outbox.to_vec());
        let got = of_link(&link, &remote);
        assert_eq!((got.tone, got.words.as_str()), (tone, words));
    }

    #[test]
    fn only_what_is_the_same_everywhere_is_synced() {
        check(SYNCED, link(LinkState::Synced), &[], Tone::Good, "Synced");
        check(
            SYNCED,
            link(LinkState::Waiting),
            &[],
            Tone::Busy,
            "Sending…",
        );
        let waits = [QueueState::Waiting];
        check(
            SYNCED,
            link(LinkState::Synced),
            &waits,
            Tone::Busy,
            "Sending…",
        );
        let nowhere = Link {
            remote_id: None,
            ..link(LinkState::Synced)
        };
        check(SYNCED, nowhere.clone(), &[], Tone::Busy, "Sending…");
        let never = RemoteState::Synced { at_ms: None };
        check(
            never,
            link(LinkState::Synced),
            &[],
            Tone::Busy,
            "Not compared yet",
        );
        let all = |link| of_remote(&remote(SYNCED, vec![link], Vec::new())).tone;
        assert_eq!(all(link(LinkState::Synced)), Tone::Good);
        assert_eq!(all(link(LinkState::Waiting)), Tone::Busy);
        assert_eq!(all(nowhere), Tone::Busy);
    }

    #[test]
    fn what_waits_is_counted_and_what_needs_a_person_comes_first() {
        let two = [QueueState::Waiting, QueueState::Sent];
        check(
            RemoteState::Offline,
            link(LinkState::Waiting),
            &two,
            Tone::Late,
            "Offline, 2 waiting",
        );
        check(
            RemoteState::Unauthorized,
            link(LinkState::Synced),
            &[],
            Tone::Stuck,
            "Key refused",
        );
        let refused = || LinkState::Refused {
            reason: "too many nodes".to_owned(),
        };
        check(
            RemoteState::Offline,
            link(refused()),
            &two,
            Tone::Stuck,
            "Refused by Shop",
        );
        let aside = [QueueState::SetAside {
            reason: "unknown number".to_owned(),
        }];
        check(
            SYNCED,
            link(LinkState::Synced),
            &aside,
            Tone::Asks,
            "1 request set aside",
        );
        let remote = remote(RemoteState::Empty, vec![link(refused())], aside.to_vec());
        assert_eq!(attention(&remote), 3);
    }
}

//! What a home of the API provides: organizations by their keys, durable writes, a clock.

use std::future::Future;

use serde::Serialize;

use crate::{Desk, Reply, RequestKey, Write};

/// Who moves time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// The system's clock.
    Real,
    /// Whoever posts to `/v1/simulation/advance`.
    Simulated,
}

/// Where call results come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Calls {
    /// Whoever posts to `/v1/call-logs/{id}/status`.
    Manual,
    /// The simulated world, from each node's `config.simulation`.
    Simulated,
    /// A dialer behind a URL, which posts statuses back.
    Http,
}

/// How a host is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Who moves time.
    pub clock: Clock,
    /// Where call results come from.
    pub calls: Calls,
    /// Whether answers can be streamed: `GET /changes` as server-sent events.
    pub streams: bool,
}

/// Why something is not durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotStored {
    /// Nothing can be stored now, so nothing was done, and nothing will be.
    NothingDone,
    /// It took effect, and whether it is ever stored is not known.
    Unknown,
}

/// Nobody can say now whom a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// How a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Condition {
    /// It does something later than it should.
    Degraded,
    /// It cannot do what it is there for.
    Failing,
}

/// Something that is not as it should be with a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A stable code.
    pub code: &'static str,
    /// How bad it is.
    #[serde(skip)]
    pub condition: Condition,
    /// What is wrong, and what it means.
    pub message: String,
}

/// A home of the API. It owns a [`Desk`] for each organization.
pub trait Host: Send + Sync + 'static {
    /// An organization at work, cheap to clone.
    type Organization: Clone + Send + Sync + 'static;

    /// How this host is run.
    fn info(&self) -> Info;

    /// What is wrong with this host.
    fn problems(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// The organization that a bearer key belongs to.
    fn organization(&self, key: &str) -> Result<Option<Self::Organization>, Unavailable>;

    /// A secret that nobody can guess, for signing events; `None` on a host without luck of its own,
    /// where whoever subscribes has to bring one.
    fn secret(&self) -> Option<String> {
        None
    }

    /// Does something that may take long, such as reading an uploaded file, and touches no desk. A
    /// host with other requests to answer meanwhile sees to it that it can.
    fn long<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    /// Asks an organization's desk, at the present time.
    fn read<T>(&self, organization: &Self::Organization, ask: impl FnOnce(&Desk) -> T) -> T;

    /// Hands a write to an organization's desk, at the present time, and answers once everything
    /// that the answer depends on is durable.
    fn write(
        &self,
        organization: &Self::Organization,
        write: Write,
    ) -> impl Future<Output = Result<Reply, NotStored>> + Send;

    /// What a write that was carried out before was answered. An error when that cannot be known now.
    fn carried_out(
        &self,
        organization: &Self::Organization,
        request: &RequestKey,
    ) -> Result<Option<Reply>, NotStored> {
        Ok(self.read(organization, |desk| desk.carried_out(request).cloned()))
    }

    /// Names the present life of an organization's data, in visible ASCII. Another one begins whenever
    /// something that was told of is lost, such as when a backup is put back.
    fn epoch(&self, organization: &Self::Organization) -> String;

    /// Somebody was told of more than there is, so something was lost: another life begins, unless
    /// that of `epoch` is over already. Resolves once that is durable.
    fn lost(
        &self,
        organization: &Self::Organization,
        epoch: &str,
    ) -> impl Future<Output = Result<(), NotStored>> + Send;

    /// Resolves once everything that can be read by now is durable: what a client goes on from, such
    /// as a cursor or a version, must not be taken back. A host without a store need not wait.
    fn stored(
        &self,
        _organization: &Self::Organization,
    ) -> impl Future<Output = Result<(), NotStored>> + Send {
        std::future::ready(Ok(()))
    }

    /// Resolves when there is a change after `cursor`, when another life begins, or after a while; `false` when the host is
    /// about to close. Only asked of hosts that stream.
    fn changed(
        &self,
        organization: &Self::Organization,
        cursor: u64,
    ) -> impl Future<Output = bool> + Send;
}

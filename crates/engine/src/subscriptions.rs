//! Subscriptions to events, and when their subscribers are told.
//!
//! Announcements are numbered from 1; the numbers follow from the journal, so they are the same after
//! every replay, and a host needs to keep but one number for each subscription.

use std::collections::BTreeMap;
use std::sync::Arc;

use leadline_model::ordered;
use leadline_model::{
    EventId, EventKind, Lead, Subscription, SubscriptionId, Workflow, WorkflowStatus, limits,
};

use crate::effect::{Announcement, Effect};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::LeadRef;
use crate::input::{Input, Output};

/// Separate these ids from those of workflows.
const SUBSCRIPTION_KEY: u64 = 0x7375_6273;
const EVENT_KEY: u64 = 0x6576_6E74;

/// Bounds of a secret, in bytes.
const SECRET: std::ops::RangeInclusive<usize> = 16..=200;

impl Engine {
    /// The organization's subscriptions; the same allocation for as long as none of them changes.
    pub fn subscriptions(&self) -> &Arc<BTreeMap<SubscriptionId, Subscription>> {
        &self.subscriptions
    }

    /// Whether anybody wants to be told of anything.
    pub fn announces(&self) -> bool {
        self.subscriptions.values().any(|one| one.active)
    }

    /// The number of the last announcement.
    pub fn announced(&self) -> u64 {
        self.announced
    }

    /// The id of the announcement of a number.
    pub fn event_id(&self, number: u64) -> EventId {
        EventId::from_counter(self.config.key ^ EVENT_KEY, number)
    }

    /// The workflow in a row, deleted ones too.
    pub fn workflow_at(&self, flow: u32) -> Option<&Workflow> {
        Some(&self.flows.get(flow as usize)?.workflow)
    }

    /// The lead in a row, those of deleted workflows too.
    pub fn lead_at(&self, lead: LeadRef) -> Option<Lead> {
        let flow = self.flows.get(lead.flow as usize)?;
        let known = lead.lead < flow.traffic.leads.len();
        known.then(|| self.lead_view(lead.flow, lead.lead))
    }

    pub(crate) fn put_subscription(
        &mut self,
        id: Option<&SubscriptionId>,
        url: &str,
        description: &str,
        events: &[EventKind],
        active: bool,
        secret: Option<&str>,
    ) -> Result<Output, EngineError> {
        check_url(url)?;
        if description.chars().count() > limits::MAX_LABEL {
            let (what, limit) = ("characters of a description", limits::MAX_LABEL);
            return Err(EngineError::Limit { what, limit });
        }
        if events.is_empty() {
            let message = "a subscription is to at least one event";
            return Err(EngineError::Invalid(message.into()));
        }
        let printable = |secret: &str| secret.bytes().all(|byte| byte.is_ascii_graphic());
        if secret.is_some_and(|secret| !SECRET.contains(&secret.len()) || !printable(secret)) {
            let message = "a secret is 16 to 200 printable ASCII characters without blanks";
            return Err(EngineError::Invalid(message.into()));
        }
        let old = match id {
            Some(id) => Some(
                self.subscriptions
                    .get(id)
                    .ok_or_else(|| EngineError::UnknownSubscription(id.clone()))?,
            ),
            None if self.subscriptions.len() >= limits::MAX_SUBSCRIPTIONS => {
                let (what, limit) = ("subscriptions", limits::MAX_SUBSCRIPTIONS);
                return Err(EngineError::Limit { what, limit });
            }
            None => None,
        };
        let Some(secret) = secret.or(old.map(|old| old.secret.as_str())) else {
            let message = "a subscription needs a secret";
            return Err(EngineError::Invalid(message.into()));
        };
        let secret = secret.to_owned();
        let since = old.filter(|old| old.active).map(|old| old.since);
        let created_at = old.map_or(self.now, |old| old.created_at);
        let id = match id {
            Some(id) => id.clone(),
            None => {
                let key = self.config.key ^ SUBSCRIPTION_KEY;
                SubscriptionId::from_counter(key, self.make())
            }
        };
        let mut events = events.to_vec();
        ordered::sort(&mut events);
        events.dedup();
        let subscription = Subscription {
            id: id.clone(),
            url: url.to_owned(),
            description: description.to_owned(),
            events,
            active,
            secret,
            since: since.unwrap_or(self.announced),
            created_at,
        };
        Arc::make_mut(&mut self.subscriptions).insert(id.clone(), subscription);
        Ok(Output::Subscription(id))
    }

    pub(crate) fn delete_subscription(
        &mut self,
        id: &SubscriptionId,
    ) -> Result<Output, EngineError> {
        if !self.subscriptions.contains_key(id) {
            return Err(EngineError::UnknownSubscription(id.clone()));
        }
        Arc::make_mut(&mut self.subscriptions).remove(id);
        Ok(Output::Done)
    }

    /// The workflow whose status an input may change, and the status it has before.
    pub(crate) fn status_to_announce(&self, input: &Input) -> Option<(u32, WorkflowStatus)> {
        let (Input::Act { workflow_id, .. } | Input::Reset { workflow_id, .. }) = input else {
            return None;
        };
        let flow = self.ordinal(workflow_id).ok()?;
        self.announces()
            .then(|| (flow, self.flow(flow).workflow.status))
    }

    pub(crate) fn announce_status(
        &mut self,
        before: Option<(u32, WorkflowStatus)>,
        effects: &mut Vec<Effect>,
    ) {
        let Some((flow, from)) = before else { return };
        let to = self.flow(flow).workflow.status;
        if from != to {
            self.announced += 1;
            let change = Announcement::StatusChanged { flow, from, to };
            effects.push(Effect::Announce(change));
        }
    }
}

/// A URL is an address of the web in printable ASCII; whether it leads anywhere shows when it is used.
fn check_url(url: &str) -> Result<(), EngineError> {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let fits = host.is_some_and(|host| {
        let first = host.bytes().next();
        first.is_some_and(|first| first.is_ascii_alphanumeric() || first == b'[')
    });
    if !fits || url.len() > limits::MAX_URL || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message =
            "a URL begins with https:// or http://, has no blanks and at most 2048 characters";
        return Err(EngineError::Invalid(message.into()));
    }
    Ok(())
}

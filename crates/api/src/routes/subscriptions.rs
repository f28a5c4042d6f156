//! Subscriptions to events. Who delivers, and how that goes, is the host's: see [`Delivery`].

use leadline_engine::{Engine, EngineError, Input, Output};
use leadline_model::{EventKind, Subscription, SubscriptionId, Time};
use serde::{Deserialize, Serialize};

use crate::ask::{Ask, page_of};
use crate::reply::etag;
use crate::{ApiError, Delivery, Desk, Reply, Write};

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct New {
    url: String,
    #[serde(default)]
    description: String,
    events: Vec<EventKind>,
    #[serde(default = "yes")]
    active: bool,
    secret: Option<String>,
}

#[derive(Deserialize)]
struct Patch {
    url: Option<String>,
    description: Option<String>,
    events: Option<Vec<EventKind>>,
    active: Option<bool>,
    secret: Option<String>,
}

/// What was configured, without the secret.
#[derive(Serialize)]
struct Shown<'e> {
    id: &'e SubscriptionId,
    url: &'e str,
    description: &'e str,
    events: &'e [EventKind],
    active: bool,
    created_at: Time,
}

#[derive(Serialize)]
struct Created<'e> {
    #[serde(flatten)]
    shown: Shown<'e>,
    secret: &'e str,
}

#[derive(Serialize)]
struct Delivered<'e> {
    #[serde(flatten)]
    shown: Shown<'e>,
    delivery: Delivery,
}

fn shown(subscription: &Subscription) -> Shown<'_> {
    Shown {
        id: &subscription.id,
        url: &subscription.url,
        description: &subscription.description,
        events: &subscription.events,
        active: subscription.active,
        created_at: subscription.created_at,
    }
}

/// The version of what was configured. The secret has no part in it: who sees a version must not be
/// able to guess at it.
fn version(subscription: &Subscription) -> String {
    etag(&shown(subscription))
}

fn find<'e>(engine: &'e Engine, id: &SubscriptionId) -> Result<&'e Subscription, ApiError> {
    let found = engine.subscriptions().get(id);
    Ok(found.ok_or_else(|| EngineError::UnknownSubscription(id.clone()))?)
}

pub(crate) fn create(ask: Ask) -> Result<Write, ApiError> {
    let new: New = ask.body()?;
    let secret = new.secret.or(ask.secret);
    if secret.is_none() {
        let message = "`secret`: this host makes none, so bring your own.";
        return Err(ApiError::invalid(vec![message.to_owned()]));
    }
    let input = Input::PutSubscription {
        id: None,
        url: new.url,
        description: new.description,
        events: new.events,
        active: new.active,
        secret,
    };
    Ok(Write::new(
        |_| Ok(input),
        |engine, output| {
            let Output::Subscription(id) = output else {
                return Err(ApiError::fault());
            };
            let new = find(engine, &id)?;
            let created = Created {
                shown: shown(new),
                secret: &new.secret,
            };
            let at = format!("/v1/event-subscriptions/{id}");
            Ok(Reply::ok(&created).version(version(new)).created(at))
        },
    ))
}

fn delivered<'e>(desk: &'e Desk, subscription: &'e Subscription) -> Delivered<'e> {
    Delivered {
        shown: shown(subscription),
        delivery: desk.delivery(&subscription.id),
    }
}

pub(crate) fn list(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let all = desk.engine().subscriptions().values();
    let all: Vec<Delivered<'_>> = all.map(|one| delivered(desk, one)).collect();
    Ok(Reply::ok(&page_of(all, ask.page())))
}

pub(crate) fn get(desk: &Desk, ask: &Ask) -> Result<Reply, ApiError> {
    let found = find(desk.engine(), &ask.subscription_id()?)?;
    Ok(Reply::ok(&delivered(desk, found)).version(version(found)))
}

pub(crate) fn update(ask: Ask) -> Result<Write, ApiError> {
    let patch: Patch = ask.body()?;
    let id = ask.subscription_id()?;
    let changed = id.clone();
    Ok(Write::new(
        move |engine| {
            let old = find(engine, &id)?;
            ask.guard(|| Ok([version(old)]))?;
            Ok(Input::PutSubscription {
                url: patch.url.unwrap_or_else(|| old.url.clone()),
                description: patch.description.unwrap_or_else(|| old.description.clone()),
                events: patch.events.unwrap_or_else(|| old.events.clone()),
                active: patch.active.unwrap_or(old.active),
                secret: patch.secret,
                id: Some(id),
            })
        },
        move |engine, _| {
            let changed = find(engine, &changed)?;
            Ok(Reply::ok(&shown(changed)).version(version(changed)))
        },
    ))
}

pub(crate) fn delete(ask: Ask) -> Result<Write, ApiError> {
    let id = ask.subscription_id()?;
    Ok(Write::new(
        move |engine| {
            let old = find(engine, &id)?;
            ask.guard(|| Ok([version(old)]))?;
            Ok(Input::DeleteSubscription { id })
        },
        |_, _| Ok(Reply::done("The subscription was ended.")),
    ))
}

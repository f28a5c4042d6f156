//! The server's side of events: what subscribers are told, and what the API says of it.

use leadline_api::Delivery;
use leadline_engine::Announcement;
use leadline_model::SubscriptionId;
use leadline_sim::News;
use serde_json::{Value, json};

use super::{Organization, lock};

impl Organization {
    /// Its row in the database.
    pub fn row(&self) -> i64 {
        self.row
    }

    /// An event as it is posted: who it is about as things stand now.
    pub fn message(&self, news: &News) -> Value {
        let state = self.lock();
        let engine = state.desk.engine();
        let workflow = |flow| {
            let workflow = engine.workflow_at(flow);
            json!({
                "id": workflow.map(|workflow| &workflow.id),
                "title": workflow.map(|workflow| &workflow.title),
            })
        };
        let data = match news.what {
            Announcement::LeadEnded { lead, .. } => json!({
                "workflow": workflow(lead.flow),
                "lead": engine.lead_at(lead),
            }),
            Announcement::StatusChanged { flow, from, to } => {
                let mut workflow = workflow(flow);
                workflow["status"] = to.as_str().into();
                workflow["previous_status"] = from.as_str().into();
                json!({ "workflow": workflow })
            }
        };
        json!({
            "id": engine.event_id(news.number),
            "number": news.number,
            "type": news.what.kind(),
            "created_at": news.at,
            "organization_id": engine.organization_id(),
            "data": data,
        })
    }

    /// The subscriptions that deliveries are known of, ended ones too.
    pub fn known_deliveries(&self) -> Vec<SubscriptionId> {
        lock(&self.deliveries).keys().cloned().collect()
    }

    /// How far a subscription was, and how it went.
    pub fn known_delivery(&self, id: &SubscriptionId) -> (u64, Delivery) {
        lock(&self.deliveries).get(id).cloned().unwrap_or_default()
    }

    /// Active subscriptions whose events are not accepted.
    pub fn failing_subscriptions(&self) -> u64 {
        let subscribers = self.subscribers.borrow();
        let known = lock(&self.deliveries);
        let failing = known.iter().filter(|(id, (_, delivery))| {
            let active = subscribers.get(id).is_some_and(|one| one.active);
            active && delivery.failing_since.is_some()
        });
        failing.count() as u64
    }

    /// Says how a delivery goes; `None`: its subscription has ended.
    pub fn set_delivery(&self, id: SubscriptionId, delivery: Option<Delivery>) {
        let mut known = lock(&self.deliveries);
        match &delivery {
            Some(delivery) => known.entry(id.clone()).or_default().1 = delivery.clone(),
            None => drop(known.remove(&id)),
        }
        drop(known);
        self.lock().desk.set_delivery(id, delivery);
    }
}

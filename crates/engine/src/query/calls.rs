//! Pages of call logs, newest first, for what a page costs.
//!
//! The calls of a workflow lie in the order in which they were created, so those after an instant are
//! found by halving, and the newest of all workflows by looking at the last of each.

use std::collections::BinaryHeap;

use leadline_model::Time;
use leadline_model::ordered;
use leadline_model::view::{CallLog, Page, PageMeta};

use super::CallFilter;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::flow::{CallRef, LeadRef};
use crate::state::calls::Calls;

/// A workflow's calls that are still to be shown: those before a row.
struct Line<'e> {
    flow: u32,
    calls: &'e Calls,
    end: u32,
}

impl Engine {
    /// Call logs, newest first; of one instant those of later workflows first. O(page + workflows ·
    /// log calls); with a lead O(the lead's calls), with a status O(calls).
    pub fn calls(
        &self,
        filter: &CallFilter,
        page: u64,
        limit: u64,
    ) -> Result<Page<CallLog>, EngineError> {
        let only = match &filter.workflow_id {
            Some(id) => Some(self.ordinal_ever(id)?),
            None => None,
        };
        let skip = (page.max(1) - 1).saturating_mul(limit);
        let fits = |call: &CallRef| {
            let status = self.flow(call.flow).traffic.calls.status(call.call);
            filter.status.is_none_or(|wanted| wanted == status)
        };
        let (total, shown) = if let Some(id) = &filter.lead_id {
            let flow = id.counter(self.config.key).map(|counter| counter >> 32);
            let flow = flow.and_then(|flow| u32::try_from(flow).ok());
            let flow = flow.filter(|flow| only.is_none_or(|only| only == *flow));
            let flow = flow.filter(|flow| (*flow as usize) < self.flows.len());
            let lead = flow.and_then(|flow| Some((flow, self.lead_row(flow, id).ok()?)));
            let calls = lead.map(|(flow, lead)| self.calls_of_lead(LeadRef { flow, lead }));
            self.part(
                calls.unwrap_or_default().into_iter().filter(fits).collect(),
                skip,
                limit,
            )
        } else {
            let flows = self.flows.iter();
            let flows = flows.filter(|flow| only.is_none_or(|only| only == flow.ordinal));
            let lines = flows.map(|flow| Line {
                flow: flow.ordinal,
                calls: &flow.traffic.calls,
                end: flow.traffic.calls.len(),
            });
            match filter.status {
                None => newest(lines.collect(), skip, limit),
                Some(_) => {
                    let refs = lines.flat_map(|line| {
                        let flow = line.flow;
                        (0..line.end).map(move |call| CallRef { flow, call })
                    });
                    self.part(refs.filter(fits).collect(), skip, limit)
                }
            }
        };
        Ok(Page {
            data: shown.into_iter().map(|call| self.call_log(call)).collect(),
            meta: PageMeta::new(page, limit, total),
        })
    }

    /// A part of some calls, newest first, and how many there are.
    fn part(&self, mut calls: Vec<CallRef>, skip: u64, limit: u64) -> (u64, Vec<CallRef>) {
        let created = |call: &CallRef| self.flow(call.flow).traffic.calls[call.call].created;
        ordered::sort_by_key(&mut calls, |call| std::cmp::Reverse((created(call), *call)));
        let total = calls.len() as u64;
        let shown = calls.into_iter().skip(skip as usize).take(limit as usize);
        (total, shown.collect())
    }
}

/// The newest calls but for the first `skip`, and how many there are.
fn newest(mut lines: Vec<Line<'_>>, skip: u64, limit: u64) -> (u64, Vec<CallRef>) {
    let total = lines.iter().map(|line| u64::from(line.end)).sum();
    if skip >= total {
        return (total, Vec::new());
    }
    // The earliest instant from which on at most `skip` calls were created.
    let since = |at: i64| -> u64 {
        let counts = lines
            .iter()
            .map(|line| line.end - line.calls.created_before(at));
        counts.map(u64::from).sum()
    };
    let (mut low, mut high) = (Time::MIN.0, Time::MAX.0);
    while low < high {
        let middle = low + (high - low) / 2;
        match since(middle) <= skip {
            true => high = middle,
            false => low = middle + 1,
        }
    }
    // The rest are of the instant before it: the last of the last workflow come first.
    let mut rest = skip - since(low);
    for line in lines.iter_mut().rev() {
        line.end = line.calls.created_before(low);
        let of_instant = line.end - line.calls.created_before(low - 1);
        let skipped = rest.min(u64::from(of_instant));
        line.end -= skipped as u32;
        rest -= skipped;
    }
    let last = |line: &Line<'_>, index: usize| {
        let call = line.end.checked_sub(1)?;
        Some((line.calls[call].created, line.flow, call, index))
    };
    let indices = lines.iter().enumerate();
    let mut heap: BinaryHeap<_> = indices
        .filter_map(|(index, line)| last(line, index))
        .collect();
    let mut shown = Vec::new();
    while (shown.len() as u64) < limit
        && let Some((_, flow, call, index)) = heap.pop()
    {
        shown.push(CallRef { flow, call });
        lines[index].end = call;
        heap.extend(last(&lines[index], index));
    }
    (total, shown)
}

//! CONDITIONAL: decides at once.

use super::{Arrival, Entering};
use crate::conditions::CompiledBranches;
use crate::flow::Traffic;

/// The first branch that holds gives the outcome.
#[inline]
pub fn enter(
    traffic: &mut Traffic,
    lead: u32,
    branches: &CompiledBranches,
    cx: &mut Entering<'_>,
) -> Arrival {
    let decision = branches.decide(traffic, lead, cx.now, cx.fallback_zone());
    for remark in &decision.remarks {
        traffic.note(cx.now, lead, remark);
    }
    match decision.outcome {
        Some(outcome) => Arrival::Leaves(outcome),
        None => {
            Arrival::Stuck("no branch of the condition holds, and there is no “otherwise”".into())
        }
    }
}

//! CONVERTED and DROPPED: the lead's path ends.

use super::Arrival;
use crate::flow::Traffic;
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;

/// The lead is `completed` or `dropped`.
#[inline]
pub fn enter(
    traffic: &mut Traffic,
    lead: u32,
    converted: bool,
) -> Result<Arrival, IllegalTransition> {
    traffic.change(lead, LeadEvent::End)?;
    traffic.counts.active -= 1;
    if converted {
        traffic.counts.completed += 1;
    } else {
        traffic.counts.dropped += 1;
    }
    Ok(Arrival::Rests)
}

//! VOICE_CALL: the lead queues for a line; the scheduler dials when there is one.

use super::Arrival;
use crate::flow::Traffic;
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;

/// The lead waits for a line.
#[inline]
pub fn enter(traffic: &mut Traffic, lead: u32) -> Result<Arrival, IllegalTransition> {
    traffic.change(lead, LeadEvent::Queue)?;
    traffic.queue.push_back(lead);
    Ok(Arrival::Rests)
}

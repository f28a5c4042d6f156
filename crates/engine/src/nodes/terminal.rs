//! CONVERTED and DROPPED: the lead's path ends.

use super::{Arrival, Entering};
use crate::effect::{Announcement, Effect};
use crate::flow::{LeadRef, Traffic};
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;

/// The lead is `completed` or `dropped`.
#[inline]
pub fn enter(
    traffic: &mut Traffic,
    lead: u32,
    completed: bool,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    traffic.change(lead, LeadEvent::End)?;
    traffic.counts.active -= 1;
    if completed {
        traffic.counts.completed += 1;
    } else {
        traffic.counts.dropped += 1;
    }
    if cx.announce {
        let flow = cx.flow;
        let lead = LeadRef { flow, lead };
        let end = Announcement::LeadEnded { lead, completed };
        cx.effects.push(Effect::Announce(end));
    }
    Ok(Arrival::Rests)
}

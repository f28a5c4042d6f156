//! TIME: the lead waits. `release_at` is fixed when the node is entered (SPEC 5).

use jiff::tz::TimeZone;
use leadline_model::node::{From, FromSource, Until};
use leadline_model::{Duration, Time, Value};

use super::{Arrival, Entering};
use crate::dates::instant_of;
use crate::flow::{Traffic, label};
use crate::machines::IllegalTransition;
use crate::machines::lead::LeadEvent;
use crate::window::{LEAD_TIMEZONE, next_time_of_day, zone};

/// Waits so long.
#[inline]
pub fn enter_delay(
    traffic: &mut Traffic,
    lead: u32,
    length: Duration,
    lane: Option<u32>,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    if length.0 <= 0 {
        return Ok(Arrival::Leaves(label::NONE));
    }
    let until = cx.now.plus(length);
    let Some(lane) = lane else {
        traffic.wait(lead, until)?;
        return Ok(Arrival::Rests);
    };
    traffic.change(lead, LeadEvent::Wait)?;
    traffic.leads[lead].until = until.0;
    traffic.timers.push_lane(lane, until, lead);
    Ok(Arrival::Rests)
}

/// Waits until a clock on the wall shows a time.
pub fn enter_until(
    traffic: &mut Traffic,
    lead: u32,
    until: &Until,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    let zone = if until.timezone == "lead" {
        let own = text_variable(traffic, lead, LEAD_TIMEZONE);
        if own
            .as_deref()
            .is_none_or(|name| !crate::templates::knows_timezone(name))
        {
            let fallback = cx.fallback_zone();
            traffic.note(
                cx.now,
                lead,
                &format!("the lead has no known time zone; {fallback} was used"),
            );
        }
        zone(own.as_deref(), cx.fallback_zone())
    } else {
        zone(None, &until.timezone)
    };
    match next_time_of_day(until, &zone, cx.now) {
        Some(at) => {
            traffic.wait(lead, at)?;
            Ok(Arrival::Rests)
        }
        None => Ok(Arrival::Stuck(
            "the time of day to wait for never comes".into(),
        )),
    }
}

/// Waits until an instant found in the lead or in its last call. A past one is left at once.
pub fn enter_from(
    traffic: &mut Traffic,
    lead: u32,
    from: &From,
    cx: &mut Entering<'_>,
) -> Result<Arrival, IllegalTransition> {
    let (whose, value) = match from.source {
        FromSource::Lead => {
            let cells = &traffic.leads.cells;
            let column = cells.column(&from.key);
            (
                "lead",
                column.and_then(|column| cells.value_of(cells.cell(column, lead))),
            )
        }
        FromSource::Call => (
            "call",
            traffic
                .last_analysis(lead)
                .and_then(|a| a.get(&from.key))
                .cloned(),
        ),
    };
    let Some(value) = value else {
        return Ok(Arrival::Stuck(format!(
            "the {whose} has no “{}” to wait for",
            from.key
        )));
    };
    let own = text_variable(traffic, lead, LEAD_TIMEZONE);
    let zone = zone(own.as_deref(), cx.fallback_zone());
    let Some(at) = read_time(&value, &zone) else {
        return Ok(Arrival::Stuck(format!(
            "“{}” of the {whose} is no date or timestamp such as 2027-02-10 or 2027-02-10T09:30",
            from.key
        )));
    };
    if at <= cx.now {
        return Ok(Arrival::Leaves(label::NONE));
    }
    traffic.wait(lead, at)?;
    Ok(Arrival::Rests)
}

fn read_time(value: &Value, zone: &TimeZone) -> Option<Time> {
    match value {
        Value::Text(text) => instant_of(text, zone),
        _ => None,
    }
}

fn text_variable(traffic: &Traffic, lead: u32, key: &str) -> Option<String> {
    let cells = &traffic.leads.cells;
    cells
        .text_of(cells.cell(cells.column(key)?, lead))
        .map(str::to_owned)
}

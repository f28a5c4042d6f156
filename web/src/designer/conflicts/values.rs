//! Values of a definition as people read them: lengths of time, names of nodes and agents, outcomes.

use leadline_model::condition::LabelledBranch;
use leadline_model::node::{From, FromSource, Until};
use leadline_model::window::LEADS_OWN;
use leadline_model::{
    Agent, CallBounds, CallingWindow, Condition, ConditionGroup, Delay, Duration, DurationRange,
    NodeType, RetryPolicy, Span, Waits, Weekday, json,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::names::Names;
use crate::designer::forms::retry::retried;
use crate::designer::forms::window::weekday_words;
use crate::format;

/// The name of a field as its form has it.
pub fn field_words(field: &str) -> String {
    let known = match field {
        "title" => "Title",
        "description" => "Description",
        "max_concurrent_calls" => "Calls at once",
        "auto_complete" => "Complete by itself",
        "delay_on_pause" => "Delays while paused",
        "retry" => "Default retry policy",
        "calling_window" => "Calling window",
        "calls_per_person" => "Calls to one person",
        "circuit" => "When calls cannot be placed",
        "label" => "Name",
        "outcome" => "Outcome",
        "node_type" => "Type",
        "is_entry" => "Start",
        "from_node_id" => "Begins at",
        "to_node_id" => "Leads to",
        "config.agent_id" | "config.agent_name" => "Agent",
        "config.from_phone_number" => "Call from",
        "config.retry" => "Own retry policy",
        "config.ring_timeout_seconds" => "Ring timeout",
        "config.simulation" => "Simulation",
        "config.delay" => "Wait for a length of time",
        "config.until" => "Wait until a time of day",
        "config.from" => "Wait until a time in a variable",
        "config.branches" => "Branches",
        "config.otherwise" => "Otherwise",
        "config" | "config.action" => "Action",
        "config.url" => "URL",
        "config.max_retries" => "Retries",
        "config.timeout_seconds" => "Timeout",
        other => return format::words(other.strip_prefix("config.").unwrap_or(other)),
    };
    known.to_owned()
}

/// What holds where a field has no value.
fn absent(field: &str) -> &'static str {
    match field {
        "outcome" => "any other outcome",
        "max_concurrent_calls" => "only the account's limit",
        "retry" => "unanswered calls are not dialled again",
        "calling_window" => "calls may start at any time",
        "config.retry" => "the workflow's retry policy",
        "config.agent_id" | "config.agent_name" => "no agent",
        "config.from_phone_number" => "no number",
        "config.ring_timeout_seconds" => "30 s",
        "config.timeout_seconds" => "10 s",
        "config.max_retries" => "3",
        "config.method" => "POST",
        "config.simulation" => "as usual",
        "config" | "config.action" => "no action",
        "config.otherwise" => "flagged for review",
        _ => "none",
    }
}

/// The value of a field in words; several lines where it has several parts.
pub fn value_words(names: &Names, field: &str, value: Option<&Value>) -> String {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return absent(field).to_owned();
    };
    let text = value.as_str();
    let told = match field {
        "is_entry" => value.as_bool().map(|on| {
            let words = if on {
                "leads start here"
            } else {
                "leads do not start here"
            };
            words.to_owned()
        }),
        "from_node_id" | "to_node_id" => text.map(|id| names.node(id)),
        "config.agent_id" => text.map(|id| names.agent(id)),
        "node_type" => read::<NodeType>(value).map(|node_type| node_type.words().to_owned()),
        "delay_on_pause" => text.map(|how| {
            let words = if how == "freeze" {
                "stand still"
            } else {
                "go on counting"
            };
            words.to_owned()
        }),
        "retry" | "config.retry" => read(value).map(|policy| retry(&policy)),
        "calling_window" => read(value).map(|hours| window(&hours)),
        "calls_per_person" => read(value).map(|bounds| bounds_words(&bounds)),
        "config.delay" => read::<Delay>(value).map(|delay| delay_words(&delay)),
        "config.until" => read::<Until>(value).map(|until| until_words(&until)),
        "config.from" => read::<From>(value).map(|from| from_words(&from)),
        "config.ring_timeout_seconds" | "config.timeout_seconds" => value
            .as_i64()
            .map(|n| format::duration(Duration::seconds(n))),
        "config.branches" => read::<Vec<LabelledBranch>>(value).map(|all| branches(names, &all)),
        "config.action" => text.map(|action| action_words(action).to_owned()),
        "config" => value
            .as_object()
            .map(|config| fields_words(names, config, "config.")),
        "config.simulation" => value.as_object().map(simulation_words),
        _ => None,
    };
    told.unwrap_or_else(|| plain(value))
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    json::from_text(&value.to_string()).ok()
}

/// Each field that has a value, on a line of its own.
fn fields_words(names: &Names, fields: &Map<String, Value>, prefix: &str) -> String {
    let line = |(name, value): (&String, &Value)| {
        let empty = match value {
            Value::Null => true,
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        let field = format!("{prefix}{name}");
        (!empty).then(|| {
            line(
                &field_words(&field),
                &value_words(names, &field, Some(value)),
            )
        })
    };
    let lines: Vec<String> = fields.iter().filter_map(line).collect();
    lines.join("\n")
}

/// A name and what belongs to it; a text of several lines begins on the next.
pub fn line(name: &str, text: &str) -> String {
    match text.contains('\n') {
        true => format!("{name}:\n{text}"),
        false => format!("{name}: {text}"),
    }
}

/// A value nothing more is known of, without the signs of JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(map) if map.is_empty() => "none".to_owned(),
        Value::Object(map) => {
            let lines = map.iter().map(|(key, value)| line(key, &plain(value)));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

fn action_words(action: &str) -> &'static str {
    match action {
        "webhook" => "call a webhook",
        "set_variables" => "set variables of the lead",
        "agent_workflow" => "start an agent run",
        _ => "no action",
    }
}

fn retry(policy: &RetryPolicy) -> String {
    let again = match policy.max_retries {
        0 => return "no retries".to_owned(),
        1 => "1 retry".to_owned(),
        n => format!("{n} retries"),
    };
    let mut words = format!("{again}, {} between attempts", waits(&policy.wait_minutes));
    let causes = policy.retries().iter();
    let after: Vec<String> = causes.map(|on| retried(*on).to_lowercase()).collect();
    words.push_str(&match after.is_empty() {
        true => ", after no status".to_owned(),
        false => format!(", after {}", after.join(", ")),
    });
    if let Some(minutes) = policy.expires_after_minutes {
        let end = format::duration(Duration::minutes(minutes.into()));
        words.push_str(&format!(", given up after {end}"));
    }
    words
}

fn waits(waits: &Waits) -> String {
    let minutes = |n: &u32| format::duration(Duration::minutes(i64::from(*n)));
    match waits.0.as_slice() {
        [] => minutes(&0),
        each => each.iter().map(minutes).collect::<Vec<_>>().join(", then "),
    }
}

fn window(hours: &CallingWindow) -> String {
    let span = |span: &Span| format!("{}, {} to {}", days(&span.days), span.start, span.end);
    let spans: Vec<String> = hours.spans.iter().map(span).collect();
    let zone = match hours.timezone.as_str() {
        LEADS_OWN => format!("the lead's time, else {}", hours.zone()),
        zone => zone.to_owned(),
    };
    let mut words = format!("{}, {zone}", spans.join("; "));
    if !hours.holidays.is_empty() {
        words.push_str(&format!(", not on {}", hours.holidays.join(", ")));
    }
    words
}

fn bounds_words(bounds: &CallBounds) -> String {
    let each = [
        (bounds.per_day, "in 24 hours"),
        (bounds.per_week, "in 7 days"),
        (bounds.total, "in all"),
    ];
    let said = each.iter().filter_map(|(n, words)| {
        let n = (*n)?;
        Some(format!("at most {n} {words}"))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// A week of consecutive days is said by its ends.
fn days(days: &[Weekday]) -> String {
    let on: Vec<Weekday> = Weekday::ALL
        .into_iter()
        .filter(|day| days.contains(day))
        .collect();
    let row = on
        .windows(2)
        .all(|pair| pair[0].index() + 1 == pair[1].index());
    match &on[..] {
        [] => "every day".to_owned(),
        all if all.len() == Weekday::ALL.len() => "every day".to_owned(),
        [first, _, .., last] if row => {
            format!("{} to {}", weekday_words(*first), weekday_words(*last))
        }
        some => some
            .iter()
            .map(|day| weekday_words(*day))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn delay_words(delay: &Delay) -> String {
    let unit = delay.unit.as_str();
    match delay.value {
        1 => format!("1 {}", unit.trim_end_matches('s')),
        n => format!("{n} {unit}"),
    }
}

fn until_words(until: &Until) -> String {
    let day = until.weekday.map(|day| format!("{} ", weekday_words(day)));
    let zone = match until.timezone.as_str() {
        "lead" => "the lead's own time zone",
        zone => zone,
    };
    format!("{}{}, {zone}", day.unwrap_or_default(), until.time)
}

fn from_words(from: &From) -> String {
    match from.source {
        FromSource::Lead => format!("{} of the lead", from.key),
        FromSource::Call => format!("{} of the last call's analysis", from.key),
    }
}

fn branches(names: &Names, all: &[LabelledBranch]) -> String {
    if all.is_empty() {
        return "none".to_owned();
    }
    let lines = all.iter().map(|branch| {
        let when = group(names, &branch.when, true);
        format!("{}: {when}", branch.label)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn group(names: &Names, conditions: &ConditionGroup, outer: bool) -> String {
    let (list, between) = match (&conditions.all, &conditions.any) {
        (Some(list), _) => (list, " and "),
        (None, Some(list)) => (list, " or "),
        (None, None) => return "never".to_owned(),
    };
    let words: Vec<String> = list.iter().map(|one| condition(names, one)).collect();
    match (words.len(), outer) {
        (0, _) => "never".to_owned(),
        (1, _) | (_, true) => words.join(between),
        (_, false) => format!("({})", words.join(between)),
    }
}

fn condition(names: &Names, condition: &Condition) -> String {
    match condition {
        Condition::Group(inner) => group(names, inner, false),
        Condition::Rule(rule) => {
            let field = names.rule_field(&rule.field);
            let operator = rule.operator.words();
            match rule.operator.takes_value() {
                true => format!("{field} {operator} {}", value_of_rule(&rule.value)),
                false => format!("{field} {operator}"),
            }
        }
    }
}

fn value_of_rule(value: &leadline_model::Value) -> String {
    use leadline_model::Value as V;
    match value {
        V::List(items) => items
            .iter()
            .map(value_of_rule)
            .collect::<Vec<_>>()
            .join(", "),
        V::Null => "nothing".to_owned(),
        other => other.to_string(),
    }
}

/// How calls or actions are answered: weights, lengths, what is found.
fn simulation_words(simulation: &Map<String, Value>) -> String {
    let weights = |values: &Value, name_of: fn(&str) -> String| {
        let pairs = values.as_object().into_iter().flatten();
        let words = pairs.map(|(name, weight)| format!("{} {}", name_of(name), plain(weight)));
        words.collect::<Vec<_>>().join(", ")
    };
    let mut lines = Vec::new();
    if let Some(outcomes) = simulation.get("outcomes") {
        let told = weights(outcomes, format::words);
        lines.extend((!told.is_empty()).then(|| line("Weights", &told)));
    }
    let range = simulation.get("duration_seconds");
    if let Some(range) = range.and_then(read::<DurationRange>) {
        let words = |seconds: u32| format::duration(Duration::seconds(seconds.into()));
        lines.push(format!(
            "Length: {} to {}",
            words(range.min),
            words(range.max)
        ));
    }
    let found = ["analysis", "body"].map(|part| simulation.get(part).and_then(Value::as_object));
    for (key, values) in found.into_iter().flatten().flatten() {
        lines.push(line(key, &weights(values, str::to_owned)));
    }
    match lines.is_empty() {
        true => "as usual".to_owned(),
        false => lines.join("\n"),
    }
}

/// Agents by id, for their names.
pub fn agent_name<'a>(agents: &'a [Agent], id: &str) -> Option<&'a str> {
    let found = agents.iter().find(|agent| agent.id.as_str() == id)?;
    Some(&found.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(field: &str, value: Value, words: &str) {
        let names = Names::default();
        assert_eq!(
            value_words(&names, field, Some(&value)),
            words,
            "{field} {value}"
        );
    }

    #[test]
    fn values_are_said_as_their_forms_say_them() {
        check(
            "config.delay",
            json!({"value": 2, "unit": "days"}),
            "2 days",
        );
        check(
            "config.delay",
            json!({"value": 1, "unit": "hours"}),
            "1 hour",
        );
        let until = json!({"time": "09:00", "timezone": "lead", "weekday": "mon"});
        check(
            "config.until",
            until,
            "Monday 09:00, the lead's own time zone",
        );
        let from = json!({"source": "call", "key": "callback_at"});
        check(
            "config.from",
            from,
            "callback_at of the last call's analysis",
        );
        check("config.ring_timeout_seconds", json!(90), "1 min 30 s");
        check("is_entry", json!(true), "leads start here");
        check("auto_complete", json!(false), "no");
        check("delay_on_pause", json!("freeze"), "stand still");
        check("node_type", json!("TIME"), "Delay");
        check("config.action", json!("webhook"), "call a webhook");
        check("title", json!(""), "empty");
        check("config.headers", json!({"a": "1", "b": "x"}), "a: 1\nb: x");
    }

    #[test]
    fn policies_and_windows_are_sentences() {
        let policy = json!({"max_retries": 2, "wait_minutes": 90,
            "retry_on": ["did_not_pick", "busy"], "expires_after_minutes": 2880});
        let words =
            "2 retries, 1 h 30 min between attempts, after not picked up, busy, given up after 2 d";
        check("retry", policy, words);
        check("config.retry", json!({"max_retries": 0}), "no retries");
        let week = json!({"timezone": "Europe/Berlin", "start": "09:00", "end": "18:00",
            "days": ["mon", "tue", "wed", "thu", "fri"], "holidays": ["2026-12-24"]});
        let words = "Monday to Friday, 09:00 to 18:00, Europe/Berlin, not on 2026-12-24";
        check("calling_window", week, words);
        assert_eq!(days(&[]), "every day");
        assert_eq!(days(&Weekday::ALL), "every day");
        assert_eq!(days(&[Weekday::Sun, Weekday::Tue]), "Tuesday, Sunday");
        assert_eq!(days(&[Weekday::Fri]), "Friday");
    }

    #[test]
    fn conditions_are_read_aloud() {
        let branches = json!([
            {"label": "hot", "all": [
                {"field": "lead.score", "operator": "greater_than_or_equal", "value": 5},
                {"any": [
                    {"field": "call.outcome", "operator": "in", "value": ["DNP", "FAILED"]},
                    {"field": "call.analysis.mood", "operator": "exists"}]}]},
            {"label": "none", "any": []}]);
        let words = "hot: Lead: score is at least 5 and (Last call: outcome is one of DNP, FAILED \
            or Last call's analysis: mood has a value)\nnone: never";
        check("config.branches", branches, words);
    }

    #[test]
    fn a_whole_action_and_a_simulation_have_a_line_for_each_part() {
        let action = json!({"action": "webhook", "method": "POST", "url": "https://example.com",
            "headers": {}, "body": null, "timeout_seconds": 20});
        let words = "Action: call a webhook\nMethod: POST\nTimeout: 20 s\nURL: https://example.com";
        check("config", action, words);
        let simulation = json!({"outcomes": {"completed": 3, "no_answer": 1},
            "duration_seconds": {"min": 30, "max": 120}, "analysis": {"interested": {"true": 1}}});
        let words = "Weights: Completed 3, No answer 1\nLength: 30 s to 2 min\ninterested: true 1";
        check("config.simulation", simulation, words);
        let simulation =
            json!({"outcomes": {"success": 9, "failure": 1}, "body": {"tier": {"a": 2}}});
        check(
            "config.simulation",
            simulation,
            "Weights: Failure 1, Success 9\ntier: a 2",
        );
    }

    #[test]
    fn nothing_is_said_as_what_holds_then() {
        let names = Names::default();
        for (field, words) in [
            ("outcome", "any other outcome"),
            ("config.ring_timeout_seconds", "30 s"),
            ("retry", "unanswered calls are not dialled again"),
            ("description", "none"),
        ] {
            assert_eq!(value_words(&names, field, None), words);
            assert_eq!(value_words(&names, field, Some(&Value::Null)), words);
        }
    }

    #[test]
    fn a_value_that_does_not_fit_its_field_is_shown_plainly() {
        check("config.delay", json!({"value": "x"}), "value: x");
        check("config.branches", json!([["a"], {"b": 1}]), "a, b: 1");
        check("config.anything_new", json!([1, true, "x"]), "1, yes, x");
        assert_eq!(field_words("config.anything_new"), "Anything new");
    }
}

//! The config of each node: what is missing, what cannot work.

use std::collections::BTreeSet;

use super::{Check, name_of};
use crate::condition::ConditionGroup;
use crate::{
    Application, Branches, Condition, FindingCode, Node, NodeConfig, NodeId, RetryOn, RetryPolicy,
    StartAgent, Time, TimeConfig, Value, VoiceCall, Webhook, limits,
};

/// The first thing wrong with a retry policy, in words.
pub(super) fn retry_problem(retry: &RetryPolicy) -> Option<String> {
    if retry.max_retries > 100 {
        return Some(format!(
            "{} retries are more than the 100 possible.",
            retry.max_retries
        ));
    }
    let waits = &retry.wait_minutes.0;
    if waits.len() > 100 {
        return Some("A policy has at most 100 pauses.".into());
    }
    if waits
        .iter()
        .any(|minutes| i64::from(*minutes) > limits::MAX_DELAY_MINUTES)
    {
        return Some("The wait between two attempts is longer than ten years.".into());
    }
    let odd = retry
        .retries()
        .iter()
        .find(|on| !RetryOn::ALL.contains(on))?;
    let all = RetryOn::ALL.map(RetryOn::as_str).join(", ");
    let odd = odd.as_str();
    Some(format!(
        "`retry_on` names `{odd}`, which is not dialled again; it may name {all}."
    ))
}

/// Whether a policy counts retries and names nothing that is dialled again.
pub(super) fn never_retries(retry: &RetryPolicy) -> bool {
    retry.max_retries > 0 && retry.retries().is_empty()
}

/// What is wrong with a condition, in words that follow the name of what it decides. `known` tells
/// whether there is a field of a name.
pub(super) fn group_problem(
    group: &ConditionGroup,
    known: &dyn Fn(&str) -> Result<bool, String>,
    depth: usize,
    rules: &mut usize,
) -> Result<(), String> {
    if depth > limits::MAX_CONDITION_DEPTH {
        let most = limits::MAX_CONDITION_DEPTH;
        return Err(format!("nests conditions more than {most} deep"));
    }
    let conditions = match (&group.all, &group.any) {
        (Some(list), None) | (None, Some(list)) => list,
        (None, None) => return Err("has no condition".into()),
        (Some(_), Some(_)) => return Err("has both “all” and “any”; nest one of them".into()),
    };
    if conditions.is_empty() {
        return Err("has no condition".into());
    }
    for condition in conditions {
        *rules += 1;
        if *rules > limits::MAX_CONDITION_RULES {
            let most = limits::MAX_CONDITION_RULES;
            return Err(format!("has more than {most} rules"));
        }
        match condition {
            Condition::Group(inner) => group_problem(inner, known, depth + 1, rules)?,
            Condition::Rule(rule) => rule_problem(rule, known)?,
        }
    }
    Ok(())
}

fn rule_problem(
    rule: &crate::Rule,
    known: &dyn Fn(&str) -> Result<bool, String>,
) -> Result<(), String> {
    let field = rule.field.as_str();
    if !known(field)? {
        let shown: String = field.chars().take(80).collect();
        return Err(if shown.is_empty() {
            "has a rule without a field".into()
        } else {
            let meant = format!("lead.{shown}");
            match shown.contains('.') || !known(&meant)? {
                true => format!("asks for `{shown}`, which is no field"),
                false => {
                    format!("asks for `{shown}`, which is no field; a lead's variable is `{meant}`")
                }
            }
        });
    }
    if rule.operator.takes_value() && rule.value == Value::Null {
        return Err(format!("compares `{field}` with nothing"));
    }
    if rule.operator.is_of_dates() && !is_moment(&rule.value) {
        return Err(format!(
            "compares `{field}` with something that is no date, such as 2027-02-10, 2027-02-10T09:30, \
             today or now"
        ));
    }
    Ok(())
}

/// Whether a value says when: a day, an instant with its zone or by the clock on the wall, `now` or
/// `today`.
fn is_moment(value: &Value) -> bool {
    let Value::Text(text) = value else {
        return false;
    };
    let text = text.trim();
    let local = |text: &str| {
        let whole = match text.len() {
            16 => format!("{text}:00Z"),
            _ => format!("{text}Z"),
        };
        text.is_ascii() && text.as_bytes().get(10) == Some(&b'T') && Time::parse(&whole).is_ok()
    };
    matches!(text, "now" | "today")
        || Time::parse(text).is_ok()
        || super::is_date(text)
        || local(text)
}

/// What a policy without a single cause is warned of, and what to do about it.
pub(super) const NEVER_RETRIES: &str =
    "has a retry policy whose `retry_on` is empty: no call is ever dialled again.";
pub(super) const NAME_RETRIES: &str =
    "Name what is dialled again, or leave `retry_on` out for every call that is not answered.";

/// What the rules of a condition can ask for.
const FIX_CONDITION: &str = "Correct the condition: `all` or `any` of rules, whose `field` is `lead.<key>`, `call.status`, `call.outcome`, `call.duration_seconds`, `call.answered_by`, `call.analysis.<key>`, `visits.<node id>`, `application.status` or `application.body.<key>`.";

/// Whether a simulated answer could be larger than a real one may be.
fn is_heavy(simulation: &crate::ActionSimulation) -> bool {
    let keys = simulation.body.iter();
    let each = keys.map(|(key, weights)| {
        let heaviest = weights.keys().map(|text| 16 + text.len()).max();
        key.len() + heaviest.unwrap_or(0)
    });
    each.sum::<usize>() > limits::MAX_TEXT / 2
}

/// What is wrong with a request to deliver, templates aside: the problem and what to do.
pub(super) fn webhook_problems(webhook: &Webhook) -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    if let Some(url) = webhook
        .url
        .as_deref()
        .map(str::trim)
        .filter(|url| !url.is_empty())
    {
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        let host = rest.map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
        if host.is_empty() || url.contains(char::is_whitespace) {
            let fix = "Enter a full URL, such as https://example.com/hook.";
            found.push(("the URL is not an http(s) address.", fix));
        }
    }
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let method = webhook.method.as_deref();
    if method.is_some_and(|method| !methods.contains(&method)) {
        let fix = "Choose GET, POST, PUT, PATCH or DELETE (`method`).";
        found.push(("an unknown HTTP method.", fix));
    }
    let timeout = webhook.timeout_seconds;
    if timeout.is_some_and(|s| !(1..=300).contains(&s)) {
        let fix = "Change the timeout (`timeout_seconds`).";
        found.push(("a timeout lies between 1 and 300 seconds.", fix));
    }
    if webhook.simulation.as_ref().is_some_and(is_heavy) {
        let fix = "Let the simulation answer with less.";
        found.push(("the simulated answer is too large.", fix));
    }
    if webhook.max_retries.is_some_and(|n| n > 20) {
        found.push((
            "at most 20 retries are possible.",
            "Lower the retries (`max_retries`).",
        ));
    }
    found
}

impl<'a> Check<'a> {
    pub(super) fn nodes(&mut self) {
        let definition = self.definition;
        for node in &definition.nodes {
            match &node.config {
                NodeConfig::VoiceCall(config) => self.voice_call(node, config),
                NodeConfig::Time(config) => self.time(node, config),
                NodeConfig::Conditional(config) => self.conditional(node, config),
                NodeConfig::Application(config) => self.application(node, config),
                NodeConfig::Converted(_) | NodeConfig::Dropped(_) => {}
            }
        }
    }

    fn missing(&mut self, node: &Node, what: &str, fix: &str) {
        let message = format!("{} {what}.", name_of(node));
        self.node_finding(FindingCode::MissingConfig, node, message, fix);
    }

    fn invalid(&mut self, node: &Node, what: &str, fix: &str) {
        let message = format!("{}: {what}", name_of(node));
        self.node_finding(FindingCode::InvalidConfig, node, message, fix);
    }

    fn voice_call(&mut self, node: &Node, config: &VoiceCall) {
        let name = name_of(node);
        let agents = self.context.agents;
        match config.agent_id.as_ref().map(|id| (id, agents.get(id))) {
            None => self.node_finding(
                FindingCode::MissingAgent,
                node,
                format!("{name} has no agent to talk to the lead."),
                "Choose an agent in the node's settings (`agent_id`).",
            ),
            Some((id, None)) => self.node_finding(
                FindingCode::UnknownAgent,
                node,
                format!("{name} uses the agent {id}, which does not exist."),
                "Choose another agent.",
            ),
            Some((_, Some(agent))) if !agent.active => self.node_finding(
                FindingCode::InactiveAgent,
                node,
                format!("{name} uses the agent {}, which is not active.", agent.name),
                "Switch the agent on, or choose another.",
            ),
            Some((_, Some(agent))) => {
                self.template(
                    node,
                    &agent.prompt,
                    &format!("the prompt of {}", agent.name),
                );
            }
        }
        let numbers = self.context.phone_numbers;
        match config
            .from_phone_number
            .as_deref()
            .map(|n| (n, numbers.get(n)))
        {
            None => self.node_finding(
                FindingCode::MissingPhoneNumber,
                node,
                format!("{name} has no number to call from."),
                "Choose an outbound number in the node's settings (`from_phone_number`).",
            ),
            Some((number, None)) => self.node_finding(
                FindingCode::UnknownPhoneNumber,
                node,
                format!("{name} calls from {number}, which is not one of your numbers."),
                "Add the number, or choose another.",
            ),
            Some((number, Some(known))) if !known.active => self.node_finding(
                FindingCode::InactivePhoneNumber,
                node,
                format!("{name} calls from {number}, which is not active."),
                "Switch the number on, or choose another.",
            ),
            Some(_) => {}
        }
        if let Some(problem) = config.retry.as_ref().and_then(retry_problem) {
            self.invalid(node, &problem, "Correct the node's retry policy (`retry`).");
        }
        if config.retry.as_ref().is_some_and(never_retries) {
            let message = format!("{name} {NEVER_RETRIES}");
            self.node_finding(FindingCode::NeverRetries, node, message, NAME_RETRIES);
        }
        if config
            .ring_timeout_seconds
            .is_some_and(|s| !(5..=600).contains(&s))
        {
            self.invalid(
                node,
                "a ring timeout lies between 5 and 600 seconds.",
                "Change it (`ring_timeout_seconds`).",
            );
        }
        if let Some(simulation) = &config.simulation {
            self.call_simulation(node, simulation);
        }
    }

    fn call_simulation(&mut self, node: &Node, simulation: &crate::CallSimulation) {
        let fix = "Correct how people answer in the simulation (`simulation`).";
        if let Some(status) = simulation.outcomes.keys().find(|status| !status.is_final()) {
            self.invalid(
                node,
                &format!("a simulated call cannot end as `{status}`."),
                fix,
            );
        }
        if !simulation.outcomes.is_empty() && simulation.outcomes.values().all(|w| *w == 0) {
            self.invalid(node, "every weight of the simulated outcomes is 0.", fix);
        }
        if simulation
            .duration_seconds
            .is_some_and(|d| d.min > d.max || d.max > 86_400)
        {
            self.invalid(node, "simulated durations go from a smaller to a larger number of at most 86400 seconds.", fix);
        }
        if simulation
            .analysis
            .values()
            .any(|weights| weights.values().all(|w| *w == 0))
        {
            self.invalid(
                node,
                "a simulated analysis value needs a weight above 0.",
                fix,
            );
        }
    }

    fn time(&mut self, node: &Node, config: &TimeConfig) {
        let ways = [
            config.delay.is_some(),
            config.until.is_some(),
            config.from.is_some(),
        ];
        match ways.iter().filter(|set| **set).count() {
            0 => {
                return self.missing(
                    node,
                    "does not say how long to wait",
                    "Set a delay, a time of day or a timestamp (`delay`, `until` or `from`).",
                );
            }
            1 => {}
            _ => {
                let fix =
                    "Keep one of delay, time of day and timestamp (`delay`, `until`, `from`).";
                return self.invalid(node, "it waits in more than one way.", fix);
            }
        }
        if let Some(delay) = config.delay {
            let longest = limits::MAX_DELAY_MINUTES.saturating_mul(60_000);
            if delay.value == 0 {
                self.invalid(
                    node,
                    "a delay of 0 waits for nothing.",
                    "Set a longer delay.",
                );
            } else if delay.duration().0 > longest {
                self.invalid(
                    node,
                    "a delay of more than ten years.",
                    "Set a shorter delay.",
                );
            }
        }
        if let Some(until) = &config.until
            && until.timezone != "lead"
            && !self.context.tools.knows_timezone(&until.timezone)
        {
            let what = format!("the time zone `{}` does not exist.", until.timezone);
            self.invalid(
                node,
                &what,
                "Choose a time zone such as Europe/Berlin, or the lead's own (`lead`).",
            );
        }
        if config
            .from
            .as_ref()
            .is_some_and(|from| from.key.trim().is_empty())
        {
            self.missing(
                node,
                "does not name the variable to wait for",
                "Name the variable (`from.key`).",
            );
        }
    }

    fn conditional(&mut self, node: &Node, config: &Branches) {
        if config.branches.is_empty() {
            self.missing(
                node,
                "has no branch",
                "Add a branch with a condition (`branches`).",
            );
        }
        if config.branches.len() > limits::MAX_BRANCHES {
            self.invalid(
                node,
                "more than 100 branches.",
                "Split it over several nodes.",
            );
        }
        match config.otherwise.as_deref().map(str::trim) {
            None | Some("") => {
                let what = "does not say what happens when no branch holds";
                self.missing(node, what, "Name the “otherwise” outcome (`otherwise`).");
            }
            Some(_) => {}
        }
        let mut labels = BTreeSet::new();
        for branch in &config.branches {
            if branch.label.trim().is_empty() {
                self.missing(node, "has a branch without a name", "Name the branch.");
            } else if !labels.insert(branch.label.as_str()) {
                let what = format!("two branches are called “{}”.", branch.label);
                self.invalid(node, &what, "Give each branch its own name.");
            }
            let mut rules = 0;
            let known = |field: &str| self.knows_field(field);
            if let Err(problem) = group_problem(&branch.when, &known, 1, &mut rules) {
                let what = format!("branch “{}” {problem}.", branch.label);
                self.invalid(node, &what, FIX_CONDITION);
            }
        }
    }

    /// Whether a lead has a field of this name; or why not.
    fn knows_field(&self, field: &str) -> Result<bool, String> {
        Ok(match field.split_once('.') {
            Some(("lead", key)) => !key.is_empty(),
            Some(("call", "status" | "outcome" | "duration_seconds" | "answered_by")) => true,
            Some(("call", key)) => key.strip_prefix("analysis.").is_some_and(|k| !k.is_empty()),
            Some(("application", "status")) => true,
            Some(("application", key)) => key.strip_prefix("body.").is_some_and(|k| !k.is_empty()),
            Some(("visits", id)) => {
                let exists = NodeId::parse(id).is_ok_and(|id| self.index.contains_key(&id));
                if !exists {
                    return Err(format!(
                        "counts visits of `{id}`, a node that does not exist"
                    ));
                }
                true
            }
            _ => false,
        })
    }

    fn application(&mut self, node: &Node, config: &Application) {
        match config {
            Application::None => {
                self.missing(node, "has no action", "Choose what the node does: `action` is `webhook`, `set_variables` or `agent_workflow`.");
            }
            Application::Webhook(webhook) => self.webhook(node, webhook),
            Application::AgentWorkflow(start) => self.start_agent(node, start),
            Application::SetVariables(set) => {
                if set.variables.is_empty() {
                    self.missing(
                        node,
                        "sets no variable",
                        "Name a variable and its value (`variables`).",
                    );
                }
                for (key, value) in &set.variables {
                    if key.trim().is_empty() {
                        self.missing(node, "sets a variable without a name", "Name the variable.");
                    }
                    if let Value::Text(template) = value {
                        self.template(node, template, &format!("the value of {key}"));
                    }
                }
            }
        }
    }

    /// Which run the node starts: the agent must be there and have steps.
    fn start_agent(&mut self, node: &Node, start: &StartAgent) {
        let name = start.agent_name.as_deref().unwrap_or_default();
        if name.is_empty() {
            return self.missing(
                node,
                "does not say whose workflow runs",
                "Choose an agent (`agent_name`).",
            );
        }
        let agent = self
            .context
            .agents
            .values()
            .find(|agent| agent.name == name);
        match agent {
            None => self.node_finding(
                FindingCode::UnknownAgent,
                node,
                format!(
                    "{} starts a run of {name}, which does not exist.",
                    name_of(node)
                ),
                "Choose another agent, or create it.",
            ),
            Some(agent) if !agent.active => self.node_finding(
                FindingCode::InactiveAgent,
                node,
                format!(
                    "{} starts a run of {name}, which is not active.",
                    name_of(node)
                ),
                "Switch the agent on, or choose another.",
            ),
            Some(agent) if agent.workflow.is_none() => self.invalid(
                node,
                &format!("the agent {name} has no steps to run."),
                "Give the agent a workflow, or choose another.",
            ),
            Some(_) => {}
        }
        if let Some(task) = &start.task {
            self.template(node, task, "the task");
        }
        for (key, value) in &start.state {
            if let Value::Text(template) = value {
                self.template(node, template, &format!("the state’s {key}"));
            }
        }
    }

    fn webhook(&mut self, node: &Node, webhook: &Webhook) {
        if webhook
            .url
            .as_deref()
            .is_none_or(|url| url.trim().is_empty())
        {
            self.missing(node, "has no address to deliver to", "Enter a URL (`url`).");
        }
        for (what, fix) in webhook_problems(webhook) {
            self.invalid(node, what, fix);
        }
        if let Some(body) = &webhook.body {
            self.template(node, body, "the body");
        }
        for (name, value) in &webhook.headers {
            self.template(node, value, &format!("the header {name}"));
        }
    }

    /// Judges a template: it can be read, and its variables exist.
    fn template(&mut self, node: &Node, template: &str, what: &str) {
        if template.len() > limits::MAX_TEXT {
            let message = format!("{what} is longer than {} bytes.", limits::MAX_TEXT);
            return self.invalid(node, &message, "Shorten it.");
        }
        let used = match self.context.tools.template_variables(template) {
            Ok(used) => used,
            Err(problem) => {
                let message = format!("{}: {what} cannot be read: {problem}", name_of(node));
                let fix = "Correct the template; a placeholder looks like {{ first_name }}.";
                return self.node_finding(FindingCode::InvalidTemplate, node, message, fix);
            }
        };
        let Some(keys) = self.context.variable_keys else {
            return;
        };
        let set_here = self.keys_set_here();
        for variable in used {
            let key = match variable.split_once('.') {
                Some(("lead", key)) => key.split('.').next().unwrap_or(key),
                Some(("call" | "application" | "visits", _)) => continue,
                Some((root, _)) => root,
                None => variable.as_str(),
            };
            let built_in = [
                "lead",
                "call",
                "application",
                "visits",
                "phone_number",
                "id",
            ];
            if built_in.contains(&key) || keys.contains(key) || set_here.contains(key) {
                continue;
            }
            let message = format!(
                "{}: {what} uses “{key}”, which the leads do not have.",
                name_of(node)
            );
            let fix = "Correct the name, or enrol leads with this column.";
            self.node_finding(FindingCode::UnknownVariable, node, message, fix);
        }
    }

    /// Keys that `set_variables` nodes of this workflow give to leads.
    fn keys_set_here(&self) -> BTreeSet<&'a str> {
        let mut keys = BTreeSet::new();
        for node in &self.definition.nodes {
            if let NodeConfig::Application(Application::SetVariables(set)) = &node.config {
                keys.extend(set.variables.keys().map(String::as_str));
            }
        }
        keys
    }
}

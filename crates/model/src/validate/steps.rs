//! The steps of an agent's workflow: what is missing, what cannot work (SPEC 6).

use std::collections::BTreeSet;

use super::Tools;
use super::nodes::{group_problem, webhook_problems};
use crate::ordered::Ordered;
use crate::run::{ActionType, Approval, Classify, SetStep};
use crate::{AgentWorkflow, Step, StepAction, Value, Variables, Webhook, json, limits, schema};

/// Everything wrong with an agent's workflow, each problem naming its step; empty when it can run.
pub fn step_problems(workflow: &AgentWorkflow, tools: &dyn Tools) -> Vec<String> {
    let mut found = Vec::new();
    match workflow.steps.len() {
        0 => found.push("the workflow has no steps".into()),
        n if n > limits::MAX_STEPS => {
            let most = limits::MAX_STEPS;
            found.push(format!("a workflow can have at most {most} steps"));
            return found;
        }
        _ => {}
    }
    let bytes = serde_json::to_vec(workflow).map_or(0, |json| json.len());
    if bytes > limits::MAX_WORKFLOW_BYTES {
        let most = limits::MAX_WORKFLOW_BYTES;
        found.push(format!(
            "the workflow has {bytes} bytes; at most {most} are possible"
        ));
        return found;
    }
    if workflow.steps.iter().map(parts).sum::<usize>() > limits::MAX_STEP_PARTS {
        let most = limits::MAX_STEP_PARTS;
        found.push(format!(
            "the steps have more than {most} rules and templates together"
        ));
        return found;
    }
    if let Some(problem) = timeout_problem(workflow.timeout_seconds) {
        found.push(format!("the workflow: {problem}"));
    }
    let mut earlier = BTreeSet::new();
    for (index, step) in workflow.steps.iter().enumerate() {
        let mut check = Check {
            step,
            tools,
            earlier: &earlier,
            found: Vec::new(),
        };
        check.name();
        check.action();
        let name = match step.name.is_empty() {
            true => format!("step {}", index + 1),
            false => format!("step `{}`", shorten(&step.name)),
        };
        let problems = check.found.into_iter();
        let glue = |problem: &str| if problem.starts_with(':') { "" } else { " " };
        found.extend(problems.map(|problem| format!("{name}{}{problem}", glue(&problem))));
        earlier.insert(step.name.as_str());
    }
    found
}

/// How many rules and templates a step has.
fn parts(step: &Step) -> usize {
    let when = step.when.as_ref().map_or(0, crate::ConditionGroup::rules);
    when + match &step.action {
        StepAction::Set(set) => set.values.len(),
        StepAction::Classify(classify) => classify
            .rules
            .iter()
            .map(|rule| 1 + rule.when.rules())
            .sum(),
        StepAction::Http(webhook) => 1 + webhook.headers.len(),
        StepAction::Approval(_) => 2,
    }
}

fn timeout_problem(seconds: Option<u32>) -> Option<String> {
    let most = limits::MAX_RUN_TIMEOUT;
    let odd = seconds.is_some_and(|seconds| seconds == 0 || seconds > most);
    odd.then(|| format!("a timeout lies between 1 and {most} seconds"))
}

fn shorten(text: &str) -> String {
    text.chars().take(80).collect()
}

struct Check<'a> {
    step: &'a Step,
    tools: &'a dyn Tools,
    /// The names of the steps before it.
    earlier: &'a BTreeSet<&'a str>,
    found: Vec<String>,
}

impl Check<'_> {
    fn say(&mut self, problem: impl Into<String>) {
        self.found.push(problem.into());
    }

    fn name(&mut self) {
        let name = self.step.name.as_str();
        let letters = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if name.is_empty() {
            self.say("has no name");
        } else if !name.bytes().all(letters) || name.len() > limits::MAX_LABEL {
            self.say("has a name of other than letters, digits, `_` and `-`");
        } else if self.earlier.contains(name) {
            self.say("has the name of an earlier step");
        }
    }

    fn action(&mut self) {
        if let Some(when) = &self.step.when {
            self.group(when, "");
        }
        match &self.step.action {
            StepAction::Set(set) => self.set(set),
            StepAction::Classify(classify) => self.classify(classify),
            StepAction::Http(webhook) => self.http(webhook),
            StepAction::Approval(approval) => self.approval(approval),
        }
    }

    fn group(&mut self, group: &crate::ConditionGroup, of: &str) {
        let known = |field: &str| self.knows_field(field);
        if let Err(problem) = group_problem(group, &known, 1, &mut 0) {
            self.say(format!("{of}{problem}"));
        }
    }

    fn knows_field(&self, field: &str) -> Result<bool, String> {
        Ok(match field.split_once('.') {
            None => field == "task",
            Some(("state", key)) => !key.is_empty(),
            Some(("steps", rest)) => {
                let (name, rest) = rest.split_once('.').unwrap_or((rest, ""));
                self.must_be_earlier(name)?;
                rest == "output" || rest == "status" || rest.starts_with("output.")
            }
            _ => false,
        })
    }

    fn must_be_earlier(&self, name: &str) -> Result<(), String> {
        match self.earlier.contains(name) {
            true => Ok(()),
            false => Err(format!(
                "asks for the step `{}`, which does not come before it",
                shorten(name)
            )),
        }
    }

    /// Judges a template: it can be read, and uses what a run has.
    fn template(&mut self, template: &str, what: &str) {
        if template.len() > limits::MAX_TEXT {
            let most = limits::MAX_TEXT;
            return self.say(format!("has {what} of more than {most} bytes"));
        }
        let used = match self.tools.template_variables(template) {
            Ok(used) => used,
            Err(problem) => return self.say(format!("has {what} that cannot be read: {problem}")),
        };
        for variable in used {
            let mut parts = variable.split('.');
            match (parts.next(), parts.next()) {
                (Some("task" | "state"), _) | (Some("steps"), None) => {}
                (Some("steps"), Some(name)) => {
                    if let Err(problem) = self.must_be_earlier(name) {
                        self.say(format!("{problem} (in {what})"));
                    }
                }
                _ => self.say(format!(
                    "uses `{}` in {what}; a run has task, state and steps (write steps[\"a-b\"] for a name with a dash)",
                    shorten(&variable)
                )),
            }
        }
    }

    fn values(&mut self, values: &Variables) {
        if values.len() > limits::MAX_ENTRIES {
            let most = limits::MAX_ENTRIES;
            self.say(format!("has more than {most} values"));
        }
        for (key, value) in values {
            if key.trim().is_empty() {
                self.say("has a value without a name");
            }
            if let Value::Text(template) = value {
                self.template(template, &format!("the value of {}", shorten(key)));
            } else if value.weight() > limits::MAX_TEXT {
                self.say(format!("has too large a value for {}", shorten(key)));
            }
        }
    }

    fn set(&mut self, set: &SetStep) {
        if set.values.is_empty() {
            self.say("sets no value");
        }
        self.values(&set.values);
    }

    fn classify(&mut self, classify: &Classify) {
        if classify.rules.is_empty() && classify.otherwise.is_none() {
            self.say("has no rule");
        }
        if classify.rules.len() > limits::MAX_BRANCHES {
            self.say(format!("has more than {} rules", limits::MAX_BRANCHES));
            return;
        }
        for rule in &classify.rules {
            match rule.category.trim() {
                "" => self.say("has a rule without a category"),
                category => self.group(&rule.when, &format!("category “{}” ", shorten(category))),
            }
        }
        if classify
            .otherwise
            .as_deref()
            .is_some_and(|o| o.trim().is_empty())
        {
            self.say("has an `otherwise` without a name");
        }
    }

    fn http(&mut self, webhook: &Webhook) {
        if webhook
            .url
            .as_deref()
            .is_none_or(|url| url.trim().is_empty())
        {
            self.say("has no address to deliver to");
        }
        for (problem, _) in webhook_problems(webhook) {
            self.say(format!(": {}", problem.trim_end_matches('.')));
        }
        if webhook.headers.len() > limits::MAX_ENTRIES {
            self.say(format!("has more than {} headers", limits::MAX_ENTRIES));
        }
        let headers = webhook.headers.iter();
        for (name, value) in headers {
            self.template(value, &format!("the header {}", shorten(name)));
        }
        if let Some(body) = &webhook.body {
            self.template(body, "a body");
        }
    }

    fn approval(&mut self, approval: &Approval) {
        match approval.message.trim() {
            "" => self.say("asks nothing: its message is empty"),
            _ => self.template(&approval.message, "a message"),
        }
        if let Some(assignee) = &approval.assignee {
            self.template(assignee, "an assignee");
        }
        if let Some(problem) = timeout_problem(approval.timeout_seconds) {
            self.say(format!(": {problem}"));
        }
        let options = approval.options.iter().into_set();
        if options.len() < approval.options.len() {
            self.say("offers an option twice");
        }
        if approval.options.len() > limits::MAX_OPTIONS {
            self.say(format!("offers more than {} options", limits::MAX_OPTIONS));
        }
        let fits = |option: &String| {
            !option.trim().is_empty() && option.chars().count() <= limits::MAX_LABEL
        };
        if !approval.options.iter().all(fits) {
            let most = limits::MAX_LABEL;
            self.say(format!("has an option that is empty or longer than {most}"));
        }
        if let Some(wanted) = &approval.input_schema {
            match json::to_value(wanted) {
                Ok(wanted) => {
                    let odd = schema::unknown(&wanted).into_iter();
                    self.found
                        .extend(odd.map(|odd| format!(": input_schema: {odd}")));
                }
                Err(problem) => self.say(format!(": input_schema: {problem}")),
            }
        }
        let refused = approval.options.iter().find(|option| {
            let answer = Value::from(option.as_str());
            !approval.answer_problems(&answer).is_empty()
        });
        if let Some(option) = refused {
            self.say(format!(
                "offers “{}”, which its input_schema refuses",
                shorten(option)
            ));
        }
        self.simulation(approval);
    }

    fn simulation(&mut self, approval: &Approval) {
        let Some(simulation) = &approval.simulation else {
            return;
        };
        let range = simulation.after_seconds;
        if range.is_some_and(|range| range.min > range.max || range.max > limits::MAX_RUN_TIMEOUT) {
            self.say("has a simulated wait that does not go from a smaller to a larger number");
        }
        if simulation.answers.len() > limits::MAX_OPTIONS {
            self.say("has too many simulated answers");
        }
        if !simulation.answers.is_empty()
            && simulation.unanswered == 0
            && simulation.answers.iter().all(|answer| answer.weight == 0)
        {
            self.say("has simulated answers whose weights are all 0");
        }
        for answer in &simulation.answers {
            for problem in approval.answer_problems(&answer.input) {
                self.say(format!("has a simulated answer that is refused: {problem}"));
            }
        }
    }
}

impl Approval {
    /// What is wrong with an answer: it is none of the options, or does not fit the schema.
    pub fn answer_problems(&self, input: &Value) -> Vec<String> {
        let schema = self.input_schema.as_ref();
        answer_problems(self.action_type, &self.options, schema, input)
    }
}

/// What is wrong with an answer to a question of this sort with these options and this schema.
pub fn answer_problems(
    action_type: ActionType,
    options: &[String],
    schema: Option<&Value>,
    input: &Value,
) -> Vec<String> {
    let confirms = action_type == ActionType::Confirmation && options.is_empty();
    if confirms && schema.is_none() && !matches!(input, Value::Bool(_)) {
        return vec![
            "`input` must be true or false: this is a confirmation without options".into(),
        ];
    }
    let is_option = matches!(input, Value::Text(text) if options.contains(text));
    if !options.is_empty() && !is_option {
        return vec![format!("`input` must be one of {}", options.join(", "))];
    }
    if *input == Value::Null && schema.is_none() {
        return vec!["`input` is missing".into()];
    }
    let Some(schema) = schema else {
        return Vec::new();
    };
    match (json::to_value(schema), json::to_value(input)) {
        (Ok(schema), Ok(input)) => {
            schema::problems(&schema::Named::new(), &schema, &input, "input")
        }
        (Err(problem), _) | (_, Err(problem)) => vec![problem],
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    struct NoTools;

    impl Tools for NoTools {
        fn template_variables(&self, template: &str) -> Result<BTreeSet<String>, String> {
            let inner = template.split("{{ ").skip(1);
            Ok(inner
                .filter_map(|part| part.split(" }}").next())
                .map(str::to_owned)
                .collect())
        }

        fn knows_timezone(&self, _: &str) -> bool {
            true
        }
    }

    #[test]
    fn a_confirmation_without_options_takes_true_or_false_alone() {
        let asked = Approval::default();
        for (input, good) in [
            (Value::Bool(true), true),
            (Value::Bool(false), true),
            (Value::from("yes"), false),
            (Value::from(0), false),
            (Value::List(Vec::new()), false),
            (Value::Null, false),
        ] {
            assert_eq!(asked.answer_problems(&input).is_empty(), good, "{input:?}");
        }
    }

    #[test]
    fn every_problem_names_its_step() {
        for (steps, told) in [
            (r#"[]"#, "the workflow has no steps"),
            (
                r#"[{"name": "a b", "type": "set", "values": {}}]"#,
                "step `a b` has a name of other than letters, digits, `_` and `-`; step `a b` sets no value",
            ),
            (
                r#"[{"name": "a", "type": "set", "values": {"x": "{{ steps.b.output }}"}}, {"name": "a", "type": "classify"}]"#,
                "step `a` asks for the step `b`, which does not come before it (in the value of x); \
                 step `a` has the name of an earlier step; step `a` has no rule",
            ),
            (
                r#"[{"name": "a", "type": "set", "values": {"x": "{{ lead.id }}"}}]"#,
                "step `a` uses `lead.id` in the value of x; a run has task, state and steps (write steps[\"a-b\"] for a name with a dash)",
            ),
            (
                r#"[{"name": "a", "type": "http", "url": "ftp://x", "max_retries": 99}]"#,
                "step `a`: the URL is not an http(s) address; step `a`: at most 20 retries are possible",
            ),
            (
                r#"[{"name": "a", "type": "approval", "message": "Go?", "options": ["yes", "yes"], "timeout_seconds": 0,
                     "simulation": {"answers": [{"input": "no", "weight": 1}]}}]"#,
                "step `a`: a timeout lies between 1 and 316224000 seconds; step `a` offers an option twice; \
                 step `a` has a simulated answer that is refused: `input` must be one of yes, yes",
            ),
            (
                r#"[{"name": "a", "type": "approval", "message": "", "input_schema": {"pattern": "x"}}]"#,
                "step `a` asks nothing: its message is empty; step `a`: input_schema: `pattern` is not supported in a schema",
            ),
            (
                r#"[{"name": "a", "type": "set", "values": {"x": 1}, "when": {"all": [{"field": "lead.x", "operator": "exists"}]}}]"#,
                "step `a` asks for `lead.x`, which is no field",
            ),
        ] {
            let workflow: AgentWorkflow =
                serde_json::from_str(&format!(r#"{{"steps": {steps}}}"#)).unwrap();
            assert_eq!(step_problems(&workflow, &NoTools).join("; "), told);
        }
    }
}

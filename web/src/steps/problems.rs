//! What is wrong with steps, told at the step it is about.

use std::collections::BTreeSet;

use leadline_model::validate::{Tools, step_problems};
use leadline_model::words::sentence;
use leadline_model::{AgentWorkflow, Step};

/// The page cannot read templates: what is wrong with those the engine says when they are saved.
struct NoTemplates;

impl Tools for NoTemplates {
    fn template_variables(&self, _: &str) -> Result<BTreeSet<String>, String> {
        Ok(BTreeSet::new())
    }

    fn knows_timezone(&self, _: &str) -> bool {
        true
    }
}

/// What the page itself sees wrong with a workflow.
pub fn visible(workflow: &AgentWorkflow) -> Vec<String> {
    step_problems(workflow, &NoTemplates)
}

/// The problems in a refusal of the engine, one text each.
pub fn refused(message: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    let message = message
        .split_once("cannot run: ")
        .map_or(message, |(_, steps)| steps)
        .trim_end_matches('.');
    for part in message.split("; ") {
        let begins = part.starts_with("step ") || part.starts_with("the workflow");
        match list.last_mut() {
            // A semicolon within a problem is no end of it.
            Some(last) if !begins => {
                last.push_str("; ");
                last.push_str(part);
            }
            _ => list.push(part.to_owned()),
        }
    }
    list
}

/// The problem without the step it names, if it names this one.
pub fn of_step(problem: &str, step: &Step, place: usize) -> Option<String> {
    let by_name = format!("step `{}`", step.name);
    let by_place = format!("step {}", place + 1);
    let rest = match step.name.is_empty() {
        true => problem.strip_prefix(&by_place),
        false => problem.strip_prefix(&by_name),
    }?;
    let rest = rest.trim_end_matches('.');
    Some(match rest.strip_prefix(':') {
        Some(rest) => sentence(rest.trim()),
        // `step 1` is not `step 12`.
        None if !rest.starts_with(' ') => return None,
        None => format!("The step{rest}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::example::lead_router;

    #[test]
    fn problems_find_their_step() {
        let mut workflow = lead_router();
        assert_eq!(visible(&workflow), Vec::<String>::new());
        workflow.steps[1].name = "classify".to_owned();
        let found = visible(&workflow);
        let told: Vec<_> = found
            .iter()
            .filter_map(|problem| of_step(problem, &workflow.steps[1], 1))
            .collect();
        assert_eq!(told, ["The step has the name of an earlier step."]);
        workflow.steps[0].name = String::new();
        assert_eq!(
            of_step("step 1 has no name", &workflow.steps[0], 0).as_deref(),
            Some("The step has no name.")
        );
        assert_eq!(of_step("step 12 has no name", &workflow.steps[0], 0), None);
        assert_eq!(
            of_step("step `classify`: at most 20 retries", &workflow.steps[1], 1).as_deref(),
            Some("At most 20 retries.")
        );
    }

    #[test]
    fn a_refusal_is_taken_apart() {
        let told = "The steps cannot run: step `a` has a message that cannot be read: x; y; step `b` has no rule";
        assert_eq!(
            refused(told),
            [
                "step `a` has a message that cannot be read: x; y",
                "step `b` has no rule"
            ]
        );
    }
}

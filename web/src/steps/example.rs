//! The lead-router: an agent that sorts a lead and asks a person before it goes on.

use leadline_model::run::{ActionType, Approval, CategoryRule, Classify};
use leadline_model::{
    AgentWorkflow, Condition, ConditionGroup, Operator, Rule, Step, StepAction, Value,
};

/// The name such an agent has by custom.
pub const LEAD_ROUTER: &str = "lead-router";

/// Its steps: `classify` by the number of employees, `approval` by a person.
pub fn lead_router() -> AgentWorkflow {
    let large = Rule {
        field: "state.employees".to_owned(),
        operator: Operator::LessThan,
        value: Value::from(250),
    };
    let classify = Classify {
        rules: vec![CategoryRule {
            category: "small-business".to_owned(),
            when: ConditionGroup {
                all: Some(vec![Condition::Rule(large)]),
                any: None,
            },
        }],
        otherwise: Some("enterprise".to_owned()),
    };
    let approval = Approval {
        action_type: ActionType::Confirmation,
        message: "Route to {{ steps.classify.output.category }} sales team?".to_owned(),
        options: ["approve", "reject", "escalate"]
            .map(str::to_owned)
            .to_vec(),
        ..Approval::default()
    };
    let step = |name: &str, action| Step {
        name: name.to_owned(),
        when: None,
        action,
    };
    AgentWorkflow {
        timeout_seconds: None,
        steps: vec![
            step("classify", StepAction::Classify(classify)),
            step("approval", StepAction::Approval(approval)),
        ],
    }
}

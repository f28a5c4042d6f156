//! The sample run: a template, generated leads, an agent and a number where there are none, and the
//! clock playing.

use crate::client::{Client, random_key};
use leadline_designer::{Ids, templates};
use leadline_model::view::WorkflowSummary;
use leadline_model::{Agent, NodeConfig, PhoneNumber, Value, WorkflowAction, WorkflowId};
use leadline_protocol::{
    Clock, Enrolment, Library, Problem, ProblemCode, Request, Speed, VariablePlan, Written,
};

const TEMPLATE: &str = "lead-nurture";
const LEADS: u32 = 200;
const HOUR_MS: i64 = 3_600_000;
const FIRST_NAMES: [&str; 8] = [
    "Ada", "Ben", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hiro",
];

/// Makes the sample and lets its clock play.
///
/// # Errors
///
/// What the engine refused; what was made before that stays.
pub async fn prepare(client: Client) -> Result<WorkflowId, Problem> {
    let library: Library = client.ask(Request::GetLibrary).await?;
    let agent = agent(client, &library).await?;
    let number = number(client, &library).await?;
    let templates = templates(&mut Ids::new(random_key()));
    let template = templates
        .into_iter()
        .find(|template| template.key == TEMPLATE);
    let mut definition = template
        .map(|template| template.definition)
        .ok_or_else(|| Problem {
            code: ProblemCode::Internal,
            message: format!("There is no template “{TEMPLATE}”."),
            findings: Vec::new(),
        })?;
    definition.title = "Sample: lead nurture".to_owned();
    for node in &mut definition.nodes {
        if let NodeConfig::VoiceCall(call) = &mut node.config {
            call.agent_id = Some(agent.id.clone());
            call.from_phone_number = Some(number.phone_number.clone());
        }
    }
    let definition = Written::of(&definition);
    let made: WorkflowSummary = client.ask(Request::CreateWorkflow { definition }).await?;
    let id = made.workflow.id;
    let names = FIRST_NAMES.map(Value::from).to_vec();
    let variables = vec![VariablePlan {
        key: "first_name".to_owned(),
        values: names,
    }];
    let generate = Request::GenerateLeads {
        workflow_id: id.clone(),
        count: LEADS,
        variables,
        seed: 1,
    };
    client.ask::<Enrolment>(generate).await?;
    let activate = Request::Act {
        workflow_id: id.clone(),
        action: WorkflowAction::Activate,
    };
    client.ask::<WorkflowSummary>(activate).await?;
    client
        .ask::<Clock>(Request::Play {
            speed: Speed::PerSecond(HOUR_MS),
        })
        .await?;
    Ok(id)
}

async fn agent(client: Client, library: &Library) -> Result<Agent, Problem> {
    if let Some(agent) = library.agents.iter().find(|agent| agent.active) {
        return Ok(agent.clone());
    }
    let taken = |name: &str| library.agents.iter().any(|agent| agent.name == name);
    let name = if taken("sample-agent") {
        format!("sample-agent-{}", library.agents.len())
    } else {
        "sample-agent".to_owned()
    };
    let prompt = "Hello {{ first_name }}, do you have a minute to talk about our offer?".to_owned();
    client
        .ask(Request::PutAgent {
            id: None,
            name,
            prompt,
            workflow: None,
            active: true,
        })
        .await
}

async fn number(client: Client, library: &Library) -> Result<PhoneNumber, Problem> {
    if let Some(number) = library.phone_numbers.iter().find(|number| number.active) {
        return Ok(number.clone());
    }
    // From the range kept free for fiction.
    let phone_number = "+14155550100".to_owned();
    client
        .ask(Request::PutPhoneNumber {
            phone_number,
            label: "Sample line".to_owned(),
            active: true,
        })
        .await
}

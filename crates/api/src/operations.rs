//! Every operation of the API: the one table that routes and OpenAPI document are made from.

use crate::ask::Ask;
use crate::routes::{
    calls, edges, graph, leads, nodes, organization, runs, subscriptions, system, workflows,
};
use crate::{ApiError, Desk, Info, Problem, Reply, Write};

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Verb {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// What a parameter of the query holds.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub enum Kind {
    Text,
    Id,
    Bool,
    OneOf(&'static [&'static str]),
    Number {
        least: u64,
        most: u64,
    },
    /// What a list answered, to go on from: digits, as a text.
    Cursor,
}

/// A parameter of the query; none is needed.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it does.
    pub description: &'static str,
}

/// What a body holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Body {
    /// Nothing; what is sent is ignored.
    None,
    /// JSON of this schema.
    Json(&'static str),
    /// JSON of this schema, or a file in a multipart form.
    JsonOrFile(&'static str),
}

impl Body {
    /// The name of the schema.
    pub(crate) fn schema(self) -> &'static str {
        match self {
            Body::None => "",
            Body::Json(schema) | Body::JsonOrFile(schema) => schema,
        }
    }
}

/// How an operation is carried out.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// Without a key.
    Open(fn(Info, &[Problem]) -> Reply),
    /// Reads.
    Read(fn(&Desk, &Ask) -> Result<Reply, ApiError>),
    /// Changes something; whether the host can do that at all is asked first.
    Write(fn(Ask) -> Result<Write, ApiError>),
    /// As a write; the answer is a run, whose steps can be listened to.
    Run(fn(Ask) -> Result<Write, ApiError>),
    /// Reads what a later write is guarded by: only what is durable is told.
    ReadStored(fn(&Desk, &Ask) -> Result<Reply, ApiError>),
    /// Reads what changed, once or for as long as the client listens.
    Changes,
}

/// One operation.
pub struct Operation {
    /// Its method.
    pub verb: Verb,
    /// Its path below `/v1`, with parameters in braces.
    pub path: &'static str,
    /// Its name for programs.
    pub id: &'static str,
    /// The chapter it belongs to.
    pub tag: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// What else is worth knowing.
    pub description: &'static str,
    /// Parameters of the query.
    pub query: &'static [Parameter],
    /// The body.
    pub body: Body,
    /// The status of success and the schema of its answer.
    pub answer: (u16, &'static str),
    /// Possible refusals besides 401.
    pub errors: &'static [u16],
    pub(crate) work: Work,
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

impl Operation {
    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        matches!(self.work, Work::Write(_) | Work::Run(_))
    }

    /// Whether it needs a key.
    pub fn needs_key(&self) -> bool {
        !matches!(self.work, Work::Open(_))
    }

    /// The names of the parameters in its path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The most bytes its body may have.
    pub fn body_limit(&self) -> usize {
        match self.body {
            Body::JsonOrFile(_) => 256 << 20,
            Body::Json("Definition" | "DefinitionPatch") => 32 << 20,
            _ => 1 << 20,
        }
    }
}

const PAGE: Parameter = Parameter {
    name: "page",
    kind: Kind::Number {
        least: 1,
        most: 1_000_000_000,
    },
    description: "Which page; from 1.",
};
const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Number {
        least: 1,
        most: 100,
    },
    description: "Items on a page; 20 when nothing is said.",
};
const PAGED: &[Parameter] = &[PAGE, LIMIT];

const fn query(name: &'static str, kind: Kind, description: &'static str) -> Parameter {
    Parameter {
        name,
        kind,
        description,
    }
}

macro_rules! operations {
    ($($verb:ident $path:literal $id:ident $tag:literal
       $summary:literal $description:literal
       $query:expr, $body:expr, $status:literal $schema:literal, $errors:expr, $work:expr;)*) => {
        /// The table.
        pub static OPERATIONS: &[Operation] = &[$(Operation {
            verb: Verb::$verb,
            path: $path,
            id: stringify!($id),
            tag: $tag,
            summary: $summary,
            description: $description,
            query: $query,
            body: $body,
            answer: ($status, $schema),
            errors: $errors,
            work: $work,
        },)*];
    };
}

use Body::{Json, JsonOrFile, None as NoBody};
use Work::{Open, Read, ReadStored, Run, Write as Change};

operations! {
    Post "/workflows" createWorkflow "Workflows"
        "Create a workflow" "It begins as a draft. `name` is accepted for `title`."
        &[], Json("NewWorkflow"), 201 "Workflow", &[400, 409], Change(workflows::create);
    Get "/workflows" listWorkflows "Workflows"
        "List workflows" "Newest first, unless sorted otherwise. To read all of them while others write, go on with `sort=id&after=` the last id of each answer until one is empty: nothing deleted meanwhile hides another; `meta` then counts those behind `after` alone."
        &[PAGE, LIMIT,
          query("status", Kind::OneOf(workflows::STATUSES), "Only with this status; `running` counts as `active`."),
          query("search", Kind::Text, "Only those whose title or description contains this, in any case."),
          query("sort", Kind::OneOf(workflows::SORTS), "The order; `-` turns it round."),
          query("after", Kind::Id, "Only those whose id comes after this one; with `sort=id` alone.")],
        NoBody, 200 "WorkflowPage", &[400], ReadStored(workflows::list);
    Get "/workflows/{workflow_id}" getWorkflow "Workflows"
        "Read a workflow" "With the sizes of what it holds. Its ETag is that of what its author edits and of its status."
        &[], NoBody, 200 "Workflow", &[404], ReadStored(workflows::get);
    Patch "/workflows/{workflow_id}" updateWorkflow "Workflows"
        "Change a workflow" "The status is changed by the actions, not here; the present one may be repeated. A retry policy that is changed reaches calls that wait to be dialled again."
        &[], Json("WorkflowPatch"), 200 "Workflow", &[400, 404, 409, 412], Change(workflows::update);
    Delete "/workflows/{workflow_id}" deleteWorkflow "Workflows"
        "Delete a workflow" "One that is active has to be paused first. Call logs stay."
        &[], NoBody, 200 "Message", &[404, 409, 412], Change(workflows::delete);
    Post "/workflows/{workflow_id}/activate" activateWorkflow "Lifecycle"
        "Activate a draft" "Refused with every finding when the graph is not valid. Leads start on the next tick."
        &[], NoBody, 200 "Workflow", &[400, 404, 409, 412], Change(workflows::activate);
    Post "/workflows/{workflow_id}/pause" pauseWorkflow "Lifecycle"
        "Pause an active workflow" "Steps in flight finish; no new step starts. Delays, pauses before another attempt and the time of people who are asked go on counting down, unless `delay_on_pause` is `freeze`: then what was left of them when the pause began is left when it ends."
        &[], NoBody, 200 "Workflow", &[404, 409, 412], Change(workflows::pause);
    Post "/workflows/{workflow_id}/resume" resumeWorkflow "Lifecycle"
        "Resume a paused workflow" "Every lead goes on from where it is. The graph is checked as for activation."
        &[], NoBody, 200 "Workflow", &[400, 404, 409, 412], Change(workflows::resume);
    Post "/workflows/{workflow_id}/cancel" cancelWorkflow "Lifecycle"
        "Cancel a workflow for good" "Calls in flight finish and are logged; nothing new starts, ever. What people are asked for it is withdrawn."
        &[], NoBody, 200 "Workflow", &[404, 409, 412], Change(workflows::cancel);
    Post "/workflows/{workflow_id}/draft" draftWorkflow "Lifecycle"
        "Take a paused workflow back to draft" "Leads and their paths are kept."
        &[], NoBody, 200 "Workflow", &[404, 409, 412], Change(workflows::draft);
    Post "/workflows/{workflow_id}/complete" completeWorkflow "Lifecycle"
        "Complete a workflow" "Possible from active and from paused."
        &[], NoBody, 200 "Workflow", &[404, 409, 412], Change(workflows::complete);
    Post "/workflows/{workflow_id}/duplicate" duplicateWorkflow "Lifecycle"
        "Copy a workflow" "A new draft with the same graph and settings under new ids, without leads."
        &[], NoBody, 201 "Workflow", &[404, 409, 412], Change(workflows::duplicate);
    Get "/workflows/{workflow_id}/validate" validateWorkflow "Graph"
        "What is wrong with a workflow" "Errors block activation, warnings do not."
        &[], NoBody, 200 "Findings", &[404], Read(workflows::validate);
    Get "/workflows/{workflow_id}/node-counts" countNodes "Graph"
        "Count leads at each node" "Here now, entered so far, left by outcome, and those that need a look."
        &[], NoBody, 200 "NodeCounts", &[404], Read(workflows::node_counts);
    Get "/workflows/{workflow_id}/events" listEvents "Workflows"
        "What happened in a workflow" "Newest first; `cursor` leads to older ones."
        &[LIMIT, query("cursor", Kind::Cursor, "Only events before this one, which the list before answered.")],
        NoBody, 200 "Events", &[400, 404], Read(workflows::events);
    Get "/workflows/{workflow_id}/definition" getDefinition "Graph"
        "Read the whole graph" "Title, description, settings, nodes and edges as one document with an ETag."
        &[], NoBody, 200 "Definition", &[404], ReadStored(graph::definition);
    Put "/workflows/{workflow_id}/definition" putDefinition "Graph"
        "Replace the whole graph" "All of it or nothing. Ids are the author's own and stay."
        &[], Json("Definition"), 200 "Definition", &[400, 404, 409, 412], Change(graph::replace);
    Patch "/workflows/{workflow_id}/definition" patchDefinition "Graph"
        "Change parts of the graph" "All of the changes, in their order, or nothing. Each puts or deletes one whole node or edge, or sets title, description or settings. The answer does not repeat the graph: `digest` is the XXH3-64 over the JSON that reading the graph answers, in hexadecimal, so whoever made the same changes to its own copy can tell that it is the very same."
        &[], Json("DefinitionPatch"), 200 "PatchedDefinition", &[400, 404, 409, 412], Change(graph::patch);
    Post "/workflows/{workflow_id}/nodes" createNode "Graph"
        "Add a node" "On an active workflow an edit that would make the graph invalid is refused."
        &[], Json("NewNode"), 201 "Node", &[400, 404, 409, 412], Change(nodes::create_node);
    Get "/workflows/{workflow_id}/nodes" listNodes "Graph"
        "List nodes" "In the order in which they were made."
        PAGED, NoBody, 200 "NodePage", &[400, 404], Read(nodes::list_nodes);
    Get "/workflows/{workflow_id}/nodes/{node_id}" getNode "Graph"
        "Read a node" ""
        &[], NoBody, 200 "Node", &[404], Read(nodes::get_node);
    Patch "/workflows/{workflow_id}/nodes/{node_id}" updateNode "Graph"
        "Change a node" "`config` is replaced as a whole. The type never changes. Leads that wait at a delay keep it as it was, unless `apply_to_waiting` says otherwise."
        &[], Json("NodePatch"), 200 "Node", &[400, 404, 409, 412], Change(nodes::update_node);
    Delete "/workflows/{workflow_id}/nodes/{node_id}" deleteNode "Graph"
        "Delete a node with its edges" "Refused while leads stand on it, unless it is said where they move to."
        &[query("move_leads_to", Kind::Id, "The node that leads standing here move to.")],
        NoBody, 200 "Message", &[400, 404, 409, 412], Change(nodes::delete_node);
    Post "/workflows/{workflow_id}/edges" createEdge "Graph"
        "Draw an edge" "An edge without a label is taken for any outcome that has none of its own, but not for `CANCELLED` and `RETRY_EXPIRED`. Which labels a node's edges can have depends on its type."
        &[], Json("NewEdge"), 201 "Edge", &[400, 404, 409, 412], Change(edges::create_edge);
    Get "/workflows/{workflow_id}/edges" listEdges "Graph"
        "List edges" "In the order in which they were made, which routing follows."
        PAGED, NoBody, 200 "EdgePage", &[400, 404], Read(edges::list_edges);
    Get "/workflows/{workflow_id}/edges/{edge_id}" getEdge "Graph"
        "Read an edge" ""
        &[], NoBody, 200 "Edge", &[404], Read(edges::get_edge);
    Patch "/workflows/{workflow_id}/edges/{edge_id}" updateEdge "Graph"
        "Change an edge" ""
        &[], Json("EdgePatch"), 200 "Edge", &[400, 404, 409, 412], Change(edges::update_edge);
    Delete "/workflows/{workflow_id}/edges/{edge_id}" deleteEdge "Graph"
        "Delete an edge" ""
        &[], NoBody, 200 "Message", &[400, 404, 409, 412], Change(edges::delete_edge);
    Post "/workflows/{workflow_id}/leads" enrolLeads "Leads"
        "Enrol leads" "One, a list, or a file with a `phone_number` column in the form field `file`: CSV, or an Excel workbook where the host reads them. All or none; numbers enrolled already are skipped."
        &[], JsonOrFile("NewLeads"), 201 "Enrolment", &[400, 404, 409, 412], Change(leads::enrol);
    Get "/workflows/{workflow_id}/leads" listLeads "Leads"
        "List leads" "In the order in which they were enrolled, without those taken out."
        &[PAGE, LIMIT,
          query("status", Kind::OneOf(leads::STATUSES), "Only with this status."),
          query("current_node_id", Kind::Id, "Only those at this node."),
          query("review_required", Kind::Bool, "Only those that somebody has to look at, or only the others."),
          query("search", Kind::Text, "Only those whose number or a variable contains this.")],
        NoBody, 200 "LeadPage", &[400, 404], Read(leads::list);
    Get "/workflows/{workflow_id}/leads/variable-keys" listVariableKeys "Leads"
        "List the variables leads have" "Every key ever enrolled, without `phone_number`."
        &[], NoBody, 200 "VariableKeys", &[404], Read(leads::variable_keys);
    Get "/workflows/{workflow_id}/leads/{lead_id}" getLead "Leads"
        "Read a lead" ""
        &[], NoBody, 200 "Lead", &[404], Read(leads::get);
    Patch "/workflows/{workflow_id}/leads/{lead_id}" updateLead "Leads"
        "Change a lead's variables" "Conditions that are judged later see them, and a lead that waits for its calling window is judged by its new `timezone`. Possible at every time, also at the end of its path."
        &[], Json("LeadPatch"), 200 "Lead", &[400, 404, 409, 412], Change(leads::update);
    Delete "/workflows/{workflow_id}/leads/{lead_id}" removeLead "Leads"
        "Take a lead out" "Its history stays."
        &[], NoBody, 200 "Message", &[404, 409, 412], Change(leads::remove);
    Get "/workflows/{workflow_id}/leads/{lead_id}/history" getLeadHistory "Leads"
        "A lead's path, and why it is where it is" "Every visit with its outcome, the edge taken and the reason."
        &[], NoBody, 200 "LeadHistory", &[404], Read(leads::history);
    Post "/workflows/{workflow_id}/leads/{lead_id}/move" moveLead "Leads"
        "Free a lead" "Put it on a node, or give its step an outcome."
        &[], Json("LeadMove"), 200 "Lead", &[400, 404, 409, 412], Change(leads::free);
    Get "/call-logs" listCallLogs "Calls"
        "List call logs" "Newest first; those of deleted workflows too."
        &[PAGE, LIMIT,
          query("workflow_id", Kind::Id, "Only of this workflow."),
          query("lead_id", Kind::Id, "Only of this lead."),
          query("status", Kind::OneOf(calls::STATUSES), "Only with this status.")],
        NoBody, 200 "CallLogPage", &[400, 404], Read(calls::list);
    Get "/call-logs/{call_id}" getCallLog "Calls"
        "Read a call log" ""
        &[], NoBody, 200 "CallLog", &[404], Read(calls::get);
    Post "/call-logs/{call_id}/status" reportCall "Calls"
        "Report a call's status" "For the call provider. The same final status again changes nothing; another one is 409. A final status moves the lead: `completed` by COMPLETED, `did_not_pick` and `busy` by DNP, `failed` and `no_answer` by FAILED, unless a retry policy has it dialled again."
        &[], Json("CallReport"), 200 "CallLog", &[400, 404, 409, 412], Change(calls::report);
    Post "/agents" createAgent "Organization"
        "Create an agent" ""
        &[], Json("NewAgent"), 201 "Agent", &[400, 409], Change(organization::create_agent);
    Get "/agents" listAgents "Organization"
        "List agents" "By id."
        PAGED, NoBody, 200 "AgentPage", &[400], Read(organization::list_agents);
    Get "/agents/{agent_id}" getAgent "Organization"
        "Read an agent" ""
        &[], NoBody, 200 "Agent", &[404], Read(organization::get_agent);
    Patch "/agents/{agent_id}" updateAgent "Organization"
        "Change an agent" ""
        &[], Json("AgentPatch"), 200 "Agent", &[400, 404, 409, 412], Change(organization::update_agent);
    Delete "/agents/{agent_id}" deleteAgent "Organization"
        "Delete an agent" "One that a workflow uses has to be replaced there first."
        &[], NoBody, 200 "Message", &[404, 409, 412], Change(organization::delete_agent);
    Post "/agents/{agent_name}/workflow" startRun "Runs"
        "Start a run of an agent's workflow" "Does its steps until one has to wait, and answers with what came of it so far. With `stream` and a host that can, the answer is server-sent events: `step` for each step, then `run` with the whole answer once the run is paused or over."
        &[], Json("RunStart"), 200 "RunAnswer", &[400, 404, 409], Run(runs::start);
    Get "/workflow-runs" listRuns "Runs"
        "List runs" "Newest first."
        &[LIMIT,
          query("cursor", Kind::Text, "Only runs after this cursor, which the list before answered."),
          query("status", Kind::OneOf(runs::STATUSES), "Only with this status."),
          query("agent", Kind::Text, "Only of the agent of this name.")],
        NoBody, 200 "Runs", &[400], Read(runs::list);
    Get "/workflow-runs/{run_id}" getRun "Runs"
        "Read a run" "As it stands now: one that nobody answered in time has failed."
        &[], NoBody, 200 "Run", &[404], Read(runs::get);
    Post "/workflow-runs/{run_id}/resume" resumeRun "Runs"
        "Answer what a run waits for" "One of several answers wins; the others are refused. Earlier steps never run again. `stream` as for the start."
        &[], Json("RunResume"), 200 "RunAnswer", &[400, 404, 409, 412], Run(runs::resume);
    Delete "/workflow-runs/{run_id}" cancelRun "Runs"
        "Cancel a run" "One that runs or waits ends here. It stays readable."
        &[], NoBody, 200 "RunAnswer", &[404, 409, 412], Change(runs::cancel);
    Post "/phone-numbers" createPhoneNumber "Organization"
        "Add a number to call from" ""
        &[], Json("NewPhoneNumber"), 201 "PhoneNumber", &[400, 409], Change(organization::create_number);
    Get "/phone-numbers" listPhoneNumbers "Organization"
        "List numbers" "In their own order."
        PAGED, NoBody, 200 "PhoneNumberPage", &[400], Read(organization::list_numbers);
    Get "/phone-numbers/{phone_number}" getPhoneNumber "Organization"
        "Read a number" ""
        &[], NoBody, 200 "PhoneNumber", &[404], Read(organization::get_number);
    Patch "/phone-numbers/{phone_number}" updatePhoneNumber "Organization"
        "Change a number" ""
        &[], Json("PhoneNumberPatch"), 200 "PhoneNumber", &[400, 404, 412], Change(organization::update_number);
    Delete "/phone-numbers/{phone_number}" deletePhoneNumber "Organization"
        "Delete a number" "One that a workflow uses has to be replaced there first."
        &[], NoBody, 200 "Message", &[404, 409, 412], Change(organization::delete_number);
    Post "/event-subscriptions" createEventSubscription "Events"
        "Subscribe to events" "From now on a server posts each of them to `url`, at least once, until it is answered with 2xx; not always in their order. The body is an `EventMessage`, signed in the header `Leadline-Signature: t=<ms>,v1=<hex>`: the HMAC-SHA256 with the secret over the time, a full stop and the body. The secret is shown here and never again. The page keeps subscriptions and delivers nothing."
        &[], Json("NewEventSubscription"), 201 "NewEventSubscriptionAnswer", &[400, 409], Change(subscriptions::create);
    Get "/event-subscriptions" listEventSubscriptions "Events"
        "List subscriptions" "By id, each with how its delivery goes."
        PAGED, NoBody, 200 "EventSubscriptionPage", &[400], Read(subscriptions::list);
    Get "/event-subscriptions/{subscription_id}" getEventSubscription "Events"
        "Read a subscription" "With how its delivery goes. Its ETag is that of what was configured."
        &[], NoBody, 200 "EventSubscription", &[404], Read(subscriptions::get);
    Patch "/event-subscriptions/{subscription_id}" updateEventSubscription "Events"
        "Change a subscription" "What happens while it is not active is not told later. A new `secret` holds from the next delivery on."
        &[], Json("EventSubscriptionPatch"), 200 "EventSubscription", &[400, 404, 412], Change(subscriptions::update);
    Delete "/event-subscriptions/{subscription_id}" deleteEventSubscription "Events"
        "End a subscription" "What was not delivered yet is not delivered any more."
        &[], NoBody, 200 "Message", &[404, 412], Change(subscriptions::delete);
    Get "/account" getAccount "Organization"
        "Read the account's limits" ""
        &[], NoBody, 200 "Account", &[], Read(organization::account);
    Patch "/account" updateAccount "Organization"
        "Change the account's limits" "They hold from the next tick on; no call is cut."
        &[], Json("AccountPatch"), 200 "Account", &[400, 409, 412], Change(organization::update_account);
    Get "/changes" listChanges "Organization"
        "What changed, oldest first" "A change says what to read again. Where the host can, `Accept: text/event-stream` keeps listening."
        &[LIMIT, query("after", Kind::Cursor, "Only changes after this cursor.")],
        NoBody, 200 "Changes", &[400, 410], Work::Changes;
    Post "/simulation/advance" advance "Simulation"
        "Let simulated time pass" "Runs every tick on the way. Only on a host whose clock is simulated. One request does a bounded amount of work, some two million happenings: when `done` is false, `now` is how far it came, and the same request goes on from there."
        &[], Json("Advance"), 200 "Advanced", &[400, 404, 409], Change(system::advance);
    Post "/workflows/{workflow_id}/reset" resetSimulation "Simulation"
        "Simulate a workflow anew" "Back to a draft with every lead pending; calls, runs and history are gone. With `seed` people answer otherwise than before, and with the same seed alike. Only on a host whose calls are simulated."
        &[], Json("Reset"), 200 "Workflow", &[400, 404, 412], Change(workflows::reset);
    Get "/simulation/outages" listOutages "Simulation"
        "When the simulated carrier is out" ""
        &[], NoBody, 200 "Outages", &[404], Read(system::outages);
    Put "/simulation/outages" putOutages "Simulation"
        "Rehearse that the carrier is out" "Calls that are dialled within such a time cannot be placed, as if the dialer could not be reached. Replaces what was said before. Only on a host whose calls are simulated."
        &[], Json("Outages"), 200 "Outages", &[400, 404], Change(system::put_outages);
    Get "/health" getHealth "System"
        "Whether the host is well" "Needs no key; answered at `/health` too. `degraded`: something comes later than it should. `failing`, with 503: it cannot store, or cannot read its keys."
        &[], NoBody, 200 "Health", &[], Open(system::health);
    Get "/openapi.json" getOpenapi "System"
        "This document" "Needs no key; answered at `/openapi.json` too."
        &[], NoBody, 200 "Document", &[], Open(system::openapi);
}

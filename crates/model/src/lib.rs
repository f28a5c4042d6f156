//! The nouns of Leadline: ids, time, exact numbers, workflows, graphs, leads, calls and the wire
//! shapes they are shown in, together with the validation of a graph.
//!
//! Nothing here acts, reads a clock or performs I/O; every other crate may depend on this one and
//! this one depends on none of them. Field names are those of the REST API (SPEC 9).

pub mod agent;
mod apply;
pub mod call;
pub mod condition;
pub mod conflict;
pub mod definition;
mod digest;
pub mod finding;
pub mod id;
pub mod json;
pub mod lead;
pub mod limits;
pub mod node;
pub mod number;
pub mod ordered;
pub mod retry;
pub mod run;
pub mod schema;
pub mod settings;
pub mod simulation;
pub mod subscription;
pub mod there;
pub mod time;
pub mod validate;
pub mod value;
pub mod view;
pub mod window;
pub mod words;
pub mod workflow;

pub use agent::{Account, Agent, PhoneNumber};
pub use apply::Applied;
pub use call::{AnsweredBy, Branch, CallStatus};
pub use condition::{Branches, Condition, ConditionGroup, Operator, Rule};
pub use definition::{Change, ChangeError, Definition, Edge, Node, Position};
pub use finding::{Finding, FindingCode, Findings, Severity};
pub use id::{AgentId, CallId, EdgeId, EventId, LeadId, NodeId, RunId, SubscriptionId, WorkflowId};
pub use lead::{Lead, LeadStatus, NewLead};
pub use node::{
    Application, Delay, DelayUnit, NodeConfig, NodeType, ReadConfig, SetVariables, StartAgent,
    TimeConfig, VoiceCall, Webhook,
};
pub use number::Number;
pub use retry::{RetryOn, RetryPolicy, Waits};
pub use run::{AgentWorkflow, RunStatus, Step, StepAction};
pub use settings::{CallBounds, Circuit, DelayOnPause, Settings};
pub use simulation::{ActionSimulation, CallSimulation, DurationRange};
pub use subscription::{EventKind, Subscription};
pub use time::{Duration, Time};
pub use value::{Value, Variables};
pub use window::{CallingWindow, Span, TimeOfDay, Weekday};
pub use workflow::{Workflow, WorkflowAction, WorkflowStatus};

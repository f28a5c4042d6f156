//! Every bound in one place: nothing in Leadline grows without one (SPEC 8).

/// Nodes in one workflow.
pub const MAX_NODES: usize = 10_000;
/// Edges in one workflow.
pub const MAX_EDGES: usize = 50_000;
/// Characters in a title or a label.
pub const MAX_LABEL: usize = 200;
/// Bytes in a description, a prompt, a template or a body.
pub const MAX_TEXT: usize = 64 * 1024;
/// Subscriptions to events in one organization.
pub const MAX_SUBSCRIPTIONS: usize = 100;
/// Bytes of a URL.
pub const MAX_URL: usize = 2_048;
/// Leads in one workflow.
pub const MAX_LEADS: usize = 10_000_000;
/// Variables of one lead.
pub const MAX_VARIABLES: usize = 200;
/// Variable keys of all leads of one workflow together.
pub const MAX_VARIABLE_KEYS: usize = 1_000;
/// Bytes of all variables of one lead, or of one call's analysis.
pub const MAX_VARIABLES_WEIGHT: usize = 64 * 1024;
/// Nesting of condition groups.
pub const MAX_CONDITION_DEPTH: usize = 16;
/// Rules and groups in one condition.
pub const MAX_CONDITION_RULES: usize = 1_000;
/// Branches of one CONDITIONAL node.
pub const MAX_BRANCHES: usize = 100;
/// Holidays of one calling window: so few that it opens within the years that are looked ahead.
pub const MAX_HOLIDAYS: usize = 100;
/// Spans of one calling window.
pub const MAX_SPANS: usize = 50;
/// Headers of one webhook, and variables that one node sets.
pub const MAX_ENTRIES: usize = 100;
/// Workflows of one organization.
pub const MAX_WORKFLOWS: usize = 10_000;
/// The longest delay, in minutes: ten years.
pub const MAX_DELAY_MINUTES: i64 = 10 * 366 * 24 * 60;
/// Nesting of a value: what holds it, on the wire and in a snapshot, is nested some levels more, and
/// readers of JSON give up at 127.
pub const MAX_VALUE_DEPTH: usize = 64;
/// Rules, and templates, of all steps of an agent's workflow together.
pub const MAX_STEP_PARTS: usize = 1_000;
/// Bytes of an agent's workflow.
pub const MAX_WORKFLOW_BYTES: usize = 256 * 1024;
/// Steps of an agent's workflow.
pub const MAX_STEPS: usize = 100;
/// Options of a question, and answers a simulated person may give.
pub const MAX_OPTIONS: usize = 100;
/// Bytes of a run's state, and of all that its steps put out.
pub const MAX_RUN_WEIGHT: usize = 256 * 1024;
/// Runs of one organization that are kept; beyond it the oldest that are over are forgotten.
pub const MAX_RUNS: usize = 1_000_000;
/// The longest wait for a person, in seconds: ten years.
pub const MAX_RUN_TIMEOUT: u32 = 10 * 366 * 86_400;
/// Simultaneous calls that a limit can be set to.
pub const MAX_CONCURRENT_CALLS: u32 = 1_000_000;

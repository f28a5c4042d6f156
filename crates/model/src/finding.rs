//! Findings: problems of a definition, each with a stable code, its place and how to fix it.

use serde::{Deserialize, Serialize};

use crate::{EdgeId, NodeId};

/// Whether a finding blocks activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Blocks activation.
    Error,
    /// Does not.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $severity:ident;)*) => {
        /// The stable codes of findings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FindingCode {
            $($(#[$doc])* $name,)*
        }

        impl FindingCode {
            /// All codes.
            pub const ALL: &[FindingCode] = &[$(FindingCode::$name,)*];

            /// Whether findings of this code block activation.
            pub fn severity(self) -> Severity {
                match self {
                    $(FindingCode::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// The graph has no node.
    EmptyWorkflow Error;
    /// No node is flagged as entry and not exactly one has no incoming edge.
    NoEntryNode Error;
    /// More than one node is flagged as entry.
    SeveralEntryNodes Error;
    /// The entry node is a terminal, or cannot start a lead.
    EntryIsTerminal Error;
    /// A non-terminal node has no outgoing edge.
    NoOutgoingEdge Error;
    /// A terminal node has an outgoing edge.
    EdgeFromTerminal Error;
    /// An edge leads from or to a node that does not exist.
    DanglingEdge Error;
    /// An edge carries a label its node can never produce.
    ImpossibleLabel Error;
    /// A voice call has no agent.
    MissingAgent Error;
    /// A voice call's agent does not exist.
    UnknownAgent Error;
    /// A voice call's agent is not active.
    InactiveAgent Error;
    /// A voice call has no outbound number.
    MissingPhoneNumber Error;
    /// A voice call's number does not exist.
    UnknownPhoneNumber Error;
    /// A voice call's number is not active.
    InactivePhoneNumber Error;
    /// A node lacks config it needs.
    MissingConfig Error;
    /// A node's config cannot work.
    InvalidConfig Error;
    /// A template cannot be read.
    InvalidTemplate Error;
    /// A cycle that takes no time.
    ZeroTimeCycle Error;
    /// The settings cannot work.
    InvalidSettings Error;
    /// An outcome has no edge: leads would stay there.
    UnconnectedOutcome Warning;
    /// A node cannot be reached from the entry.
    UnreachableNode Warning;
    /// From a node no terminal can be reached.
    NoTerminalReachable Warning;
    /// A template uses a variable key the leads do not have.
    UnknownVariable Warning;
    /// A concurrency setting is above the account's.
    ConcurrencyAboveAccount Warning;
    /// An edge never taken because an earlier one has the same label.
    ShadowedEdge Warning;
    /// A retry policy names nothing that is dialled again.
    NeverRetries Warning;
    /// A span of a calling window is the whole day.
    AlwaysOpen Warning;
    /// Nothing bounds the calls to one lead.
    UnboundedCalls Warning;
}

/// One problem of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its stable code.
    pub code: FindingCode,
    /// Whether it blocks activation.
    pub severity: Severity,
    /// The node it is about.
    pub node_id: Option<NodeId>,
    /// The edge it is about.
    pub edge_id: Option<EdgeId>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub fix: String,
}

/// All findings of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Findings {
    /// No error was found.
    pub valid: bool,
    /// What blocks activation.
    pub errors: Vec<Finding>,
    /// What does not.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// Sorts findings into errors and warnings.
    pub fn from_list(list: Vec<Finding>) -> Findings {
        let (errors, warnings): (Vec<_>, Vec<_>) = list
            .into_iter()
            .partition(|finding| finding.severity == Severity::Error);
        Findings {
            valid: errors.is_empty(),
            errors,
            warnings,
        }
    }

    /// Errors, then warnings.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.errors.iter().chain(&self.warnings)
    }
}

//! The pages without a canvas, one file or folder each.

mod agent;
mod calls;
mod events;
mod inbox;
mod lead;
mod leads;
mod library;
mod not_found;
mod playground;
mod run;
mod runs;
mod scenarios;
mod settings;
mod sync;
mod workflows;

pub use agent::AgentPage;
pub use calls::{CallsPage, WorkflowCallsPage};
pub use events::EventsPage;
pub use inbox::InboxPage;
pub use lead::LeadPage;
pub use leads::LeadsPage;
pub use library::LibraryPage;
pub use not_found::NotFoundPage;
pub use playground::PlaygroundPage;
pub use run::RunPage;
pub use runs::RunsPage;
pub use scenarios::ScenariosPage;
pub use settings::{ReminderBanner, SettingsPage};
pub use sync::{SyncPage, forget_folders};
pub use workflows::WorkflowsPage;
pub use workflows::begin::Begin;

//! The pages without a canvas, one file or folder each.

mod calls;
mod events;
mod lead;
mod leads;
mod library;
mod not_found;
mod playground;
mod scenarios;
mod settings;
mod workflows;

pub use calls::{CallsPage, WorkflowCallsPage};
pub use events::EventsPage;
pub use lead::LeadPage;
pub use leads::LeadsPage;
pub use library::LibraryPage;
pub use not_found::NotFoundPage;
pub use playground::PlaygroundPage;
pub use scenarios::ScenariosPage;
pub use settings::{ReminderBanner, SettingsPage};
pub use workflows::WorkflowsPage;

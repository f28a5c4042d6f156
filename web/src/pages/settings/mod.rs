//! Settings: looks, limits, storage, backup, and what this program is.

mod about;
mod backup;
mod limits;
mod storage;
mod theme;

use leptos::prelude::*;

pub use backup::ReminderBanner;

/// Settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    crate::dom::use_title(|| "Settings".to_owned());
    view! {
        <section class="page">
            <header class="page-head"><h1>"Settings"</h1></header>
            <theme::ThemeCard />
            <limits::LimitsCard />
            <storage::StorageCard />
            <backup::BackupCard />
            <about::AboutCard />
            <storage::ClearCard />
        </section>
    }
}

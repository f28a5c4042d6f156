//! The line icons, drawn on a grid of 24. They are decoration: the control carries the name.

use leptos::prelude::*;

/// One icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Icon {
    Workflows,
    Agents,
    Inbox,
    Runs,
    Calls,
    Settings,
    Playground,
    Play,
    Leads,
    Copy,
    Download,
    Upload,
    Trash,
    Plus,
    Close,
    Check,
    Alert,
    Offline,
    Clock,
    Tabs,
    Question,
    Edit,
    Collapse,
    Sparkle,
    Template,
    Stop,
    Search,
    Sync,
    Link,
    Folder,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Icon::Workflows => {
                "M4 6.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M15 17.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M6.5 9v5a3.5 3.5 0 0 0 3.5 3.5h5M9 6.5h6a2.5 2.5 0 0 1 2.5 2.5v6"
            }
            Icon::Agents => {
                "M5 11v2a7 7 0 0 0 14 0v-2M12 20v2M12 2.5a3 3 0 0 1 3 3V12a3 3 0 0 1-6 0V5.5a3 3 0 0 1 3-3z"
            }
            Icon::Inbox => "M3.5 13.5l3-9h11l3 9v6h-17zM3.5 13.5h5l1.5 2.5h4l1.5-2.5h5",
            Icon::Runs => "M4 5.5h4v4H4zM4 15h4v4H4zM12 7.5h8M12 17h8M6 9.5V15",
            Icon::Calls => {
                "M5 4h3.5l1.8 4.3-2.2 1.6a12 12 0 0 0 6 6l1.6-2.2L20 15.5V19a1.5 1.5 0 0 1-1.6 1.5C10.6 20 4 13.4 3.5 5.6A1.5 1.5 0 0 1 5 4z"
            }
            Icon::Settings => {
                "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
            }
            Icon::Playground => "M8.5 7.5L4 12l4.5 4.5M15.5 7.5L20 12l-4.5 4.5M13.5 5l-3 14",
            Icon::Play => "M7 4.5v15l12-7.5z",
            Icon::Leads => {
                "M3 20c0-3.3 2.7-5.5 6-5.5s6 2.2 6 5.5M5.5 8a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M16 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.8c2.1.7 3.5 2.6 3.5 5.2"
            }
            Icon::Copy => "M8 8h12v12H8zM16 8V4H4v12h4",
            Icon::Download => "M12 3v12M7 10.5l5 5 5-5M4 20.5h16",
            Icon::Upload => "M12 16V4M7 8.5l5-5 5 5M4 20.5h16",
            Icon::Trash => "M4 6.5h16M9 6.5V4h6v2.5M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6",
            Icon::Plus => "M12 5v14M5 12h14",
            Icon::Close => "M6 6l12 12M18 6L6 18",
            Icon::Check => "M4.5 12.5l5 5 10-11",
            Icon::Alert => "M12 3.5l9.5 16.5h-19zM12 10v4.5M12 17.3v.2",
            Icon::Offline => {
                "M3 3l18 18M8.5 15.5a5 5 0 0 1 7 0M5 12a10 10 0 0 1 4.5-2.6M19 12a10 10 0 0 0-5.6-2.9M2 8.5a14.5 14.5 0 0 1 4-2.6M22 8.5A14.5 14.5 0 0 0 11 5M12 19.3v.2"
            }
            Icon::Clock => "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M12 7v5l3.5 2",
            Icon::Tabs => "M3.5 8.5h13v11h-13zM7.5 8.5v-4h13v11h-4",
            Icon::Question => {
                "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M9.7 9.5a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5v.2"
            }
            Icon::Edit => "M4 20l1-4L16.5 4.5l3 3L8 19zM14 7l3 3",
            Icon::Collapse => "M4 4.5h16v15H4zM9.5 4.5v15M16 9l-3 3 3 3",
            Icon::Sparkle => {
                "M12 3l1.9 5.6L19.5 10.5l-5.6 1.9L12 18l-1.9-5.6L4.5 10.5l5.6-1.9zM19 16.5v4M17 18.5h4"
            }
            Icon::Template => "M4 4.5h7v6H4zM4 14.5h16v5H4zM15 4.5h5v6h-5z",
            Icon::Stop => "M6.5 6.5h11v11h-11z",
            Icon::Sync => {
                "M4.5 11a7.6 7.6 0 0 1 13.2-4.2L20 9M20 4v5h-5M19.5 13a7.6 7.6 0 0 1-13.2 4.2L4 15M4 20v-5h5"
            }
            Icon::Link => {
                "M10 14a4 4 0 0 0 5.7 0l3.2-3.2a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 0-5.7 0l-3.2 3.2a4 4 0 0 0 5.7 5.7l1.2-1.2"
            }
            Icon::Folder => "M3.5 5.5h6l2 2.5h9v11.5h-17z",
            Icon::Search => "M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.5 15.5l5 5",
        }
    }

    /// The icon as a drawing.
    pub fn draw(self) -> impl IntoView {
        view! {
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d=self.path() />
            </svg>
        }
    }
}

//! The signs on the tools, drawn on a grid of 24 like the app's other icons. They are decoration:
//! the button carries the name.

use leptos::prelude::*;

/// One sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Glyph {
    Undo,
    Redo,
    Tidy,
    Delete,
    Find,
    Commands,
    Help,
    Json,
    Picture,
    Tick,
    NextEvent,
    RunTo,
    RunToEnd,
    Reset,
}

impl Glyph {
    fn path(self) -> &'static str {
        match self {
            Glyph::Undo => "M9 5L4 10l5 5M4 10h10a6 6 0 0 1 0 12h-3",
            Glyph::Redo => "M15 5l5 5-5 5M20 10H10a6 6 0 0 0 0 12h3",
            Glyph::Tidy => "M4 5h6v5H4zM14 5h6v5h-6zM9 15h6v5H9zM7 10v2.5h10V10M12 12.5V15",
            Glyph::Delete => "M8 5h12v14H8l-6-7zM12 9.5l5 5M17 9.5l-5 5",
            Glyph::Find => "M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.5 15.5l5 5",
            Glyph::Commands => "M4 6h16M4 12h10M4 18h13",
            Glyph::Help => {
                "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0M9.7 9.5a2.4 2.4 0 1 1 3.4 2.2c-.8.4-1.1.9-1.1 1.8M12 16.5v.2"
            }
            Glyph::Json => {
                "M9 4H7.5A1.5 1.5 0 0 0 6 5.500v4L4 12l2 2.500v4A1.5 1.5 0 0 0 7.5 20H9M15 4h1.500A1.5 1.5 0 0 1 18 5.500v4l2 2.5-2 2.500v4a1.5 1.5 0 0 1-1.5 1.500H15"
            }
            Glyph::Picture => "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17M15 9.200v.1",
            Glyph::Tick => "M5 5v14M9.5 6.500v11l8.5-5.500z",
            Glyph::NextEvent => "M5 6.500v11l8.5-5.500zM18 5v14",
            Glyph::RunTo => "M4 12h11M11 7.500l4.5 4.5-4.5 4.500M20 5v14",
            Glyph::RunToEnd => "M4 6.500v11l7-5.500zM12 6.500v11l7-5.500zM21 5v14",
            Glyph::Reset => "M5 12a7.5 7.5 0 1 0 2.5-5.600M5 4v4.500h4.5",
        }
    }

    /// The sign as a drawing.
    pub fn draw(self) -> impl IntoView {
        view! {
            <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <path d=self.path() />
            </svg>
        }
    }
}

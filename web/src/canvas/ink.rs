//! The colours of the canvas, read from the page's style so that light, dark and forced themes hold
//! for the picture too.

use leadline_model::NodeType;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// A colour by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
#[allow(missing_docs)]
pub enum Ink {
    Background,
    Surface,
    Raised,
    Text,
    Muted,
    Border,
    Accent,
    AccentText,
    Danger,
    Warning,
    Success,
    Focus,
    Grid,
    Voice,
    Time,
    Condition,
    Application,
    Converted,
    Dropped,
}

/// Each ink's style property and what it is where the style does not name it.
const INKS: [(Ink, &str, &str); 19] = [
    (Ink::Background, "--bg", "#f7f8fa"),
    (Ink::Surface, "--surface", "#ffffff"),
    (Ink::Raised, "--surface-2", "#eef0f4"),
    (Ink::Text, "--text", "#1b2129"),
    (Ink::Muted, "--muted", "#5a6472"),
    (Ink::Border, "--border", "#c9cfd8"),
    (Ink::Accent, "--accent", "#2457d6"),
    (Ink::AccentText, "--accent-text", "#ffffff"),
    (Ink::Danger, "--danger", "#c02626"),
    (Ink::Warning, "--warning", "#9a5b00"),
    (Ink::Success, "--success", "#1d7a3e"),
    (Ink::Focus, "--focus", "#2457d6"),
    (Ink::Grid, "--grid", "#dfe3e9"),
    (Ink::Voice, "--node-voice", "#2457d6"),
    (Ink::Time, "--node-time", "#8a5a00"),
    (Ink::Condition, "--node-condition", "#7a3fc4"),
    (Ink::Application, "--node-application", "#0b7285"),
    (Ink::Converted, "--node-converted", "#1d7a3e"),
    (Ink::Dropped, "--node-dropped", "#a13333"),
];

impl Ink {
    /// The colour of a node type.
    pub fn of(node_type: NodeType) -> Ink {
        match node_type {
            NodeType::VoiceCall => Ink::Voice,
            NodeType::Time => Ink::Time,
            NodeType::Conditional => Ink::Condition,
            NodeType::Application => Ink::Application,
            NodeType::Converted => Ink::Converted,
            NodeType::Dropped => Ink::Dropped,
        }
    }

    /// The colour of an outcome.
    pub fn of_outcome(label: Option<&str>) -> Ink {
        match label {
            Some("COMPLETED" | "SUCCESS") => Ink::Success,
            Some("DNP") => Ink::Warning,
            Some("FAILED" | "FAILURE" | "CANCELLED" | "RETRY_EXPIRED") => Ink::Danger,
            _ => Ink::Accent,
        }
    }
}

/// The colours as they are now.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    colours: Vec<String>,
    /// The family of the page's texts.
    pub font: String,
}

impl Theme {
    /// Reads the theme in force at an element. The style's values may be functions of the theme, so
    /// a probe element computes them.
    pub fn read(element: &HtmlElement) -> Theme {
        let usual = || {
            INKS.iter()
                .map(|(_, _, usual)| (*usual).to_owned())
                .collect()
        };
        let font = computed(element, "font-family");
        Theme {
            colours: probe_colours(element).unwrap_or_else(usual),
            font: font.unwrap_or_else(|| "system-ui, sans-serif".to_owned()),
        }
    }

    /// A colour as CSS writes it.
    pub fn colour(&self, ink: Ink) -> &str {
        self.colours
            .get(ink as usize)
            .map_or("#888888", String::as_str)
    }
}

fn computed(element: &HtmlElement, property: &str) -> Option<String> {
    let style = window().get_computed_style(element).ok()??;
    style
        .get_property_value(property)
        .ok()
        .filter(|value| !value.is_empty())
}

fn probe_colours(element: &HtmlElement) -> Option<Vec<String>> {
    let probe: HtmlElement = document().create_element("span").ok()?.dyn_into().ok()?;
    element.append_child(&probe).ok()?;
    let colour = |(_, name, usual): &(Ink, &str, &str)| {
        let written = format!("var({name}, {usual})");
        let set = probe.style().set_property("color", &written);
        set.ok()
            .and_then(|()| computed(&probe, "color"))
            .unwrap_or_else(|| (*usual).to_owned())
    };
    let colours = INKS.iter().map(colour).collect();
    probe.remove();
    Some(colours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ink_stands_at_its_own_place() {
        for (at, (ink, name, _)) in INKS.iter().enumerate() {
            assert_eq!(*ink as usize, at, "{name}");
        }
    }
}

//! What stands beside and over the canvas: settings, problems, outline, conflicts, menus, dialogs. It is a
//! chunk of its own (see [`crate::lazy`]), asked for as soon as the canvas stands.

use leptos::prelude::*;

use super::conflicts::{ConflictLayer, Conflicts};
use super::move_leads::MoveLeadsDialog;
use super::outline::Outline;
use super::popup::Popup;
use super::problems::Problems;
use super::saver::Saver;
use super::settings::Settings;
use super::toolbar::Panel;
use crate::canvas::desk::Desk;
use crate::lazy::Later;

/// What the chunk brings. Nothing but [`Panels::here`] may reach the code behind it.
#[derive(Clone, Copy)]
pub struct Panels {
    /// Follows what panels show of a desk; the signal is kept at the number of open conflicts.
    begin: fn(Desk, Saver, RwSignal<usize>) -> Conflicts,
    /// Marks and cards of conflicts over the canvas.
    layer: fn(Conflicts) -> AnyView,
    /// The content of a panel.
    panel: fn(Desk, Panel, Conflicts) -> AnyView,
    /// Asks where leads go before their node is deleted.
    move_leads: fn(Saver, Desk) -> AnyView,
    /// The popup that is open.
    popup: fn(Desk, Popup, bool) -> AnyView,
}

impl Panels {
    /// The chunk itself.
    pub fn here() -> Panels {
        Panels {
            begin: |desk, saver, open| {
                super::provide_surroundings(desk);
                Conflicts::start(desk, saver, super::is_narrow(), open)
            },
            layer: |conflicts| view! { <ConflictLayer conflicts /> }.into_any(),
            panel: |desk, panel, conflicts| match panel {
                Panel::Settings => view! { <Settings desk /> }.into_any(),
                Panel::Problems => view! { <Problems desk conflicts /> }.into_any(),
                Panel::Outline => view! { <Outline desk /> }.into_any(),
            },
            move_leads: |saver, desk| view! { <MoveLeadsDialog saver desk /> }.into_any(),
            popup: super::popup::draw,
        }
    }
}

/// The popup that is open, if one is.
#[component]
pub fn Popups(
    /// Over which desk.
    desk: Desk,
    /// Whether the graph cannot be edited here.
    locked: bool,
    /// Where it comes from.
    panels: Later<Panels>,
    /// Draws those that have to be there at once, since somebody types on.
    #[prop(optional)]
    at_once: Option<fn(Desk, &Popup) -> Option<AnyView>>,
) -> impl IntoView {
    move || {
        let popup = desk.popup.get()?;
        if let Some(drawn) = at_once.and_then(|at_once| at_once(desk, &popup)) {
            return Some(drawn);
        }
        let here = panels.here.get();
        if here.is_none() {
            panels.open(desk.app, move || {
                desk.popup.try_set(None);
            });
        }
        here.map(|here| (here.popup)(desk, popup, locked))
    }
}

/// The panels of a designer.
#[derive(Clone, Copy)]
pub struct Beside {
    desk: Desk,
    saver: Saver,
    fetched: Later<Panels>,
    /// What draws, and the conflicts it draws of.
    ready: RwSignal<Option<(Panels, Conflicts)>>,
    /// How many conflicts are open.
    pub open_conflicts: RwSignal<usize>,
}

impl Beside {
    /// Asks for them; they appear when they are here.
    pub fn start(desk: Desk, saver: Saver, fetched: Later<Panels>) -> Beside {
        let beside = Beside {
            desk,
            saver,
            fetched,
            ready: RwSignal::new(None),
            open_conflicts: RwSignal::new(0),
        };
        let owner = Owner::current();
        Effect::new(move |_| {
            let Some(panels) = fetched.here.get() else {
                return;
            };
            let begin = || (panels.begin)(desk, saver, beside.open_conflicts);
            // What panels rest on lives as long as the page.
            let conflicts = match &owner {
                Some(owner) => owner.with(begin),
                None => begin(),
            };
            beside.ready.set(Some((panels, conflicts)));
        });
        fetched.fetch();
        beside
    }

    fn draw(self, part: impl Fn(Panels, Conflicts) -> AnyView) -> Option<AnyView> {
        let (panels, conflicts) = self.ready.get()?;
        Some(part(panels, conflicts))
    }

    /// A panel's content.
    pub fn panel(self, panel: Panel) -> AnyView {
        let drawn = self.draw(|panels, conflicts| (panels.panel)(self.desk, panel, conflicts));
        drawn.unwrap_or_else(|| self.fetched.waiting())
    }

    /// Marks and cards of conflicts.
    pub fn layer(self) -> Option<AnyView> {
        self.draw(|panels, conflicts| (panels.layer)(conflicts))
    }

    /// Dialogs of the page.
    pub fn dialogs(self) -> Option<AnyView> {
        self.draw(|panels, _| (panels.move_leads)(self.saver, self.desk))
    }
}

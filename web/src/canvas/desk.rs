//! The desk of one open workflow: the editor, and what the page shows of it as signals.
//!
//! Everything that happens goes through [`Desk::handle`] or [`Desk::run`]; the effects the editor
//! answers with are performed in one place, here. Cheap to copy into every closure.

use std::rc::Rc;

use leadline_designer::{Command, Editor, Effect, Event, HandleRef, Ids, Point, Selection, Target};
use leadline_model::{Change, ChangeError, Definition, Findings, NodeId, WorkflowId};
use leptos::prelude::*;

use super::clipboard;
use super::live::Live;
use super::stage::Stage;
use crate::boxed::memo;
use crate::state::AppState;

/// Something that opens over the canvas.
#[derive(Debug, Clone, PartialEq)]
pub enum Popup {
    /// The types of nodes, to add one.
    Palette {
        /// Where on the canvas.
        screen: Point,
        /// Where the node will be; `None`: in view, beside the handle where there is one.
        world: Option<Point>,
        /// The handle to connect it to.
        from: Option<HandleRef>,
    },
    /// What can be done here.
    Menu {
        /// Where on the canvas.
        at: Point,
        /// With what.
        target: Target,
    },
    /// A new name for a node or a new label for an edge.
    Rename(Target),
    /// The list of keys.
    Help,
    /// The list of commands.
    Commands,
    /// The search field.
    Find,
}

/// Requests remembered whose edits are this user's.
const CLAIMS_KEPT: usize = 16;

type OnChanged = Rc<dyn Fn(Vec<Change>)>;

/// The desk of one open workflow.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The app around it.
    pub app: AppState,
    /// Grows with each change of the definition, also by undo and from other tabs.
    pub revision: RwSignal<u64>,
    /// What is selected.
    pub selection: RwSignal<Selection>,
    /// Grows when pan or zoom changed.
    pub view: RwSignal<u64>,
    /// What is wrong with the definition.
    pub findings: RwSignal<Findings>,
    /// What is open over the canvas.
    pub popup: RwSignal<Option<Popup>>,
    /// Grows when the settings of the selection are asked for.
    pub settings: RwSignal<u64>,
    /// Grows when Escape has nothing else left to close.
    pub dismissed: RwSignal<u64>,
    /// What the live region says.
    pub said: RwSignal<String>,
    settings_seen: StoredValue<u64>,
    claims: StoredValue<Vec<(String, String)>>,
    id: StoredValue<WorkflowId>,
    editor: StoredValue<Editor, LocalStorage>,
    stage: StoredValue<Option<Rc<Stage>>, LocalStorage>,
    live: StoredValue<Live, LocalStorage>,
    on_changed: StoredValue<Option<OnChanged>, LocalStorage>,
}

impl Desk {
    /// Opens a definition.
    pub fn open(app: AppState, id: WorkflowId, definition: Definition, findings: Findings) -> Desk {
        let mut editor = Editor::new(definition, Ids::new(random_key()));
        editor.set_findings(&findings);
        Desk {
            app,
            revision: RwSignal::new(0),
            selection: RwSignal::default(),
            view: RwSignal::new(0),
            findings: RwSignal::new(findings),
            popup: RwSignal::new(None),
            settings: RwSignal::new(0),
            dismissed: RwSignal::new(0),
            said: RwSignal::default(),
            settings_seen: StoredValue::new(0),
            claims: StoredValue::default(),
            id: StoredValue::new(id),
            editor: StoredValue::new_local(editor),
            stage: StoredValue::new_local(None),
            live: StoredValue::new_local(Live::default()),
            on_changed: StoredValue::new_local(None),
        }
    }

    /// Which workflow.
    pub fn id(self) -> WorkflowId {
        self.id.get_value()
    }

    /// Reads the editor, without following it.
    pub fn read<T>(self, reader: impl FnOnce(&Editor) -> T) -> T {
        reader(&self.editor.read_value())
    }

    /// Reads the editor again with each change of the definition.
    pub fn follow<T: PartialEq + Send + Sync + 'static>(
        self,
        reader: impl Fn(&Editor) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        memo(move || {
            self.revision.track();
            self.read(&reader)
        })
    }

    /// Changes something in the editor that is neither event nor command.
    pub fn with_editor(self, change: impl FnOnce(&mut Editor) -> Vec<Effect>) {
        // The editor lives as long as the page that holds this desk.
        if let Some(effects) = self.editor.try_update_value(change) {
            self.perform(effects);
        }
    }

    /// Hands an event to the editor; whether it took it.
    pub fn handle(self, event: Event) -> bool {
        let effects = self
            .editor
            .try_update_value(|editor| editor.handle(event))
            .unwrap_or_default();
        let consumed = effects.contains(&Effect::Consumed);
        self.perform(effects);
        // A long press comes due although nothing moves.
        if self
            .editor
            .try_with_value(Editor::wants_frames)
            .unwrap_or(false)
        {
            self.redraw();
        }
        consumed
    }

    /// Runs a command.
    pub fn run(self, command: Command) {
        let now = now_ms();
        let effects = self
            .editor
            .try_update_value(|editor| editor.run(command, now))
            .unwrap_or_default();
        self.perform(effects);
    }

    /// Runs a command and hands over the text it has for the clipboard, which a clipboard event takes
    /// without asking for permission, with what to say once it did.
    pub fn run_for_clipboard(self, command: Command) -> Option<(String, String)> {
        let now = now_ms();
        let mut effects = self
            .editor
            .try_update_value(|editor| editor.run(command, now))
            .unwrap_or_default();
        let mut copied = None;
        effects.retain(|effect| match effect {
            Effect::CopyToClipboard { text, done } => {
                copied = Some((text.clone(), done.clone()));
                false
            }
            _ => true,
        });
        self.perform(effects);
        copied
    }

    /// Applies what another tab changed.
    pub fn apply_remote(self, changes: &[Change]) -> Result<(), ChangeError> {
        let applied = self
            .editor
            .try_update_value(|editor| editor.apply_remote(changes));
        let effects = applied.transpose()?.unwrap_or_default();
        self.changed();
        self.perform(effects);
        Ok(())
    }

    /// Says that what a request changes is an edit of this user, made by the engine: it becomes a step of
    /// undo with this label when it is told of.
    pub fn claim(self, request: String, label: String) {
        self.claims.update_value(|claims| {
            claims.push((request, label));
            let above = claims.len().saturating_sub(CLAIMS_KEPT);
            claims.drain(..above);
        });
    }

    /// Applies what was changed elsewhere, by this user's request or not; whether it was this user's.
    pub fn apply_told(self, request: &str, changes: &[Change]) -> Result<bool, ChangeError> {
        let claims = self.claims.get_value();
        let own = claims.into_iter().find(|(known, _)| known == request);
        let Some((_, label)) = own else {
            self.apply_remote(changes)?;
            return Ok(false);
        };
        let applied = self
            .editor
            .try_update_value(|editor| editor.apply_own(label, changes));
        let effects = applied.transpose()?.unwrap_or_default();
        self.changed();
        self.perform(effects);
        Ok(true)
    }

    /// Opens another version of the definition.
    pub fn replace(self, definition: Definition) {
        self.with_editor(|editor| editor.replace(definition));
        self.changed();
        self.selection
            .set(self.read(|editor| editor.selection().clone()));
    }

    /// Takes over what validation found.
    pub fn set_findings(self, findings: Findings) {
        self.with_editor(|editor| editor.set_findings(&findings));
        self.findings.set(findings);
    }

    /// Who saves what changes.
    pub fn on_changed(self, saver: impl Fn(Vec<Change>) + 'static) {
        self.on_changed.set_value(Some(Rc::new(saver)));
    }

    /// The canvas, once it is mounted.
    pub fn stage(self) -> Option<Rc<Stage>> {
        self.stage.try_get_value().flatten()
    }

    /// Ties the canvas to the desk.
    pub fn set_stage(self, stage: Option<Rc<Stage>>) {
        // Refused only when the page is gone, and the canvas with it.
        drop(self.stage.try_set_value(stage));
    }

    /// Changes the live part of the picture and draws it.
    pub fn update_live(self, change: impl FnOnce(&mut Live)) {
        self.live.try_update_value(change);
        self.redraw();
    }

    /// Reads the live part of the picture.
    pub fn read_live<T>(self, reader: impl FnOnce(&Live) -> T) -> T {
        reader(&self.live.read_value())
    }

    /// Draws the canvas in the next frame.
    pub fn redraw(self) {
        if let Some(stage) = self.stage() {
            stage.request(self);
        }
    }

    /// Whether the settings were asked for since this was last asked; followed.
    pub fn take_settings_call(self) -> bool {
        let asked = self.settings.get();
        let seen = self.settings_seen.get_value();
        self.settings_seen.set_value(asked);
        asked != seen
    }

    /// Gives the canvas the focus, so that keys go on working there.
    pub fn focus_canvas(self) {
        if let Some(stage) = self.stage() {
            super::view::focus(stage.host());
        }
    }

    /// Selects a node and brings it into view.
    pub fn reveal(self, node: NodeId) {
        self.run(Command::RevealNode(node));
    }

    /// Says something in the live region; the same text twice is said twice.
    pub fn say(self, text: String) {
        let again = self.said.with_untracked(|said| *said == text);
        self.said
            .set(if again { format!("{text}\u{a0}") } else { text });
    }

    fn changed(self) {
        self.revision.update(|n| *n += 1);
        if let Some(stage) = self.stage() {
            stage.forget_summaries();
        }
        self.redraw();
    }

    fn perform(self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Changed { changes } => {
                    self.changed();
                    if let Some(saver) = self.on_changed.get_value() {
                        saver(changes);
                    }
                }
                Effect::Redraw => self.redraw(),
                Effect::ViewChanged => {
                    self.view.update(|n| *n += 1);
                    self.redraw();
                }
                Effect::SelectionChanged => {
                    self.selection
                        .set(self.read(|editor| editor.selection().clone()));
                    self.redraw();
                }
                Effect::OpenPalette {
                    screen,
                    world,
                    from,
                } => {
                    self.popup.set(Some(Popup::Palette {
                        screen,
                        world,
                        from,
                    }));
                }
                Effect::ContextMenu { at, target } => {
                    self.popup.set(Some(Popup::Menu { at, target }));
                }
                Effect::Rename(target) => self.popup.set(Some(Popup::Rename(target))),
                Effect::OpenHelp => self.popup.set(Some(Popup::Help)),
                Effect::OpenCommands => self.popup.set(Some(Popup::Commands)),
                Effect::OpenFind => self.popup.set(Some(Popup::Find)),
                Effect::OpenSettings(_) => self.settings.update(|n| *n += 1),
                Effect::ClosePanel => {
                    if self.popup.get_untracked().is_some() {
                        self.popup.set(None);
                    } else {
                        self.dismissed.update(|n| *n += 1);
                    }
                }
                Effect::CopyToClipboard { text, done } => clipboard::copy(self, text, done),
                Effect::ReadClipboard => clipboard::paste(self),
                Effect::Focus(node) => {
                    if let Some(stage) = self.stage() {
                        stage.focus_node(self, node);
                    }
                }
                Effect::Announce(text) => self.say(text),
                Effect::Refused(text) => self.app.toasts.info(text),
                Effect::CursorChanged(cursor) => {
                    if let Some(stage) = self.stage() {
                        stage.set_cursor(cursor);
                    }
                }
                Effect::Consumed => {}
            }
        }
    }
}

/// The clock of all events: milliseconds since the page was opened.
pub fn now_ms() -> f64 {
    window()
        .performance()
        .map_or(0.0, |performance| performance.now())
}

/// 64 random bits from the browser's generator, so that ids of different tabs never meet.
fn random_key() -> u64 {
    let mut bytes = [0u8; 8];
    let filled = window()
        .crypto()
        .is_ok_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if filled {
        u64::from_be_bytes(bytes)
    } else {
        js_sys::Date::now().to_bits() ^ now_ms().to_bits()
    }
}

//! An editor with a small workflow, driven by scripts and read as lines of text.
//!
//! ```text
//! call ─COMPLETED→ wait ──→ end          lone (below, without edges)
//! ```
//! At zoom 1 with the world's origin at the canvas's. Heads are 60 high, rows 30, boxes 200 wide.

use std::collections::BTreeMap;

use leadline_designer::*;
use leadline_model::{Change, Definition, Edge, EdgeId, Node, NodeId, NodeType, Position};

pub fn nid(id: &str) -> NodeId {
    NodeId::parse(id).unwrap()
}

pub fn eid(id: &str) -> EdgeId {
    EdgeId::parse(id).unwrap()
}

pub fn node(id: &str, node_type: NodeType, x: i32, y: i32) -> Node {
    Node {
        id: nid(id),
        config: node_type.empty_config(),
        label: id.to_owned(),
        position_x: Position::px(x),
        position_y: Position::px(y),
        is_entry: false,
    }
}

pub fn edge(id: &str, from: &str, label: Option<&str>, to: &str) -> Edge {
    Edge {
        id: eid(id),
        from_node_id: nid(from),
        to_node_id: nid(to),
        label: label.map(str::to_owned),
    }
}

pub fn sample() -> Definition {
    Definition {
        title: "Sample".to_owned(),
        nodes: vec![
            node("call", NodeType::VoiceCall, 0, 0),
            node("wait", NodeType::Time, 400, 0),
            node("end", NodeType::Converted, 800, 0),
            node("lone", NodeType::Application, 0, 400),
        ],
        edges: vec![
            edge("e1", "call", Some("COMPLETED"), "wait"),
            edge("e2", "wait", None, "end"),
        ],
        ..Definition::default()
    }
}

/// Keeps what there is to keep of an editor's history, as the page does.
pub fn keep(editor: &mut Editor, kept: &mut BTreeMap<u32, String>) {
    for HistoryPart { number, text } in editor.history_parts() {
        match text {
            Some(text) => drop(kept.insert(number, text)),
            None => drop(kept.remove(&number)),
        }
    }
}

pub struct Desk {
    pub editor: Editor,
    now_ms: f64,
    names: BTreeMap<String, String>,
}

impl Desk {
    pub fn new(definition: Definition) -> Desk {
        let mut editor = Editor::new(definition, Ids::new(7));
        editor.restore_view(Viewport {
            offset: Point::default(),
            ..Viewport::default()
        });
        editor.handle(Event::Resize {
            width: 1_100.0,
            height: 700.0,
            dpr: 1.0,
        });
        Desk {
            editor,
            now_ms: 10_000.0,
            names: BTreeMap::new(),
        }
    }

    pub fn sample() -> Desk {
        Desk::new(sample())
    }

    /// Runs a script of steps separated by `;`, and returns what came of it, one line per effect.
    /// Effects that only say that something looks different are left out.
    pub fn play(&mut self, script: &str) -> Vec<String> {
        let steps = script
            .split(';')
            .map(str::trim)
            .filter(|step| !step.is_empty());
        steps.flat_map(|step| self.step(step)).collect()
    }

    pub fn run(&mut self, command: Command) -> Vec<String> {
        self.now_ms += 2_000.0;
        let effects = self.editor.run(command, self.now_ms);
        self.lines(effects)
    }

    pub fn event(&mut self, event: Event) -> Vec<String> {
        let effects = self.editor.handle(event);
        self.lines(effects)
    }

    fn step(&mut self, step: &str) -> Vec<String> {
        let words: Vec<&str> = step.split_whitespace().collect();
        let (verb, rest) = words.split_first().unwrap();
        let event = match *verb {
            "key" => self.key(rest[0]),
            "focus" => Event::FocusNode(nid(rest[0])),
            "handle" => Event::FocusHandle(HandleRef::new(&nid(rest[0]), rest.get(1).copied())),
            "frame" => {
                self.now_ms += rest[0].parse::<f64>().unwrap();
                Event::Frame {
                    now_ms: self.now_ms,
                }
            }
            "paste" => Event::Paste {
                text: rest.join(" "),
                at: None,
            },
            "cancel" => Event::PointerCancel { id: 1 },
            "wheel" => {
                let n: Vec<f64> = rest.iter().map_while(|w| w.parse().ok()).collect();
                let modifiers = modifiers(rest);
                let at = Point::new(n[0], n[1]);
                Event::Wheel {
                    at,
                    dx: n[2],
                    dy: n[3],
                    modifiers,
                    mode: WheelMode::Pixels,
                }
            }
            _ => {
                self.now_ms += 10.0;
                let pointer = pointer(rest, self.now_ms, *verb == "move");
                match *verb {
                    "down" => Event::PointerDown(pointer),
                    "move" => Event::PointerMove(pointer),
                    "up" => Event::PointerUp(pointer),
                    other => panic!("no step {other}"),
                }
            }
        };
        let effects = self.editor.handle(event);
        self.lines(effects)
    }

    fn key(&mut self, chord: &str) -> Event {
        self.now_ms += 2_000.0;
        let (held, key) = match chord.rsplit_once('+') {
            Some((held, key)) if !key.is_empty() => (held, key),
            _ => ("", chord),
        };
        let held: Vec<&str> = held.split('+').collect();
        let code = format!("Key{}", key.to_uppercase());
        let (key, now_ms) = (key.to_owned(), self.now_ms);
        Event::Key(KeyPress {
            key,
            code,
            modifiers: modifiers(&held),
            now_ms,
        })
    }

    fn lines(&mut self, effects: Vec<Effect>) -> Vec<String> {
        effects
            .into_iter()
            .flat_map(|effect| self.line(effect))
            .collect()
    }

    fn line(&mut self, effect: Effect) -> Vec<String> {
        let one = match effect {
            Effect::Changed { changes } => {
                return changes.iter().map(|change| self.change(change)).collect();
            }
            Effect::Redraw
            | Effect::ViewChanged
            | Effect::Consumed
            | Effect::Announce(_)
            | Effect::CursorChanged(_) => return Vec::new(),
            Effect::SelectionChanged => {
                let Selection { nodes, edges } = self.editor.selection().clone();
                let mut ids: Vec<String> = nodes.iter().map(|id| self.name(id.as_str())).collect();
                ids.extend(edges.iter().map(|id| self.name(id.as_str())));
                format!("select [{}]", ids.join(" "))
            }
            Effect::Refused(reason) => format!("refused: {reason}"),
            Effect::OpenPalette { screen, from, .. } => {
                let from = from.map_or(String::new(), |from| format!(" from {}", handle(&from)));
                format!("palette {},{}{from}", screen.x, screen.y)
            }
            Effect::Focus(id) => format!("focus {}", self.name(id.as_str())),
            Effect::OpenSettings(id) => format!("settings {id}"),
            Effect::Rename(target) => format!("rename {}", place(&target)),
            Effect::ContextMenu { target, .. } => format!("menu {}", place(&target)),
            Effect::CopyToClipboard { text, .. } => {
                format!("copy {} bytes", usize::from(text.len() > 20))
            }
            other => format!("{other:?}"),
        };
        vec![one]
    }

    /// Ids made on the way are called new1, new2, in the order they are met.
    fn name(&mut self, id: &str) -> String {
        if !id.starts_with("nod_") && !id.starts_with("edg_") {
            return id.to_owned();
        }
        let next = format!("new{}", self.names.len() + 1);
        self.names.entry(id.to_owned()).or_insert(next).clone()
    }

    fn change(&mut self, change: &Change) -> String {
        match change {
            Change::PutNode { node } => {
                let id = self.name(node.id.as_str());
                format!(
                    "node {id} {},{}",
                    node.position_x.pixels(),
                    node.position_y.pixels()
                )
            }
            Change::DeleteNode { id } => format!("delete {}", self.name(id.as_str())),
            Change::PutEdge { edge, .. } => {
                let label = edge.label.clone().unwrap_or_default();
                let [id, from, to] = [
                    edge.id.as_str(),
                    edge.from_node_id.as_str(),
                    edge.to_node_id.as_str(),
                ]
                .map(|id| self.name(id));
                format!("edge {id} {from} -{label}-> {to}")
            }
            Change::DeleteEdge { id } => format!("delete {}", self.name(id.as_str())),
            Change::SetTitle { title } => format!("title {title}"),
            Change::SetDescription { description } => format!("description {description}"),
            Change::SetSettings { .. } => "settings".to_owned(),
        }
    }
}

fn handle(handle: &HandleRef) -> String {
    format!("{}.{}", handle.node, handle.label.as_deref().unwrap_or("-"))
}

fn place(target: &Target) -> String {
    match target {
        Target::Canvas => "canvas".to_owned(),
        Target::Node(id) => id.to_string(),
        Target::Edge(id) => id.to_string(),
        Target::Handle(of) => handle(of),
        Target::EdgeEnd(id, end) => format!("{id} {end:?}"),
    }
}

fn modifiers(words: &[&str]) -> Modifiers {
    let has = |word: &str| words.contains(&word);
    Modifiers {
        shift: has("shift"),
        ctrl: has("ctrl"),
        alt: has("alt"),
        space: has("space"),
    }
}

fn pointer(words: &[&str], now_ms: f64, moving: bool) -> Pointer {
    let has = |word: &str| words.contains(&word);
    let button = match () {
        () if moving => Button::None,
        () if has("middle") => Button::Middle,
        () if has("right") => Button::Right,
        () => Button::Left,
    };
    let touch = has("touch") || has("finger2");
    Pointer {
        id: if has("finger2") { 2 } else { 1 },
        at: Point::new(words[0].parse().unwrap(), words[1].parse().unwrap()),
        button,
        kind: if touch {
            PointerKind::Touch
        } else {
            PointerKind::Mouse
        },
        modifiers: modifiers(words),
        clicks: if has("double") { 2 } else { 1 },
        now_ms,
    }
}

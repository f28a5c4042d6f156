//! What people hear, and what they find.

use leadline_designer::*;
use leadline_model::*;

use super::desk::*;

#[test]
fn names() {
    let mut definition = sample();
    definition.nodes[0].label = "First attempt".to_owned();
    definition.nodes[3].label = String::new();
    let desk = Desk::new(definition);
    let editor = &desk.editor;
    for (id, leads, expected) in [
        (
            "call",
            Some(12),
            "Voice call First attempt, 3 outputs, 2 unconnected, 12 leads",
        ),
        (
            "call",
            Some(1),
            "Voice call First attempt, 3 outputs, 2 unconnected, 1 lead",
        ),
        ("wait", None, "Delay wait, 1 output"),
        ("end", None, "Converted end, leads end here"),
        ("lone", None, "Application action, 2 outputs, 2 unconnected"),
        ("gone", None, ""),
    ] {
        assert_eq!(editor.node_name(&nid(id), leads), expected);
    }
    let handle = |node, label| editor.handle_name(&HandleRef::new(&nid(node), label));
    assert_eq!(
        handle("call", Some("COMPLETED")),
        "COMPLETED of First attempt, leads to Delay wait"
    );
    assert_eq!(
        handle("call", Some("DNP")),
        "DNP of First attempt, not connected"
    );
    assert_eq!(editor.edge_name(&eid("e2")), "Next, from wait to end");
}

#[test]
fn the_outline_follows_the_graph_from_the_entry() {
    let mut definition = sample();
    definition.nodes[0].is_entry = true;
    definition
        .edges
        .push(edge("e3", "call", Some("DNP"), "call"));
    definition
        .edges
        .push(edge("e4", "lone", Some("FAILURE"), "end"));
    let desk = Desk::new(definition);
    let outline = desk.editor.outline();
    let lines: Vec<String> = outline
        .iter()
        .map(|item| {
            format!(
                "{}{}{}",
                "  ".repeat(item.depth),
                if item.reached { "" } else { "! " },
                item.text
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "Voice call call",
            "  COMPLETED: Delay wait",
            "    Converted end",
            "  DNP: Voice call call (see there)",
            "! Application action lone",
            "  ! FAILURE: Converted end (see there)",
        ]
    );
    assert_eq!(outline[1].via, Some(eid("e1")));
}

#[test]
fn finding() {
    let mut definition = sample();
    definition.nodes[0].label = "Call back".to_owned();
    definition.nodes[1].label = "After the call".to_owned();
    if let NodeConfig::Application(action) = &mut definition.nodes[3].config {
        let url = Some("https://example.com/Hook".to_owned());
        *action = Application::Webhook(Webhook {
            url,
            ..Webhook::default()
        });
    }
    let desk = Desk::new(definition);
    for (text, expected) in [
        ("call", "call wait"),
        ("CALL b", "call"),
        ("delay", "wait"),
        ("example.com/hook", "lone"),
        ("LONE", "lone"),
        ("url", ""),
        ("  ", ""),
        ("nothing like it", ""),
    ] {
        let found: Vec<String> = desk
            .editor
            .find(text)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found.join(" "), expected, "{text}");
    }
}

//! The workflows to begin with.

use std::collections::{BTreeMap, BTreeSet};

use leadline_designer::*;
use leadline_model::validate::{Context, Tools, validate};
use leadline_model::*;

struct NoTools;

impl Tools for NoTools {
    fn template_variables(&self, _: &str) -> Result<BTreeSet<String>, String> {
        Ok(BTreeSet::new())
    }
    fn knows_timezone(&self, _: &str) -> bool {
        true
    }
}

#[test]
fn only_agents_and_numbers_are_missing() {
    let all = templates(&mut Ids::new(1));
    assert_eq!(all.len(), 3);
    let (agents, phone_numbers, account) = (BTreeMap::new(), BTreeMap::new(), Account::default());
    for template in all {
        let definition = &template.definition;
        definition.check().unwrap();
        assert_eq!(definition.title, template.title);
        let context = Context {
            agents: &agents,
            phone_numbers: &phone_numbers,
            account: &account,
            variable_keys: None,
            tools: &NoTools,
        };
        for finding in validate(definition, context).iter() {
            let open = [FindingCode::MissingAgent, FindingCode::MissingPhoneNumber];
            assert!(
                open.contains(&finding.code),
                "{}: {finding:?}",
                template.key
            );
        }
        let mut editor = Editor::new(definition.clone(), Ids::new(2));
        let rects: Vec<Rect> = editor.node_rects().map(|(_, rect)| rect).collect();
        for (i, rect) in rects.iter().enumerate() {
            assert!(
                rects[i + 1..].iter().all(|other| !rect.touches(other)),
                "{}",
                template.key
            );
        }
        editor.run(Command::Tidy, 0.0);
        assert_eq!(editor.definition(), definition, "{} is tidy", template.key);
    }
}

#[test]
fn ids_are_new_each_time() {
    let mut ids = Ids::new(1);
    let all: Vec<Template> = (0..2).flat_map(|_| templates(&mut ids)).collect();
    let nodes: Vec<&NodeId> = all
        .iter()
        .flat_map(|t| &t.definition.nodes)
        .map(|n| &n.id)
        .collect();
    let distinct: BTreeSet<&&NodeId> = nodes.iter().collect();
    assert_eq!(distinct.len(), nodes.len());
    assert_ne!(
        templates(&mut Ids::new(2))[0].definition.nodes[0].id,
        *nodes[0]
    );
}

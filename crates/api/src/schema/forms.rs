//! Things that come in several forms, such as nodes of each type. The file of schemas writes what the forms
//! share once; published is a whole schema for each form, since what reads documents does not put halves
//! together.

use leadline_model::schema::Named;
use serde_json::{Map, Value, json};

/// Makes a schema of each form of everything that names a `discriminator`: a form's `title` is its name.
pub(super) fn written_out(mut written: Named) -> Named {
    let names: Vec<String> = written.keys().cloned().collect();
    for name in names {
        if let Some(forms) = written.get_mut(&name).and_then(take_forms) {
            written.extend(forms);
        }
    }
    written
}

/// The forms of a schema, by their names; the schema is left to say which there are.
fn take_forms(schema: &mut Value) -> Option<Vec<(String, Value)>> {
    let shared = schema.as_object_mut()?;
    let by = shared
        .get("discriminator")?
        .get("propertyName")?
        .as_str()?
        .to_owned();
    let Some(Value::Array(forms)) = shared.remove("oneOf") else {
        return None;
    };
    let mut choice = Map::new();
    for word in ["description", "examples"] {
        if let Some(said) = shared.remove(word) {
            choice.insert(word.to_owned(), said);
        }
    }
    shared.remove("discriminator");
    let (mut found, mut ways, mut mapping) = (Vec::new(), Vec::new(), Map::new());
    for form in forms {
        let name = form["title"].as_str()?.to_owned();
        let place = format!("#/components/schemas/{name}");
        let constant = form["properties"][&by]["const"].as_str()?.to_owned();
        ways.push(json!({ "$ref": place }));
        mapping.insert(constant, place.into());
        found.push((name, whole(shared, form)?));
    }
    choice.insert("oneOf".to_owned(), ways.into());
    let discriminator = json!({"propertyName": by, "mapping": mapping});
    choice.insert("discriminator".to_owned(), discriminator);
    *schema = Value::Object(choice);
    Some(found)
}

/// A form with what all of them share.
fn whole(shared: &Map<String, Value>, form: Value) -> Option<Value> {
    let Value::Object(mut own) = form else {
        return None;
    };
    own.remove("title");
    let mut whole = shared.clone();
    whole.insert("type".to_owned(), "object".into());
    for (word, rule) in own {
        match (whole.get_mut(&word), rule) {
            (Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
            (Some(Value::Array(there)), Value::Array(more)) => {
                let new = more.into_iter().filter(|one| !there.contains(one));
                let new: Vec<Value> = new.collect();
                there.extend(new);
            }
            (_, rule) => {
                whole.insert(word, rule);
            }
        }
    }
    Some(Value::Object(whole))
}

//! What a JSON schema asks for, as fields of a form; and what was typed into them, as the answer.

use leadline_model::{Number, Value, Variables, json};

/// The control of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Control {
    /// One line of text.
    Line,
    /// Several lines of text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    YesNo,
    /// One of these values.
    Choice(Vec<Value>),
    /// Anything else: JSON.
    Json,
}

/// One field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The key; empty when the answer is no object but this value alone.
    pub key: String,
    /// What people read.
    pub label: String,
    /// How to fill it in.
    pub help: String,
    /// Its control.
    pub control: Control,
    /// Whether it must be there.
    pub required: bool,
    /// What stands there at first.
    pub first: String,
}

fn text<'a>(rules: &'a Variables, key: &str) -> Option<&'a str> {
    match rules.get(key) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Texts longer than this are written on several lines.
const LINE: i64 = 120;

fn control(rules: &Variables) -> Control {
    if let Some(Value::List(choices)) = rules.get("enum") {
        return Control::Choice(choices.clone());
    }
    match text(rules, "type") {
        Some("string") => {
            let long = |key| matches!(rules.get(key), Some(Value::Number(n)) if *n > LINE.into());
            if long("maxLength") {
                Control::Text
            } else {
                Control::Line
            }
        }
        Some("number" | "integer") => Control::Number,
        Some("boolean") => Control::YesNo,
        _ => Control::Json,
    }
}

/// The bounds in words.
fn bounds(rules: &Variables) -> Option<String> {
    let number = |key: &str| match rules.get(key) {
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let words = |least: Option<String>, most: Option<String>, of: &str| match (least, most) {
        (Some(least), Some(most)) => Some(format!("From {least} to {most}{of}.")),
        (Some(least), None) => Some(format!("At least {least}{of}.")),
        (None, Some(most)) => Some(format!("At most {most}{of}.")),
        (None, None) => None,
    };
    words(number("minimum"), number("maximum"), "")
        .or_else(|| words(number("minLength"), number("maxLength"), " characters"))
}

fn field(key: &str, schema: &Value, required: bool) -> Field {
    let none = Variables::new();
    let rules = match schema {
        Value::Map(rules) => rules,
        _ => &none,
    };
    let control = control(rules);
    let json = matches!(control, Control::Json).then(|| "Written as JSON.".to_owned());
    let parts = [
        text(rules, "description").map(str::to_owned),
        bounds(rules),
        json,
    ];
    let help: Vec<String> = parts.into_iter().flatten().collect();
    let label = text(rules, "title").unwrap_or(if key.is_empty() { "Answer" } else { key });
    let first = rules.get("default").map(|value| typed(&control, value));
    Field {
        key: key.to_owned(),
        label: label.to_owned(),
        help: help.join(" "),
        required,
        first: first.unwrap_or_default(),
        control,
    }
}

/// The fields a schema asks for: those that must be there first.
pub fn fields(schema: &Value) -> Vec<Field> {
    let Value::Map(rules) = schema else {
        return vec![field("", schema, true)];
    };
    let Some(Value::Map(properties)) = rules.get("properties") else {
        return vec![field("", schema, true)];
    };
    let required: Vec<String> = match rules.get("required") {
        Some(Value::List(names)) => names.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    let known = |name: &&String| properties.contains_key(*name);
    let others = properties.keys().filter(|name| !required.contains(name));
    let names = required.iter().filter(known).chain(others);
    names
        .filter_map(|name| Some(field(name, properties.get(name)?, required.contains(name))))
        .collect()
}

/// A value as its control shows it.
fn typed(control: &Control, value: &Value) -> String {
    match control {
        Control::Choice(choices) => {
            let at = choices.iter().position(|choice| choice == value);
            at.map(|at| at.to_string()).unwrap_or_default()
        }
        Control::Json => serde_json::to_string(value).unwrap_or_default(),
        _ => value.to_string(),
    }
}

/// What was typed into a field; `None` when it was left empty.
///
/// # Errors
///
/// It cannot be read, in words.
pub fn read(field: &Field, typed: &str) -> Result<Option<Value>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    Ok(Some(match &field.control {
        Control::Line => Value::from(typed.trim()),
        Control::Text => Value::from(typed),
        Control::Number => {
            let number = Number::parse(typed.trim());
            Value::Number(number.map_err(|_| "must be a number".to_owned())?)
        }
        Control::YesNo => Value::from(typed == "true"),
        Control::Choice(choices) => {
            let chosen = typed.parse::<usize>().ok();
            let chosen = chosen.and_then(|at| choices.get(at).cloned());
            chosen.ok_or_else(|| "must be one of the choices".to_owned())?
        }
        Control::Json => json::from_text(typed).map_err(|error| format!("is no JSON: {error}"))?,
    }))
}

/// The answer made of all fields, or what is wrong with each by its place.
pub fn answer(fields: &[Field], typed: &[String]) -> Result<Value, Vec<(usize, String)>> {
    let mut wrong = Vec::new();
    let mut object = Variables::new();
    for (at, (field, typed)) in fields.iter().zip(typed).enumerate() {
        match read(field, typed) {
            Ok(Some(value)) if field.key.is_empty() => return Ok(value),
            Ok(Some(value)) => drop(object.insert(field.key.clone(), value)),
            Ok(None) if field.required => wrong.push((at, "is needed".to_owned())),
            Ok(None) => {}
            Err(problem) => wrong.push((at, problem)),
        }
    }
    match wrong.is_empty() {
        true => Ok(Value::Map(object)),
        false => Err(wrong),
    }
}

/// The field a problem is about, by its path `input.key`, and what is wrong in words.
pub fn place(fields: &[Field], problem: &str) -> Option<(usize, String)> {
    let (path, words) = problem.strip_prefix('`')?.split_once('`')?;
    let key = path.strip_prefix("input").unwrap_or(path);
    let key = key.strip_prefix('.').unwrap_or(key);
    let at = fields.iter().position(|field| {
        let inner = key.strip_prefix(field.key.as_str());
        inner.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })?;
    Some((at, words.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn schema() -> Value {
        serde_json::from_str(
            r#"{"type": "object", "required": ["team", "amount"], "properties": {
                "amount": {"type": "integer", "minimum": 1, "maximum": 9},
                "note": {"type": "string", "maxLength": 500},
                "team": {"enum": ["east", 7]},
                "tags": {"type": "array"},
                "vip": {"type": "boolean", "default": true, "title": "Important?"}}}"#,
        )
        .unwrap()
    }

    #[test]
    fn a_schema_becomes_fields() {
        let fields = fields(&schema());
        let shown: Vec<_> = fields
            .iter()
            .map(|f| {
                (
                    f.label.as_str(),
                    f.required,
                    f.help.as_str(),
                    f.first.as_str(),
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("team", true, "", ""),
                ("amount", true, "From 1 to 9.", ""),
                ("note", false, "At most 500 characters.", ""),
                ("tags", false, "Written as JSON.", ""),
                ("Important?", false, "", "true"),
            ]
        );
        assert_eq!(fields[2].control, Control::Text);
    }

    #[test]
    fn what_is_typed_becomes_the_answer() {
        let fields = fields(&schema());
        let typed = |texts: [&str; 5]| answer(&fields, &texts.map(str::to_owned));
        let value = typed(["1", "3", "", "[1]", "false"]).unwrap();
        assert_eq!(
            serde_json::to_string(&value).unwrap(),
            r#"{"amount":3,"tags":[1],"team":7,"vip":false}"#
        );
        let wrong = typed(["", "x", "", "[", ""]).unwrap_err();
        let places: Vec<usize> = wrong.iter().map(|(at, _)| *at).collect();
        assert_eq!(places, [0, 1, 3]);
        assert_eq!(
            place(&fields, "`input.amount` must be at most 9"),
            Some((1, "must be at most 9".to_owned()))
        );
        assert_eq!(
            place(&fields, "`input.tags[0]` must be a text").unwrap().0,
            3
        );
        assert_eq!(place(&fields, "`input.other` is missing"), None);
    }

    #[test]
    fn a_value_alone_is_one_field() {
        let schema = serde_json::from_str(r#"{"type": "number"}"#).unwrap();
        let fields = fields(&schema);
        assert_eq!(answer(&fields, &["2.50".to_owned()]).unwrap(), {
            Value::Number(Number::parse("2.5").unwrap())
        });
        assert_eq!(place(&fields, "`input` must be at most 2").unwrap().0, 0);
    }
}

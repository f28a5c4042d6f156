//! Templates (`Hello {{ first_name }}`): what they use, and rendering them with bounded work.

use std::collections::{BTreeMap, BTreeSet};

use leadline_model::{Value, Variables};
use minijinja::{Environment, ErrorKind};

/// Instructions a template may execute; a loop over a few thousand items fits.
const FUEL: u64 = 50_000;
/// The longest text a template may render to, in bytes.
const MAX_RENDERED: usize = 256 * 1024;

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(32);
    environment
}

/// The variables a template uses, nested ones with dots; or why it cannot be read.
pub fn check_template(template: &str) -> Result<BTreeSet<String>, String> {
    if !template.contains(['{', '}']) {
        return Ok(BTreeSet::new());
    }
    let environment = environment();
    let parsed = environment
        .template_from_str(template)
        .map_err(|error| words(&error))?;
    Ok(parsed.undeclared_variables(true).into_iter().collect())
}

/// What a template can see of a lead.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Scope {
    /// The lead's variables, at the top level too.
    #[serde(flatten)]
    pub variables: Variables,
    /// `lead.<key>`, `lead.id`, `lead.phone_number`.
    pub lead: Variables,
    /// `call.status`, `call.outcome`, `call.analysis.<key>`.
    pub call: BTreeMap<&'static str, Value>,
    /// `application.status`, `application.body.<key>`.
    pub application: BTreeMap<&'static str, Value>,
}

/// Renders a template. A variable that is missing is the empty text.
pub fn render(template: &str, scope: &impl serde::Serialize) -> Result<String, String> {
    if !template.contains(['{', '}']) {
        return Ok(template.to_owned());
    }
    let rendered = environment()
        .render_str(template, scope)
        .map_err(|error| words(&error))?;
    if rendered.len() > MAX_RENDERED {
        return Err(format!("it renders to more than {MAX_RENDERED} bytes"));
    }
    Ok(rendered)
}

/// Renders a template; one that is a single `{{ expression }}` gives the expression's value, whatever
/// its type. What is missing is `null`.
pub fn evaluate(template: &str, scope: &impl serde::Serialize) -> Result<Value, String> {
    let inner = template.trim().strip_prefix("{{");
    let inner = inner.and_then(|rest| rest.strip_suffix("}}"));
    let single = inner.filter(|inner| !inner.contains("{{") && !inner.contains("}}"));
    let Some(expression) = single else {
        return render(template, scope).map(Value::Text);
    };
    let environment = environment();
    let found = environment
        .compile_expression(expression.trim_matches('-'))
        .and_then(|expression| expression.eval(scope))
        .map_err(|error| words(&error))?;
    if found.is_undefined() {
        return Ok(Value::Null);
    }
    let json = serde_json::to_vec(&found).map_err(|error| error.to_string())?;
    if json.len() > MAX_RENDERED {
        return Err(format!("it comes to more than {MAX_RENDERED} bytes"));
    }
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

fn words(error: &minijinja::Error) -> String {
    let what = match error.kind() {
        ErrorKind::SyntaxError => "syntax error".to_owned(),
        ErrorKind::OutOfFuel => "it does too much work".to_owned(),
        kind => kind.to_string(),
    };
    let detail = error
        .detail()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    let line = error
        .line()
        .map(|line| format!(" (line {line})"))
        .unwrap_or_default();
    format!("{what}{detail}{line}")
}

/// Whether a time zone of this IANA name exists.
pub fn knows_timezone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Templates and time zones, for validation.
pub struct Tools;

impl leadline_model::validate::Tools for Tools {
    fn template_variables(&self, template: &str) -> Result<BTreeSet<String>, String> {
        check_template(template)
    }

    fn knows_timezone(&self, name: &str) -> bool {
        knows_timezone(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_named() {
        for (template, expected) in [
            ("Hello", vec![]),
            (
                "Hello {{ first_name }}, {{ lead.city }}",
                vec!["first_name", "lead.city"],
            ),
            ("{% for i in items %}{{ i }}{% endfor %}", vec!["items"]),
        ] {
            let used = check_template(template).unwrap_or_default();
            assert_eq!(
                used.iter().map(String::as_str).collect::<Vec<_>>(),
                expected
            );
        }
        assert!(check_template("{{ oops").is_err());
    }

    #[test]
    fn work_is_bounded() {
        let scope = Scope::default();
        let endless =
            "{% for i in range(10000) %}{% for j in range(10000) %}x{% endfor %}{% endfor %}";
        assert!(render(endless, &scope).is_err());
        assert_eq!(render("a{{ missing }}b", &scope), Ok("ab".into()));
    }
}

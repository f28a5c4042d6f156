//! Templates (`Hello {{ first_name }}`): what they use, and rendering them with bounded work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use leadline_model::{Value, Variables};
use minijinja::value::Value as Dynamic;
use minijinja::{Environment, ErrorKind};

/// Instructions a template may execute; a loop over some hundred items fits.
const FUEL: u64 = 20_000;
/// The longest text a template may render to, in bytes.
const MAX_RENDERED: usize = 256 * 1024;
/// Operators that join texts or repeat them, in one template: each may copy what it joins.
const MAX_JOINS: usize = 64;
/// Items of a `range`.
const MAX_RANGE: i64 = 1_000;

/// What templates can do, made ready once.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(environment);

/// What templates can do: no more than is bounded, and the same on every platform. There is no way to
/// keep a text and join it with itself again and again.
fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(32);
    use minijinja::{filters, tests};
    environment.add_filter("upper", filters::upper);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("title", filters::title);
    environment.add_filter("capitalize", filters::capitalize);
    environment.add_filter("trim", filters::trim);
    environment.add_filter("default", filters::default);
    environment.add_filter("d", filters::default);
    environment.add_filter("length", filters::length);
    environment.add_filter("count", filters::length);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("int", filters::int);
    environment.add_filter("float", filters::float);
    environment.add_filter("abs", filters::abs);
    environment.add_filter("round", filters::round);
    environment.add_filter("min", filters::min);
    environment.add_filter("max", filters::max);
    environment.add_filter("sum", filters::sum);
    environment.add_filter("sort", filters::sort);
    environment.add_filter("unique", filters::unique);
    environment.add_filter("reverse", filters::reverse);
    environment.add_filter("items", filters::items);
    environment.add_filter("list", filters::list);
    environment.add_filter("bool", filters::bool);
    environment.add_filter("string", filters::string);
    environment.add_filter("join", join);
    environment.add_filter("replace", replace);
    environment.add_filter("tojson", tojson);
    environment.add_test("defined", tests::is_defined);
    environment.add_test("undefined", tests::is_undefined);
    environment.add_test("none", tests::is_none);
    environment.add_test("number", tests::is_number);
    environment.add_test("string", tests::is_string);
    environment.add_test("true", tests::is_true);
    environment.add_test("false", tests::is_false);
    environment.add_test("odd", tests::is_odd);
    environment.add_test("even", tests::is_even);
    environment.add_test("in", tests::is_in);
    environment.add_function("range", range);
    environment
}

/// The functions that are there without anybody giving them.
const FUNCTIONS: [&str; 1] = ["range"];

fn too_long() -> minijinja::Error {
    let words = format!("it would be longer than {MAX_RENDERED} bytes");
    minijinja::Error::new(ErrorKind::InvalidOperation, words)
}

fn join(items: &Dynamic, between: Option<&str>) -> Result<String, minijinja::Error> {
    let between = between.unwrap_or("");
    let mut joined = String::new();
    for (index, item) in items.try_iter()?.enumerate() {
        if index > 0 {
            joined.push_str(between);
        }
        match item.as_str() {
            Some(text) => joined.push_str(text),
            None => joined.push_str(&item.to_string()),
        }
        if joined.len() > MAX_RENDERED {
            return Err(too_long());
        }
    }
    Ok(joined)
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, minijinja::Error> {
    let longest = text.matches(from).count().saturating_mul(to.len());
    if longest.saturating_add(text.len()) > MAX_RENDERED {
        return Err(too_long());
    }
    Ok(text.replace(from, to))
}

fn tojson(value: &Dynamic) -> Result<String, minijinja::Error> {
    let json = serde_json::to_string(value);
    let json = json
        .map_err(|error| minijinja::Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    match json.len() > MAX_RENDERED {
        true => Err(too_long()),
        false => Ok(json),
    }
}

fn range(first: i64, end: Option<i64>) -> Result<Vec<i64>, minijinja::Error> {
    let (first, end) = end.map_or((0, first), |end| (first, end));
    match end
        .checked_sub(first)
        .is_some_and(|items| items <= MAX_RANGE)
    {
        true => Ok((first..end).collect()),
        false => Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            format!("a range has at most {MAX_RANGE} items"),
        )),
    }
}

/// Refuses what could grow without bound, or differ between platforms: statements other than `if` and
/// `for`, powers, and too many operators that copy texts.
fn check_bounded(template: &str) -> Result<(), String> {
    let mut joins = 0;
    let mut rest = template;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let statement = rest[at..].starts_with("{%");
        let inside = &rest[at + 2..];
        if statement {
            let words = inside.trim_start_matches(['-', '+']).trim_start();
            let word: &str = words
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()
                .unwrap_or_default();
            if !["if", "elif", "else", "endif", "for", "endfor"].contains(&word) {
                let word: String = word.chars().take(40).collect();
                return Err(format!(
                    "`{{% {word} %}}` is not possible; `if` and `for` are"
                ));
            }
        }
        let end = scan(inside, &mut joins)?;
        rest = &inside[end..];
    }
    match joins > MAX_JOINS {
        true => Err(format!("it has more than {MAX_JOINS} of `~`, `+` and `*`")),
        false => Ok(()),
    }
}

/// Counts the operators of an expression up to its end, outside of its texts.
fn scan(inside: &str, joins: &mut usize) -> Result<usize, String> {
    let bytes = inside.as_bytes();
    let (mut at, mut quote, mut open) = (0, None, 0);
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(bytes[at]),
            (None, b'*') if bytes.get(at + 1) == Some(&b'*') => {
                return Err("powers (`**`) are not possible".to_owned());
            }
            (None, b'~' | b'+' | b'*') => *joins += 1,
            (None, b'{') => open += 1,
            (None, b'}') if open > 0 => open -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Ok(at),
            (None, b'}') => return Err("a brace is closed that was not opened".to_owned()),
            (None, b'%') if bytes.get(at + 1) == Some(&b'}') => return Ok(at),
            _ => {}
        }
        at += 1;
    }
    Ok(inside.len())
}

/// The variables a template uses, nested ones with dots; or why it cannot be read.
pub fn check_template(template: &str) -> Result<BTreeSet<String>, String> {
    if !template.contains(['{', '}']) {
        return Ok(BTreeSet::new());
    }
    check_bounded(template)?;
    let parsed = ENVIRONMENT
        .template_from_str(template)
        .map_err(|error| words(&error))?;
    let used = parsed.undeclared_variables(true).into_iter();
    Ok(used
        .filter(|name| !FUNCTIONS.contains(&name.as_str()))
        .collect())
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

/// What several templates of one step see, made ready once.
#[derive(Debug, serde::Serialize)]
#[serde(transparent)]
pub struct Context(Dynamic);

impl Context {
    /// Makes a scope ready.
    pub fn of(scope: &impl serde::Serialize) -> Context {
        Context(Dynamic::from_serialize(scope))
    }
}

/// Renders a template. A variable that is missing is the empty text.
pub fn render(template: &str, scope: &impl serde::Serialize) -> Result<String, String> {
    if !template.contains(['{', '}']) {
        return Ok(template.to_owned());
    }
    check_bounded(template)?;
    let mut rendered = Bounded(Vec::new());
    let template = ENVIRONMENT.template_from_str(template);
    let template = template.map_err(|error| words(&error))?;
    template
        .render_captured_to(scope, &mut rendered)
        .map_err(|error| match error.kind() {
            ErrorKind::WriteFailure => {
                format!("it renders to more than {MAX_RENDERED} bytes")
            }
            _ => words(&error),
        })?;
    String::from_utf8(rendered.0).map_err(|error| error.to_string())
}

/// Takes no more than a template may render to.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_RENDERED {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The expression of a template that is nothing else.
fn single_expression(template: &str) -> Result<Option<&str>, String> {
    let Some(inside) = template.strip_prefix("{{") else {
        return Ok(None);
    };
    let end = scan(inside, &mut 0)?;
    let expression = inside[..end].trim_matches('-');
    let alone = inside[end..] == *"}}" && !expression.trim().is_empty();
    Ok(alone.then_some(expression))
}

/// Renders a template; one that is a single `{{ expression }}` gives the expression's value, whatever
/// its type. What is missing is `null`.
pub fn evaluate(template: &str, scope: &impl serde::Serialize) -> Result<Value, String> {
    let Some(expression) = single_expression(template.trim())? else {
        return render(template, scope).map(Value::Text);
    };
    check_bounded(template)?;
    let expression = ENVIRONMENT.compile_expression(expression);
    let expression = expression.map_err(|error| words(&error))?;
    let found = expression.eval(scope).map_err(|error| words(&error))?;
    if found.is_undefined() {
        return Ok(Value::Null);
    }
    let json = serde_json::to_vec(&found).map_err(|error| error.to_string())?;
    if json.len() > MAX_RENDERED {
        return Err(format!("it comes to more than {MAX_RENDERED} bytes"));
    }
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}

/// Whether an operation was refused by one of the functions above.
fn ours(error: &minijinja::Error) -> bool {
    let detail = error.detail().unwrap_or_default();
    detail.ends_with(" bytes") || detail.ends_with(" items")
}

fn words(error: &minijinja::Error) -> String {
    let what = match error.kind() {
        ErrorKind::SyntaxError => "syntax error".to_owned(),
        ErrorKind::OutOfFuel => "it does too much work".to_owned(),
        // What operators say of themselves differs between platforms; it becomes part of a history.
        ErrorKind::InvalidOperation if !ours(error) => {
            return "an operation does not fit its values".to_owned();
        }
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
    #![allow(clippy::unwrap_used)]
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
        let big = "x".repeat(60_000);
        let items: Vec<Value> = vec![Value::from(big.as_str()); 50];
        let scope = BTreeMap::from([
            ("big", Value::from(big.as_str())),
            ("items", Value::List(items)),
        ]);
        let many = "{{ big ~ big }}".repeat(100);
        for (template, told) in [
            (
                "{% for i in range(1000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}",
                "it does too much work",
            ),
            (
                "{% for i in range(5000) %}x{% endfor %}",
                "at most 1000 items",
            ),
            ("{{ \"x\"|indent(1000000000000000000) }}", "unknown filter"),
            ("{{ big|replace(\"x\", big) }}", "longer than 262144 bytes"),
            ("{{ items|join(big) }}", "longer than 262144 bytes"),
            (
                "{% for i in range(9) %}{{ big }}{% endfor %}",
                "renders to more than 262144 bytes",
            ),
            (
                "{{ \"x\" * 5000000000 }}",
                "an operation does not fit its values",
            ),
            ("{{ 2 ** 0.5 }}", "powers (`**`) are not possible"),
            ("{% set s = big ~ big %}", "`{% set %}` is not possible"),
            (
                "{%- macro m() -%}{% endmacro %}",
                "`{% macro %}` is not possible",
            ),
            (many.as_str(), "more than 64 of `~`, `+` and `*`"),
        ] {
            let rendered = render(template, &scope).unwrap_err();
            assert!(rendered.contains(told), "{template}: {rendered}");
            let evaluated = evaluate(template, &scope).unwrap_err();
            assert!(!evaluated.is_empty());
        }
        assert_eq!(render("a{{ missing }}b", &scope), Ok("ab".into()));
    }

    #[test]
    fn a_single_expression_keeps_its_type() {
        let scope = BTreeMap::from([("n", Value::from(3i64)), ("name", Value::from("Ann"))]);
        for (template, json) in [
            ("{{ n * 2 }}", "6"),
            ("{{- n > 2 -}}", "true"),
            ("{{ {\"a\": {\"b\": n}} }}", r#"{"a":{"b":3}}"#),
            ("{{ [n, name] }}", r#"[3,"Ann"]"#),
            ("{{ missing }}", "null"),
            ("{{ n }}{{ n }}", r#""33""#),
            ("{{ \"}}\" }} and {{ name|upper }}", r#""}} and ANN""#),
            ("{{ name|default(\"nobody\") }}", r#""Ann""#),
            ("{{ \"{{\" }}", r#""{{""#),
        ] {
            let value = evaluate(template, &scope).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), json, "{template}");
        }
    }
}

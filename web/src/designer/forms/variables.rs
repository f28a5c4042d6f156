//! Finds the variables in a prompt or template, to mark them. What a template means is decided by
//! the engine; this only points at what looks like a lead's variable.

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// `{{ … }}` that reads one of the lead's variables.
    Variable {
        /// Its key.
        key: String,
        /// As it was written.
        source: String,
    },
}

/// What a variable of a lead may be written after.
const LEAD: &str = "lead.";
/// Beginnings of expressions that are not variables of the lead.
const OTHERS: [&str; 4] = ["call.", "application.", "visits.", "workflow."];
/// Fields every lead has.
const BUILT_IN: [&str; 2] = ["lead.phone_number", "lead.id"];

/// Cuts a text into pieces.
pub fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut list = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(length) = rest[open..].find("}}") else {
            break;
        };
        if open > 0 {
            list.push(Piece::Text(rest[..open].to_owned()));
        }
        let source = &rest[open..open + length + 2];
        list.push(piece(source));
        rest = &rest[open + length + 2..];
    }
    if !rest.is_empty() {
        list.push(Piece::Text(rest.to_owned()));
    }
    list.into_iter()
}

fn piece(source: &str) -> Piece {
    let inner = source.trim_start_matches("{{").trim_end_matches("}}");
    let expression = inner.split('|').next().unwrap_or_default().trim();
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-');
    let plain = !expression.is_empty() && expression.chars().all(is_name);
    let other = OTHERS.iter().any(|start| expression.starts_with(start));
    if !plain || other || BUILT_IN.contains(&expression) {
        return Piece::Text(source.to_owned());
    }
    let key = expression.strip_prefix(LEAD).unwrap_or(expression);
    let key = key.split('.').next().unwrap_or(key).to_owned();
    Piece::Variable {
        key,
        source: source.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, keys: &[&str]) {
        let found: Vec<String> = pieces(text)
            .filter_map(|piece| match piece {
                Piece::Variable { key, .. } => Some(key),
                Piece::Text(_) => None,
            })
            .collect();
        assert_eq!(found, keys, "{text}");
        let whole: String = pieces(text)
            .map(|piece| match piece {
                Piece::Text(text) | Piece::Variable { source: text, .. } => text,
            })
            .collect();
        assert_eq!(whole, text, "nothing is lost");
    }

    #[test]
    fn variables_are_found() {
        check("Hello {{ first_name }}!", &["first_name"]);
        check("{{lead.city}} {{ lead.phone_number }}", &["city"]);
        check("{{ call.analysis.mood }} {{ n | upper }}", &["n"]);
        check("{{ open", &[]);
        check("}} {{ }} {{ 'text' }}", &[]);
        check("é{{ ü }}é", &["ü"]);
    }
}

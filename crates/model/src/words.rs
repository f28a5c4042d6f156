//! What every home of the engine says alike.

/// A message with a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let mut sentence: String = first.chain(chars).collect();
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

/// What came of an enrolment.
pub fn enrolment(enrolled: u64, skipped: u64) -> String {
    let leads = |n: u64| match n {
        1 => "1 lead".to_owned(),
        n => format!("{n} leads"),
    };
    match skipped {
        0 => format!("{} enrolled.", leads(enrolled)),
        _ => format!(
            "{} enrolled; {} skipped, enrolled already.",
            leads(enrolled),
            leads(skipped)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_sentences() {
        for (text, want) in [
            ("it is", "It is."),
            ("Done.", "Done."),
            ("", "."),
            ("über", "Über."),
        ] {
            assert_eq!(sentence(text), want);
        }
    }
}

//! What a file from outside must satisfy before it is parsed: its size and how deeply it nests.
//!
//! One pass over the bytes without recursion or allocation, so that neither a bomb of brackets nor a
//! huge file costs more than a look.

/// Why a file is not parsed at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GuardError {
    /// It is too large.
    #[error("the file has {} MiB and at most {} MiB can be read", .size >> 20, .limit >> 20)]
    TooLarge {
        /// Its bytes.
        size: usize,
        /// The most that is read.
        limit: usize,
    },
    /// It nests too deeply.
    #[error("the file nests deeper than {limit} levels, which no file of ours does")]
    TooDeep {
        /// The deepest that is read.
        limit: usize,
    },
}

/// Refuses a JSON text that is too large or nests too deeply.
pub fn check(json: &str, max_size: usize, max_depth: usize) -> Result<(), GuardError> {
    if json.len() > max_size {
        return Err(GuardError::TooLarge {
            size: json.len(),
            limit: max_size,
        });
    }
    let (mut depth, mut in_text, mut escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                depth += 1;
                if depth > max_depth {
                    return Err(GuardError::TooDeep { limit: max_depth });
                }
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_counted_outside_of_texts() {
        for (json, fits) in [
            ("[[[]]]", true),
            ("[[[[]]]]", false),
            (r#"["[[[[[[", {}]"#, true),
            (r#"["\"[[[[[", []]"#, true),
            (r#"["\\", [[[]]]]"#, false),
            ("[][][][][]", true),
            ("]]]][[[", true),
        ] {
            assert_eq!(check(json, 100, 3).is_ok(), fits, "{json}");
        }
        assert_eq!(
            check("[]", 1, 3),
            Err(GuardError::TooLarge { size: 2, limit: 1 })
        );
    }
}

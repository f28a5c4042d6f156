//! Command line arguments: words in order, and `--name value` or `--name=value` anywhere.
//! Whatever nobody asked for is an error, so that a typing mistake is never ignored.

use anyhow::{Context, Result, bail};

/// The arguments not yet taken.
pub struct Args(Vec<String>);

impl Args {
    /// The arguments of this process, without the program's own name.
    pub fn from_env() -> Self {
        Self(std::env::args().skip(1).collect())
    }

    /// Takes the next word that is not an option.
    pub fn next(&mut self) -> Option<String> {
        let first = self.0.first()?;
        (!first.starts_with('-')).then(|| self.0.remove(0))
    }

    /// Takes the value of an option, if the option is there.
    pub fn option(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        let Some(at) = self
            .0
            .iter()
            .position(|arg| arg == name || arg.starts_with(&joined))
        else {
            return Ok(None);
        };
        let arg = self.0.remove(at);
        if let Some(value) = arg.strip_prefix(&joined) {
            return Ok(Some(value.to_owned()));
        }
        if at == self.0.len() {
            bail!("{name} needs a value");
        }
        Ok(Some(self.0.remove(at)))
    }

    /// Takes the value of an option as a number.
    pub fn number(&mut self, name: &str) -> Result<Option<u16>> {
        self.option(name)?
            .map(|value| {
                value
                    .parse()
                    .with_context(|| format!("{name} needs a number up to 65535, not `{value}`"))
            })
            .transpose()
    }

    /// Takes the value of an option as a number of any size a measurement may want.
    pub fn large_number(&mut self, name: &str) -> Result<Option<u32>> {
        self.option(name)?
            .map(|value| {
                value
                    .parse()
                    .with_context(|| format!("{name} needs a number, not `{value}`"))
            })
            .transpose()
    }

    /// Takes an option without a value; whether it was there.
    pub fn flag(&mut self, name: &str) -> bool {
        let at = self.0.iter().position(|arg| arg == name);
        at.map(|at| self.0.remove(at)).is_some()
    }

    /// Fails when something is left over.
    pub fn finish(self) -> Result<()> {
        match self.0.first() {
            Some(extra) => bail!("nothing here takes `{extra}`; try `cargo xtask help`"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Args;

    fn args(words: &str) -> Args {
        Args(words.split_whitespace().map(str::to_owned).collect())
    }

    #[test]
    fn options_are_found_in_both_spellings_and_anywhere() {
        for words in [
            "--port 81 go",
            "go --port 81",
            "--port=81 go",
            "go --port=81",
        ] {
            let mut args = args(words);
            assert_eq!(args.number("--port").unwrap(), Some(81), "{words}");
            assert_eq!(args.next().as_deref(), Some("go"), "{words}");
            args.finish().unwrap();
        }
    }

    #[test]
    fn mistakes_are_refused() {
        assert!(args("--port").option("--port").is_err());
        assert!(args("--port 70000").number("--port").is_err());
        assert!(args("--prot 81").finish().is_err());
    }
}

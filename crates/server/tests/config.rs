//! The config file: which voice counts, what is refused, what is shown.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Folder, Running, key, leadline, workflow};

/// What `serve --print-config` prints, or why it is refused.
fn printed(file: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Result<String, String> {
    let folder = Folder::new();
    let path = folder.0.join("leadline.toml");
    std::fs::write(&path, file).unwrap();
    let start = [
        "serve",
        "--print-config",
        "--config",
        path.to_str().unwrap(),
    ];
    let mut command = leadline(&[&start, arguments].concat());
    let output = command.envs(environment.iter().copied()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    }
}

#[test]
fn the_command_line_counts_more_than_the_environment_and_that_more_than_the_file() {
    let file = "listen = \"127.0.0.1:1\"\ntick-ms = 20\nrate-limit = 30\nmetrics = true\nlog-json = true\n\
                webhook-secret = \"hidden\"\ncors-origin = [\"https://a.example\", \"https://b.example\"]\n";
    let environment = [
        ("LEADLINE_LISTEN", "127.0.0.1:2"),
        ("LEADLINE_TICK_MS", "21"),
    ];
    let arguments = ["--listen", "127.0.0.1:3", "--log-json=false"];
    let text = printed(file, &arguments, &environment).unwrap();
    for line in [
        "listen = \"127.0.0.1:3\"  # command line",
        "tick-ms = 21  # environment",
        "rate-limit = 30  # file",
        "metrics = true  # file",
        "log-json = false  # command line",
        "cors-origin = [\"https://a.example\", \"https://b.example\"]  # file",
        "timeout-seconds = 60  # default",
        "# webhook-secret is set  # file",
    ] {
        assert!(
            text.lines().any(|own| own == line),
            "{line} is not in\n{text}"
        );
    }
    assert!(!text.contains("hidden"), "{text}");
    let again = printed(&text, &[], &[]).unwrap();
    assert!(
        again.contains("listen = \"127.0.0.1:3\"  # file"),
        "what is printed is a config file"
    );
}

#[test]
fn mistakes_are_named() {
    for (file, message) in [
        ("tick_ms = 20", "unknown field `tick_ms`"),
        ("tick-ms = \"often\"", "invalid type"),
        ("tick-ms = 1", "`tick-ms` lies between 10 and 3600000"),
        ("calls = \"htpp\"", "unknown variant `htpp`"),
        ("calls = \"http\"", "`dialer-url` is needed"),
        ("listen = ", "leadline.toml"),
    ] {
        let refused = printed(file, &[], &[]).unwrap_err();
        assert!(refused.contains(message), "{file}: {refused}");
    }
    let none = leadline(&["serve", "--config", "/nowhere/leadline.toml"])
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&none.stderr).contains("/nowhere/leadline.toml cannot be read")
    );
}

#[test]
fn a_server_runs_from_its_file() {
    let folder = Folder::new();
    let key = key(&folder.0, "A", &[]);
    let path = folder.0.join("leadline.toml");
    std::fs::write(
        &path,
        "clock = \"simulated\"\ncalls = \"simulated\"\nmetrics = true\n",
    )
    .unwrap();
    let server = Running::start(&folder.0, &["--config", path.to_str().unwrap()]);
    let client = server.client(&key);
    workflow(&client);
    client.ask("POST /v1/simulation/advance", r#"{"by_ms": 1}"#);
    assert!(client.text("/metrics").contains("leadline_organizations 1"));
}

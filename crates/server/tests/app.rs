//! The page and the API from one address.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Folder, Running, key, leadline, workflow};

#[test]
fn one_address_serves_the_page_and_the_api() {
    let (folder, app) = (Folder::new(), Folder::new());
    std::fs::write(app.0.join("index.html"), "<p>The page</p>").unwrap();
    std::fs::write(app.0.join("a.js"), "1").unwrap();
    let key = key(&folder.0, "A", &[]);
    let page = app.0.to_str().unwrap();
    let arguments = [
        "--clock",
        "simulated",
        "--app",
        page,
        "--metrics",
        "--rate-limit",
        "2",
    ];
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    for place in ["/", "/workflows/wfl_1", "/v2", "/v1x/y"] {
        assert_eq!(client.text(place), "<p>The page</p>", "{place}");
    }
    assert_eq!(client.text("/a.js"), "1");
    assert_eq!(client.text("/absent.js"), "no such file");
    assert!(client.text("/health").contains(r#""status":"ok""#));
    assert!(client.text("/metrics").contains("leadline_organizations 1"));
    assert!(client.text("/v1/absent").contains("unknown_path"));
    assert_eq!(
        client.status("POST /workflows", "{}"),
        405,
        "the page takes none"
    );
}

#[test]
fn the_page_may_lie_under_a_path_and_has_to_be_one() {
    let (folder, app) = (Folder::new(), Folder::new());
    let key = key(&folder.0, "A", &[]);
    let (data, page) = (folder.0.to_str().unwrap(), app.0.to_str().unwrap());
    let serve = [
        "serve",
        "--data",
        data,
        "--listen",
        "127.0.0.1:0",
        "--app",
        page,
    ];
    let refused = leadline(&serve).output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("holds no index.html"));
    std::fs::write(app.0.join("index.html"), "<p>The page</p>").unwrap();
    let refused = leadline(&[&serve[..], &["--app-base", "sub"]].concat());
    let refused = { refused }.output().unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--app-base"));
    let arguments = ["--clock", "simulated", "--app", page, "--app-base", "/sub/"];
    let server = Running::start(&folder.0, &arguments);
    let client = server.client(&key);
    assert_eq!(client.text("/sub/workflows"), "<p>The page</p>");
    assert_eq!(client.text("/"), "no such file");
    workflow(&client);
}

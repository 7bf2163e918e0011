//! Pitfalls that a run in the editor confirms or refutes.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::client::{Client, URI};

/// The kernel that ships, with results that nobody looks at.
async fn start(text: &str) -> Client {
    let kernel = json!([env!("CARGO_BIN_EXE_vitrine"), "kernel"]);
    let options = json!({ "results": "notification", "output": "notification", "kernel": kernel });
    let mut client = Client::start(json!({}), options).await;
    client.open(text).await;
    client.diagnostics(0).await;
    for method in ["vitrine/results", "vitrine/status", "vitrine/output"] {
        client.ignore(method);
    }
    client
}

async fn run(client: &mut Client, command: &str, argument: Value) {
    let params = json!({ "command": command, "arguments": [argument] });
    client.call("workspace/executeCommand", params).await;
}

async fn run_cell(client: &mut Client, line: u32) {
    run(
        client,
        "vitrine.runCell",
        json!({ "uri": URI, "line": line }),
    )
    .await;
}

/// The next diagnostics of a version.
async fn published(client: &mut Client) -> Vec<Value> {
    let params = client.notified("textDocument/publishDiagnostics").await;
    params["diagnostics"].as_array().expect("a list").clone()
}

async fn fixes(client: &mut Client, line: u32) -> Vec<String> {
    let place = json!({ "line": line, "character": 0 });
    let end = json!({ "line": line + 1, "character": 0 });
    let params = json!({
        "textDocument": { "uri": URI }, "range": { "start": place, "end": end }, "context": { "diagnostics": [] }
    });
    let actions = client.call("textDocument/codeAction", params).await;
    let actions = actions.as_array().expect("a list").iter();
    actions
        .map(|action| action["title"].as_str().unwrap_or_default().to_owned())
        .collect()
}

fn message(diagnostic: &Value) -> &str {
    diagnostic["message"].as_str().unwrap_or_default()
}

/// (line, message) of the related places.
fn related(diagnostic: &Value) -> Vec<(u64, String)> {
    let places = diagnostic["relatedInformation"]
        .as_array()
        .expect("a list")
        .iter();
    places
        .map(|place| {
            let line = place["location"]["range"]["start"]["line"]
                .as_u64()
                .expect("a line");
            (
                line,
                place["message"].as_str().unwrap_or_default().to_owned(),
            )
        })
        .collect()
}

const CLOSURES: &str = "\
# %%
callbacks = []
for n in range(3):
    callbacks.append(lambda: n)
# %%
[callback() for callback in callbacks]
";

#[tokio::test(flavor = "multi_thread")]
async fn a_run_confirms_a_late_binding_closure() {
    let mut client = start(CLOSURES).await;
    assert_eq!(
        fixes(&mut client, 3).await,
        ["Bind the value of `n` now: `n=n`"]
    );
    run_cell(&mut client, 1).await;
    run_cell(&mut client, 5).await;
    let found = loop {
        let found = published(&mut client).await;
        if found
            .iter()
            .any(|diagnostic| message(diagnostic).contains("The run:"))
        {
            break found;
        }
    };
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["severity"], 2);
    let both = "line 6 gives `[2, 2, 2]`; with each closure's own value it gives `[0, 1, 2]`";
    assert!(message(&found[0]).contains(both), "{found:#?}");
    let places = related(&found[0]);
    for (line, part) in [
        (3, "captured here"),
        (2, "is rebound here"),
        (3, "`n` is `2` here, where the closure was made with `0`"),
        (5, "line 6 gives `[2, 2, 2]`"),
    ] {
        assert!(
            places
                .iter()
                .any(|(at, text)| *at == line && text.contains(part)),
            "{line} {part}: {places:#?}"
        );
    }
    assert_eq!(
        fixes(&mut client, 3).await,
        ["Bind the value of `n` now: `n=n` (verified)"]
    );
    // An edit above moves it; an edit of what ran makes it a guess again.
    client.edit(1, (0, 0), (0, 0), "pass\n").await;
    let moved = client.diagnostics(1).await;
    assert!(message(&moved[0]).contains(both), "{moved:#?}");
    assert!(
        related(&moved[0])
            .iter()
            .any(|(line, text)| *line == 6 && text.contains("line 6 gives"))
    );
    client.edit(2, (2, 0), (2, 9), "callbacks").await;
    let stale = client.diagnostics(2).await;
    assert!(!message(&stale[0]).contains("The run"), "{stale:#?}");
    assert_eq!(
        fixes(&mut client, 4).await,
        ["Bind the value of `n` now: `n=n`"]
    );
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_confirms_a_mutable_default_and_names_the_calls() {
    let text = "def collect(item, items=[]):\n    items.append(item)\n    return items\n\n\ncollect(1)\ncollect(2)\n";
    let mut client = start(text).await;
    run(
        &mut client,
        "vitrine.runSelection",
        json!({ "uri": URI, "range": {
        "start": { "line": 0, "character": 0 }, "end": { "line": 7, "character": 0 } } }),
    )
    .await;
    let found = published(&mut client).await;
    let both = "line 7 gives `[1, 2]`; with a fresh default in each call it gives `[2]`";
    assert!(message(&found[0]).contains(both), "{found:#?}");
    let places = related(&found[0]);
    for (line, part) in [
        (5, "this call finds `[]`, and leaves it changed"),
        (
            6,
            "this call finds `[1]`, which an earlier call has changed",
        ),
    ] {
        assert!(
            places
                .iter()
                .any(|(at, text)| *at == line && text.contains(part)),
            "{line} {part}: {places:#?}"
        );
    }
    assert_eq!(
        fixes(&mut client, 0).await,
        ["Make a fresh `[]` in each call (verified)"]
    );
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_reaches_it_without_a_difference_hides_it() {
    // Stored, so it could differ; here all are called before the name changes.
    let text = "calls = []\nfor n in range(1):\n    calls.append(lambda: n)\nfound = [call() for call in calls]\n";
    let mut client = start(text).await;
    run(&mut client, "vitrine.runFile", json!({ "uri": URI })).await;
    assert_eq!(published(&mut client).await, [] as [Value; 0]);
    assert_eq!(fixes(&mut client, 2).await, [] as [String; 0]);
    client.edit(1, (1, 15), (1, 16), "2").await;
    assert_eq!(client.diagnostics(1).await.len(), 1);
    run(&mut client, "vitrine.runFile", json!({ "uri": URI })).await;
    let found = published(&mut client).await;
    let both = "`found` is `[1, 1]` in the end; with each closure's own value it is `[0, 1]`";
    assert!(message(&found[0]).contains(both), "{found:#?}");
    client.finish().await;
}

/// What shows nothing: a run that does not reach it, one that does not repeat,
/// one that was stopped. The static verdict stands.
#[tokio::test(flavor = "multi_thread")]
async fn what_shows_nothing_changes_nothing() {
    for (tail, why) in [
        (
            "def later():\n    return [call() for call in calls]\n",
            None,
        ),
        (
            "import time\ntime.perf_counter_ns()\n[call() for call in calls]\n",
            Some("two runs differ"),
        ),
    ] {
        let text = format!("calls = []\nfor n in range(3):\n    calls.append(lambda: n)\n{tail}");
        let mut client = start(&text).await;
        let all =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
        run(
            &mut client,
            "vitrine.runSelection",
            json!({ "uri": URI, "range": all }),
        )
        .await;
        match why {
            Some(why) => loop {
                let log = client.notified("window/logMessage").await;
                if log["message"].as_str().unwrap_or_default().contains(why) {
                    break;
                }
            },
            None => assert_eq!(published(&mut client).await.len(), 1),
        }
        assert!(!fixes(&mut client, 2).await[0].contains("verified"));
        client.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_cancels_what_is_under_way() {
    let text = format!("{CLOSURES}# %%\nimport time\ntime.sleep(0.5)\n# %%\nlast = 1\n");
    let mut client = start(&text).await;
    for line in [1, 5, 8] {
        run_cell(&mut client, line).await;
    }
    // All have run; the evidence takes half a second at least.
    loop {
        let params = client.notified("vitrine/status").await;
        if params["state"] == "idle" {
            break;
        }
    }
    client.edit(1, (10, 0), (10, 0), "more = 1\n").await;
    let found = client.diagnostics(1).await;
    assert!(!message(&found[0]).contains("The run"), "{found:#?}");
    run_cell(&mut client, 11).await;
    let found = published(&mut client).await;
    assert!(message(&found[0]).contains("The run:"), "{found:#?}");
    client.finish().await;
}

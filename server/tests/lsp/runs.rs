//! Running code: results, output, interrupts, kernels that die.
#![cfg(unix)]

use serde_json::{Value, json};

use crate::client::{Client, URI};

fn run(command: &str, argument: Value) -> Value {
    json!({ "command": command, "arguments": [argument] })
}

/// What a client like VS Code asks for.
fn options(script: &str) -> Value {
    json!({ "results": "notification", "output": "notification", "kernel": ["sh", "-c", script] })
}

/// Answers each line with a stream, a result and an end.
const ECHO: &str = r#"
say() { printf '%s\n' "$1"; }
say '{"type":"ready","version":"0"}'
id=0
while read line; do
    case "$line" in *execute*) ;; *) continue;; esac
    id=$((id + 1))
    say '{"type":"started","id":'$id'}'
    say '{"type":"stream","id":'$id',"name":"stdout","text":"hello\n"}'
    say '{"type":"result","id":'$id',"line":2,"text":"42"}'
    say '{"type":"finished","id":'$id',"outcome":"ok","millis":1}'
done
"#;

async fn status(client: &mut Client, state: &str) {
    client
        .wait(|message| {
            message["method"] == "vitrine/status" && message["params"]["state"] == state
        })
        .await;
}

/// The results when they satisfy a condition.
async fn results(client: &mut Client, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let params = client.notified("vitrine/results").await;
        let results = params["results"].as_array().expect("a list").clone();
        if wanted(&results) {
            return results;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn results_stand_beside_their_lines_and_grow_stale() {
    let mut client = Client::start(json!({}), options(ECHO)).await;
    client.open("# %%\n6 * 7\n\n# %%\nx\n").await;
    client.diagnostics(0).await;
    let answer = client
        .call(
            "workspace/executeCommand",
            run("vitrine.runCell", json!({ "uri": URI, "line": 1 })),
        )
        .await;
    assert_eq!(answer, json!({ "run": 1 }));
    assert_eq!(
        client.notified("vitrine/output").await,
        json!({ "uri": URI, "stream": "stdout", "text": "hello\n" })
    );
    let found = results(&mut client, |results| results.len() == 2).await;
    assert!(
        found.contains(&json!({ "line": 1, "text": "42", "kind": "value", "stale": false })),
        "{found:?}"
    );
    assert!(
        found.contains(&json!({ "line": 1, "text": "hello\n", "kind": "output", "stale": false })),
        "{found:?}"
    );
    status(&mut client, "idle").await;
    // A line above moves them; an edit of the cell makes them stale.
    client.edit(1, (0, 0), (0, 0), "pass\n").await;
    results(&mut client, |results| {
        results
            .iter()
            .all(|result| result["line"] == 2 && result["stale"] == false)
    })
    .await;
    client.edit(2, (2, 0), (2, 1), "5").await;
    results(&mut client, |results| {
        results
            .iter()
            .all(|result| result["line"] == 2 && result["stale"] == true)
    })
    .await;
    client.diagnostics(2).await;
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_clients_see_results_as_inlay_hints() {
    let capabilities = json!({ "workspace": { "inlayHint": { "refreshSupport": true } } });
    let mut client = Client::start(capabilities, json!({ "kernel": ["sh", "-c", ECHO] })).await;
    client.open("if 1:\n    6 * 7\n").await;
    client.diagnostics(0).await;
    let selection =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1, "character": 4 } });
    client
        .call(
            "workspace/executeCommand",
            run(
                "vitrine.runSelection",
                json!({ "uri": URI, "range": selection }),
            ),
        )
        .await;
    assert_eq!(
        client.notified("window/logMessage").await["message"],
        "hello"
    );
    client
        .wait(|message| message["method"] == "workspace/inlayHint/refresh")
        .await;
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let params = json!({ "textDocument": { "uri": URI }, "range": range });
    loop {
        let hints = client.call("textDocument/inlayHint", params.clone()).await;
        if let Some(hint) = hints
            .as_array()
            .and_then(|hints| hints.iter().find(|hint| hint["label"] == "\u{2192} 42"))
        {
            assert_eq!(hint["position"], json!({ "line": 1, "character": 9 }));
            break;
        }
    }
    client.ignore("workspace/inlayHint/refresh");
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_kernel_is_replaced_and_the_server_stays() {
    let script = r#"echo '{"type":"ready","version":"0"}'; read line; echo dying >&2; kill -9 $$"#;
    let mut client = Client::start(json!({}), options(script)).await;
    client.open("6 * 7\n").await;
    client.diagnostics(0).await;
    for _ in 0..2 {
        client
            .call(
                "workspace/executeCommand",
                run("vitrine.runFile", json!({ "uri": URI })),
            )
            .await;
        let shown = client.notified("window/showMessage").await;
        assert!(
            shown["message"]
                .as_str()
                .unwrap_or_default()
                .contains("replaced: it ended: dying"),
            "{shown}"
        );
        let found = results(&mut client, |results| !results.is_empty()).await;
        assert_eq!(found[0]["text"], "the kernel ended before the run did");
    }
    client
        .call(
            "workspace/executeCommand",
            run("vitrine.restart", json!({ "uri": URI })),
        )
        .await;
    assert!(
        client
            .call(
                "textDocument/documentSymbol",
                json!({ "textDocument": { "uri": URI } })
            )
            .await
            .is_array()
    );
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kernel_that_cannot_start_is_reported() {
    let mut options = options("");
    options["kernel"] = json!(["/nonexistent/kernel"]);
    let mut client = Client::start(json!({}), options).await;
    client.open("1\n").await;
    client.diagnostics(0).await;
    client
        .call(
            "workspace/executeCommand",
            run("vitrine.runFile", json!({ "uri": URI })),
        )
        .await;
    client.notified("window/showMessage").await;
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

/// The kernel that ships.
fn real_kernel() -> Value {
    json!({ "results": "notification", "output": "notification", "kernel": [env!("CARGO_BIN_EXE_vitrine"), "kernel"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_run_on_the_machine() {
    let mut client = Client::start(json!({}), real_kernel()).await;
    client
        .open("# %%\nx = 6\nprint('hello')\n# %%\nx * 7\n# %%\n1 / 0\n")
        .await;
    client.diagnostics(0).await;
    for line in [1, 4, 6] {
        client
            .call(
                "workspace/executeCommand",
                run("vitrine.runCell", json!({ "uri": URI, "line": line })),
            )
            .await;
    }
    assert_eq!(client.notified("vitrine/output").await["text"], "hello\n");
    let found = results(&mut client, |results| results.len() == 4).await;
    for expected in [
        json!({ "line": 1, "text": "6", "kind": "value", "stale": false }),
        json!({ "line": 2, "text": "hello\n", "kind": "output", "stale": false }),
        json!({ "line": 4, "text": "42", "kind": "value", "stale": false }),
        json!({ "line": 6, "text": "ZeroDivisionError: division by zero", "kind": "error", "stale": false }),
    ] {
        assert!(found.contains(&expected), "{expected} in {found:?}");
    }
    let traceback = client.notified("vitrine/output").await;
    assert_eq!(traceback["stream"], "stderr");
    let text = traceback["text"].as_str().unwrap_or_default();
    assert!(text.contains("File \"/work/a.py\", line 7"), "{text}");
    assert!(text.contains("    1 / 0\n    ~~^~~\n"), "{text}");
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_is_interrupted() {
    let mut client = Client::start(json!({}), real_kernel()).await;
    client.open("x = 1\nprint('on')\nwhile True: pass\n").await;
    client.diagnostics(0).await;
    client
        .call(
            "workspace/executeCommand",
            run("vitrine.runFile", json!({ "uri": URI })),
        )
        .await;
    client.notified("vitrine/output").await;
    status(&mut client, "busy").await;
    // The server answers meanwhile.
    let symbols = client
        .call(
            "textDocument/documentSymbol",
            json!({ "textDocument": { "uri": URI } }),
        )
        .await;
    assert_eq!(symbols[0]["name"], "x");
    client
        .call(
            "workspace/executeCommand",
            json!({ "command": "vitrine.interrupt" }),
        )
        .await;
    results(&mut client, |results| {
        results.iter().any(|result| result["text"] == "interrupted")
    })
    .await;
    status(&mut client, "idle").await;
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

async fn hover(client: &mut Client, line: u32, character: u32) -> String {
    let params = json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character } });
    let hover = client.call("textDocument/hover", params).await;
    hover["contents"]["value"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn live_values_are_hovered_and_completed() {
    let mut client = Client::start(json!({}), real_kernel()).await;
    client.open("class Point:\n    def __init__(self): self.left = 1\npoint = Point()\nboth = [point, 2]\npoint.x\n").await;
    client.diagnostics(0).await;
    assert!(
        !hover(&mut client, 3, 1)
            .await
            .contains("after the last run")
    );
    client
        .call(
            "workspace/executeCommand",
            run(
                "vitrine.runSelection",
                json!({ "uri": URI, "range": {
            "start": { "line": 0, "character": 0 }, "end": { "line": 4, "character": 0 } } }),
            ),
        )
        .await;
    status(&mut client, "idle").await;
    let text = hover(&mut client, 2, 1).await;
    assert!(
        text.contains("<__main__.Point object at 0x\u{2026}>` - `Point`"),
        "{text}"
    );
    assert!(text.contains(", 2 references"), "{text}");
    let text = hover(&mut client, 3, 1).await;
    assert!(
        text.contains("- `list`, 7") || text.contains("- `list`,"),
        "{text}"
    );
    assert!(text.contains(", 1 reference, id 0x"), "{text}");
    let params =
        json!({ "textDocument": { "uri": URI }, "position": { "line": 4, "character": 6 } });
    let items = client.call("textDocument/completion", params).await;
    let labels: Vec<&str> = items
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["label"].as_str().unwrap_or_default())
        .collect();
    assert!(
        labels.contains(&"left") && labels.contains(&"__init__"),
        "{labels:?}"
    );
    for method in ["vitrine/results", "vitrine/status", "vitrine/output"] {
        client.ignore(method);
    }
    client.finish().await;
}

/// What was given out after an interrupt runs to its end, and in order.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_hits_what_was_given_out_before_it() {
    let mut client = Client::start(json!({}), real_kernel()).await;
    client
        .open("# %%\nprint('on')\nwhile True: pass\n# %%\nprint('never')\n# %%\nprint('goes on')\n")
        .await;
    client.diagnostics(0).await;
    let cell = |line: u32| run("vitrine.runCell", json!({ "uri": URI, "line": line }));
    for round in 0..3 {
        // All in flight at once: two runs, an interrupt, and a run after it.
        let mut ids = Vec::new();
        for line in [1, 4] {
            ids.push(client.request("workspace/executeCommand", cell(line)).await);
        }
        assert_eq!(
            client.notified("vitrine/output").await["text"],
            "on\n",
            "{round}"
        );
        let interrupt = json!({ "command": "vitrine.interrupt", "arguments": [{ "uri": URI }] });
        ids.push(
            client
                .request("workspace/executeCommand", interrupt.clone())
                .await,
        );
        ids.push(client.request("workspace/executeCommand", cell(6)).await);
        for id in ids {
            let answer = client.answer(id).await;
            assert!(answer.get("error").is_none(), "{answer}");
        }
        assert_eq!(
            client.notified("vitrine/output").await["text"],
            "goes on\n",
            "{round}"
        );
        results(&mut client, |results| {
            [(2, "interrupted"), (4, "interrupted"), (6, "goes on\n")]
                .iter()
                .all(|&(line, text)| {
                    results
                        .iter()
                        .any(|result| result["line"] == line && result["text"] == text)
                })
        })
        .await;
        status(&mut client, "idle").await;
        // Nothing runs: it hits nothing, now or later.
        client.call("workspace/executeCommand", interrupt).await;
    }
    for method in ["vitrine/results", "vitrine/status"] {
        client.ignore(method);
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_forgets_names_and_results() {
    let mut client = Client::start(json!({}), real_kernel()).await;
    client.open("# %%\nx = 6\n# %%\nx\n").await;
    client.diagnostics(0).await;
    let cell = |line: u32| run("vitrine.runCell", json!({ "uri": URI, "line": line }));
    client.call("workspace/executeCommand", cell(1)).await;
    status(&mut client, "idle").await;
    assert!(
        hover(&mut client, 1, 0)
            .await
            .contains("after the last run: `6` - `int`")
    );
    client
        .call(
            "workspace/executeCommand",
            run("vitrine.restart", json!({ "uri": URI })),
        )
        .await;
    results(&mut client, <[Value]>::is_empty).await;
    status(&mut client, "stopped").await;
    assert!(
        !hover(&mut client, 1, 0)
            .await
            .contains("after the last run")
    );
    client.call("workspace/executeCommand", cell(3)).await;
    results(&mut client, |results| {
        results
            .iter()
            .any(|result| result["text"] == "NameError: name 'x' is not defined")
    })
    .await;
    for method in ["vitrine/results", "vitrine/status", "vitrine/output"] {
        client.ignore(method);
    }
    client.finish().await;
}

//! What the requests answer.

use serde_json::{Value, json};

use crate::client::{Client, URI};

const TEXT: &str = "\
import os
# %% first
def make(n):
    def inner():
        return n + len(os.sep)
    n += 1
    return inner
# %% second
class Box:
    size = 3
    def area(self): return self.size
print(make(2)(), Box, missing)
";

async fn opened() -> Client {
    let mut client = Client::start(json!({}), json!({})).await;
    client.open(TEXT).await;
    client.diagnostics(0).await;
    client
}

fn at(line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character } })
}

fn whole() -> Value {
    json!({ "textDocument": { "uri": URI } })
}

#[tokio::test(flavor = "multi_thread")]
async fn hover_tells_the_scope_of_a_name() {
    let mut client = opened().await;
    for (line, character, expected) in [
        (
            4,
            15,
            "`n`: cell variable of `make`, bound at 3, 6; read when called, not when made (E, `LOAD_DEREF`)",
        ),
        (
            5,
            4,
            "`n`: cell variable of `make`, bound at 3, 6; shared with the functions inside (L, `STORE_DEREF`)",
        ),
        (4, 19, "`len`: builtin (B, `LOAD_GLOBAL`)"),
        (
            4,
            23,
            "`os`: global variable, bound at 1 (G, `LOAD_GLOBAL`)",
        ),
        (
            9,
            4,
            "`size`: name in the body of class `Box`, bound at 10; not visible in its methods (L, `STORE_NAME`)",
        ),
        (
            10,
            13,
            "`self`: parameter of `area`, bound at 11 (L, `STORE_FAST`)",
        ),
        (
            11,
            22,
            "`missing`: bound nowhere in this file; `NameError` unless something sets it (?, `LOAD_NAME`)",
        ),
    ] {
        let hover = client.call("textDocument/hover", at(line, character)).await;
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        assert_eq!(
            text.lines().next(),
            Some(expected),
            "{line}:{character}: {hover}"
        );
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hover_shows_the_bytecode_of_the_statement() {
    let mut client = opened().await;
    for (line, character, expected) in [
        (5, 7, "BINARY_OP      13 (+=)  2\u{2192}1"),
        (2, 1, "MAKE_FUNCTION"),
        (9, 11, "LOAD_SMALL_INT"),
        (4, 8, "LOAD_DEREF"),
    ] {
        let hover = client.call("textDocument/hover", at(line, character)).await;
        let text = hover["contents"]["value"].as_str().unwrap_or_default();
        assert!(text.contains(expected), "{line}:{character}: {text}");
        assert!(!text.contains("RESUME"), "{text}");
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_layer_reports_what_is_wrong() {
    let mut client = Client::start(json!({}), json!({})).await;
    client
        .open("x = (1\ndef f(a, a): pass\nreturn 1\nif x is 3: pass\nclass A:\n    break\n")
        .await;
    let found = client.diagnostics(0).await;
    let messages: Vec<_> = found
        .iter()
        .map(|found| {
            let line = found["range"]["start"]["line"].as_u64().unwrap_or(99);
            (line, found["message"].as_str().unwrap_or_default())
        })
        .collect();
    assert_eq!(
        messages,
        [
            (0, "'(' was never closed"),
            (1, "duplicate argument 'a' in function definition"),
            (2, "'return' outside function"),
            (3, "\"is\" with 'int' literal. Did you mean \"==\"?"),
            (5, "'break' outside loop"),
        ]
    );
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_in_the_language_of_the_settings() {
    const LATER: &str = "match a:\n    case 1: pass\nlazy import e\n";
    let mut client =
        Client::start(json!({}), json!({ "settings": { "targetVersion": "3.9" } })).await;
    client.open(LATER).await;
    assert_eq!(client.diagnostics(0).await.len(), 2);
    let newer = "invalid syntax";
    for (settings, expected) in [
        (
            json!({ "targetVersion": "3.9" }),
            vec![
                "Pattern matching is only supported in Python 3.10 and greater",
                newer,
            ],
        ),
        (json!({ "targetVersion": "3.10" }), vec![newer]),
        (json!({ "targetVersion": "3.15" }), vec![]),
        (json!({ "targetVersion": 3 }), vec![newer]),
        (json!({ "target": "3.15" }), vec![]),
    ] {
        let settings = json!({ "settings": { "vitrine": settings } });
        client
            .notify("workspace/didChangeConfiguration", settings)
            .await;
        let found = client.diagnostics(0).await;
        let found: Vec<_> = found.iter().map(|found| &found["message"]).collect();
        assert_eq!(found, expected);
    }
    let hover = client.call("textDocument/hover", at(2, 13)).await;
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.contains("IMPORT_NAME"), "{text}");
    assert!(text.contains("(e + lazy)"), "{text}");
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pitfalls_come_with_places_and_fixes() {
    let mut client = Client::start(json!({}), json!({})).await;
    let text = "callbacks = []\nfor i in range(3):\n    callbacks.append(lambda: i)\nfor f in callbacks:\n    f()\n";
    client.open(text).await;
    let found = client.diagnostics(0).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "late-binding-closure");
    assert_eq!(found[0]["severity"], 2);
    assert_eq!(
        found[0]["range"]["start"],
        json!({ "line": 2, "character": 29 })
    );
    assert!(
        found[0]["relatedInformation"]
            .as_array()
            .is_some_and(|related| !related.is_empty())
    );
    let params = json!({ "textDocument": { "uri": URI }, "range": found[0]["range"], "context": { "diagnostics": [] } });
    let actions = client.call("textDocument/codeAction", params).await;
    let edits = &actions[0]["edit"]["changes"][URI];
    assert!(
        edits.as_array().is_some_and(|edits| !edits.is_empty()),
        "{actions}"
    );
    assert_eq!(actions[0]["diagnostics"][0], found[0]);
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shape_of_a_document() {
    let mut client = opened().await;
    let symbols = client.call("textDocument/documentSymbol", whole()).await;
    assert_eq!(symbols[0]["name"], "make");
    assert_eq!(symbols[0]["children"][0]["name"], "inner");
    assert_eq!(symbols[1]["children"][1]["name"], "area");
    let folds = client.call("textDocument/foldingRange", whole()).await;
    let lines: Vec<_> = folds
        .as_array()
        .expect("a list")
        .iter()
        .map(|fold| {
            (
                fold["startLine"].as_u64().unwrap_or(0),
                fold["endLine"].as_u64().unwrap_or(0),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [(0, 0); 0]
            .into_iter()
            .chain([(1, 6), (2, 6), (3, 4), (7, 12), (8, 10)])
            .collect::<Vec<_>>()
    );
    let lenses = client.call("textDocument/codeLens", whole()).await;
    let titles: Vec<_> = lenses
        .as_array()
        .expect("a list")
        .iter()
        .map(|lens| {
            (
                lens["range"]["start"]["line"].as_u64().unwrap_or(99),
                lens["command"]["title"].as_str().unwrap_or(""),
            )
        })
        .collect();
    assert_eq!(
        titles,
        [
            (0, "Run File"),
            (0, "Run Cell"),
            (1, "Run Cell"),
            (1, "Run Above"),
            (7, "Run Cell"),
            (7, "Run Above")
        ]
    );
    let params =
        json!({ "textDocument": { "uri": URI }, "positions": [{ "line": 4, "character": 15 }] });
    let selections = client.call("textDocument/selectionRange", params).await;
    let mut widths = Vec::new();
    let mut selection = &selections[0];
    while selection.is_object() {
        widths.push(selection["range"].to_string());
        selection = &selection["parent"];
    }
    assert!(widths.len() >= 5, "{widths:?}");
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_found_by_scope() {
    let mut client = opened().await;
    let lines = |places: &Value| -> Vec<u64> {
        let places = places.as_array().expect("a list");
        places
            .iter()
            .map(|place| place["range"]["start"]["line"].as_u64().expect("a line"))
            .collect()
    };
    let highlights = client
        .call("textDocument/documentHighlight", at(2, 9))
        .await;
    assert_eq!(lines(&highlights), [2, 4, 5]);
    let definitions = client.call("textDocument/definition", at(11, 7)).await;
    assert_eq!(lines(&definitions), [2]);
    let mut references = at(11, 7);
    references["context"] = json!({ "includeDeclaration": false });
    assert_eq!(
        lines(&client.call("textDocument/references", references).await),
        [11]
    );
    let mut rename = at(2, 9);
    rename["newName"] = json!("count");
    let edit = client.call("textDocument/rename", rename.clone()).await;
    assert_eq!(edit["changes"][URI].as_array().expect("edits").len(), 3);
    rename["newName"] = json!("not a name");
    assert_eq!(
        client.call("textDocument/rename", rename).await["error"]["code"],
        -32602
    );
    let mut builtin = at(4, 19);
    assert_eq!(
        client
            .call("textDocument/prepareRename", builtin.clone())
            .await,
        Value::Null
    );
    builtin["newName"] = json!("length");
    assert_eq!(
        client.call("textDocument/rename", builtin).await["error"]["code"],
        -32602
    );
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn semantic_tokens_carry_scopes() {
    let mut client = opened().await;
    let tokens = client
        .call("textDocument/semanticTokens/full", whole())
        .await;
    let data: Vec<u64> = tokens["data"]
        .as_array()
        .expect("numbers")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert_eq!(data.len() % 5, 0);
    let (mut line, mut character) = (0, 0);
    let mut found = Vec::new();
    for token in data.chunks(5) {
        character = if token[0] == 0 {
            character + token[1]
        } else {
            token[1]
        };
        line += token[0];
        found.push((line, character, token[4]));
    }
    const DECLARATION: u64 = 1;
    const BUILTIN: u64 = 1 << 1;
    const CAPTURED: u64 = 1 << 2;
    const GLOBAL: u64 = 1 << 3;
    const LATE_BOUND: u64 = 1 << 4;
    const UNBOUND: u64 = 1 << 5;
    for expected in [
        (0, 7, GLOBAL | DECLARATION),
        (2, 9, CAPTURED | DECLARATION),
        (4, 15, CAPTURED | LATE_BOUND),
        (4, 19, BUILTIN),
        (11, 22, UNBOUND),
    ] {
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let mut range = whole();
    range["range"] =
        json!({ "start": { "line": 4, "character": 0 }, "end": { "line": 4, "character": 99 } });
    let part = client
        .call("textDocument/semanticTokens/range", range)
        .await;
    assert_eq!(part["data"].as_array().expect("numbers").len(), 15);
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn diagnostics_are_pulled_where_the_client_can() {
    let mut client =
        Client::start(json!({ "textDocument": { "diagnostic": {} } }), json!({})).await;
    client
        .open("global x\nx = 1\ndef f():\n    x = 1\n    global x\n")
        .await;
    let report = client.call("textDocument/diagnostic", whole()).await;
    assert_eq!(report["kind"], "full");
    let items = report["items"].as_array().expect("a list");
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(
        items[0]["message"],
        "name 'x' is assigned to before global declaration"
    );
    assert_eq!(items[0]["range"]["start"]["line"], 4);
    assert_eq!(items[0]["code"], "SyntaxError");
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn layers_are_shown_as_text() {
    let mut client = Client::start(json!({}), json!({})).await;
    client.open("x = 1\n").await;
    client.diagnostics(0).await;
    let show = |layer: &str| json!({ "command": format!("vitrine.show{layer}"), "arguments": [{ "uri": URI }] });
    for (layer, expected) in [
        ("Tree", "Assign("),
        ("Bytecode", "STORE_NAME               0 (x)"),
        ("Tokens", "0,0-0,0:            ENCODING       'utf-8'"),
        ("Symbols", "symbol table for module from file"),
    ] {
        let text = client.call("workspace/executeCommand", show(layer)).await;
        assert!(
            text.as_str().unwrap_or_default().contains(expected),
            "{layer}: {text}"
        );
    }
    client.finish().await;
}

async fn labels(client: &mut Client, line: u32, character: u32) -> Vec<String> {
    let params = json!({ "textDocument": { "uri": URI }, "position": { "line": line, "character": character } });
    let items = client.call("textDocument/completion", params).await;
    let items = items.as_array().expect("a list").iter();
    items
        .map(|item| item["label"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn completion_gives_the_names_in_scope() {
    let text = "top = 1\nclass Box:\n    width = 2\n    def area(self, scale):\n        inner = \"in a str\"\n        \n\ndef other(): pass\n# com\n";
    let mut client = Client::start(json!({}), Value::Null).await;
    client.open(text).await;
    client.diagnostics(0).await;
    for (line, character, there, not_there) in [
        (
            5,
            8,
            &["self", "scale", "inner", "top", "Box", "other", "print"][..],
            &["width"][..],
        ),
        (2, 12, &["width", "area", "top"], &["self"]),
        (0, 6, &["top", "other"], &["self", "width"]),
    ] {
        let labels = labels(&mut client, line, character).await;
        for name in there {
            assert!(labels.iter().any(|label| label == name), "{line}: {name}");
        }
        for name in not_there {
            assert!(!labels.iter().any(|label| label == name), "{line}: {name}");
        }
    }
    // Nothing in strings and comments, nor where a name is made up.
    for (line, character) in [(4, 20), (8, 4), (7, 6)] {
        assert_eq!(
            labels(&mut client, line, character).await,
            [] as [String; 0],
            "{line}"
        );
    }
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytecode_and_tokens_tell_where_they_come_from() {
    let mut client = Client::start(json!({}), Value::Null).await;
    client.open("x = 1\ny = 'é' + x\n").await;
    client.diagnostics(0).await;
    for (command, instruction, range) in [
        ("vitrine.showBytecode", "BINARY_OP", [1, 4, 1, 11]),
        ("vitrine.showTokens", "PLUS", [1, 8, 1, 9]),
    ] {
        let params = json!({ "command": command, "arguments": [{ "uri": URI, "ranges": true }] });
        let shown = client.call("workspace/executeCommand", params).await;
        let text = shown["text"].as_str().expect("a text");
        let line = text
            .lines()
            .position(|line| line.contains(instruction))
            .expect("it is shown");
        let at = &shown["ranges"][line];
        let got = [
            &at["start"]["line"],
            &at["start"]["character"],
            &at["end"]["line"],
            &at["end"]["character"],
        ];
        assert_eq!(
            got.map(|n| n.as_i64().unwrap_or(-1)),
            range,
            "{command}: {at}"
        );
    }
    client.finish().await;
}

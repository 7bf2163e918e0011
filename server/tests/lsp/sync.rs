//! What keeps the two sides in step: encodings, order, malformed input.

use serde_json::{Value, json};

use crate::client::{Client, URI};

fn document() -> Value {
    json!({ "textDocument": { "uri": URI } })
}

/// The names in the document's outline with where they begin.
async fn outline(client: &mut Client) -> Vec<(String, u64, u64)> {
    let symbols = client.call("textDocument/documentSymbol", document()).await;
    let symbol = |symbol: &Value| {
        let start = &symbol["selectionRange"]["start"];
        let number = |name: &str| start[name].as_u64().expect("a number");
        (
            symbol["name"].as_str().expect("a name").to_owned(),
            number("line"),
            number("character"),
        )
    };
    symbols
        .as_array()
        .unwrap_or_else(|| panic!("no symbols: {symbols}"))
        .iter()
        .map(symbol)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_apply_in_the_negotiated_encoding() {
    for (offered, agreed, width) in [
        (json!(["utf-16", "utf-8"]), "utf-8", 4_u32),
        (json!(["utf-16"]), "utf-16", 2),
        (json!(null), "utf-16", 2),
    ] {
        let mut client = Client::connect();
        let capabilities = json!({ "general": { "positionEncodings": offered } });
        let answer = client
            .call("initialize", json!({ "capabilities": capabilities }))
            .await;
        assert_eq!(answer["capabilities"]["positionEncoding"], agreed);
        client.open("'\u{1f600}'; x = 1\r\ny = 2\rz = 3\n").await;
        assert_eq!(client.diagnostics(0).await, Vec::<Value>::new());
        let x = width + 4;
        let x = u64::from(x);
        let names = |list: &[(&str, u64, u64)]| -> Vec<(String, u64, u64)> {
            list.iter()
                .map(|&(name, line, character)| (name.to_owned(), line, character))
                .collect()
        };
        assert_eq!(
            outline(&mut client).await,
            names(&[("x", 0, x), ("y", 1, 0), ("z", 2, 0)])
        );
        // Renames `x` by its position, then joins the first two lines.
        let x = x as u32;
        client.edit(1, (0, x), (0, x + 1), "w").await;
        client.edit(2, (0, x + 5), (1, 0), "; ").await;
        client.diagnostics(2).await;
        let x = u64::from(x);
        assert_eq!(
            outline(&mut client).await,
            names(&[("w", 0, x), ("y", 0, x + 7), ("z", 1, 0)])
        );
        client.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_outside_change_nothing_and_are_logged() {
    let mut client = Client::start(json!({}), json!({})).await;
    client.open("x = 1\n").await;
    client.diagnostics(0).await;
    client.edit(1, (99, 0), (99, 1), "boo").await;
    assert!(
        client.notified("window/logMessage").await["message"]
            .as_str()
            .expect("text")
            .contains("line 99")
    );
    client.edit(2, (0, 3), (0, 1), "boo").await;
    client.notified("window/logMessage").await;
    client
        .edit(3, (0, u32::MAX), (u32::MAX, u32::MAX), "; y = 2")
        .await;
    client.diagnostics(3).await;
    assert_eq!(
        outline(&mut client).await,
        [("x".to_owned(), 0, 0), ("y".to_owned(), 0, 7)]
    );
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_and_the_server_goes_on() {
    let mut client = Client::connect();
    // Before `initialize`.
    let early = client.call("textDocument/hover", json!({})).await;
    assert_eq!(early["error"]["code"], -32002, "{early}");
    client
        .call("initialize", json!({ "capabilities": {} }))
        .await;

    let frame = |body: &str| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    for (input, code) in [
        (frame("{"), -32700),
        (frame("{\"jsonrpc\": \"2.0\", \"id\": 1"), -32700),
        (frame("[]"), -32600),
        (frame("3"), -32600),
        (frame("{}"), -32600),
        (frame("{\"jsonrpc\": \"1.0\", \"method\": \"x\"}"), -32600),
        (frame("{\"jsonrpc\": \"2.0\", \"method\": 3}"), -32600),
        (frame(&"[".repeat(100_000)), -32700),
        ("Content-Length: nine\r\n\r\n".to_owned(), -32700),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), -32700),
    ] {
        client.send_raw(input.as_bytes()).await;
        let answer = client
            .wait(|message| message["id"].is_null() && message.get("error").is_some())
            .await;
        assert_eq!(
            answer["error"]["code"],
            code,
            "{}",
            &input[..input.len().min(80)]
        );
    }
    client.send_raw(b"Content-Length: 2\r\n\r\n\xff\xfe").await;
    client
        .wait(|message| message["error"]["code"] == -32700)
        .await;

    let unknown = client.call("textDocument/unheardOf", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32601);
    let wrong = client
        .call("textDocument/hover", json!({ "position": "here" }))
        .await;
    assert_eq!(wrong["error"]["code"], -32602);
    let closed = client.call("textDocument/documentSymbol", document()).await;
    assert_eq!(closed["error"]["code"], -32602, "{closed}");
    client
        .notify("textDocument/didChange", json!({ "textDocument": 3 }))
        .await;
    client.notified("window/logMessage").await;
    client.edit(1, (0, 0), (0, 0), "x").await;
    client.notified("window/logMessage").await;
    client.notify("$/setTrace", json!({ "value": "off" })).await;

    // Half a surrogate pair is taken for the replacement character.
    let open = format!(
        r#"{{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{{"textDocument":{{"uri":"{URI}","languageId":"python","version":0,"text":"'\ud83d'; x = 1\n"}}}}}}"#
    );
    client.send_raw(frame(&open).as_bytes()).await;
    client.diagnostics(0).await;
    assert_eq!(outline(&mut client).await, [("x".to_owned(), 0, 5)]);
    client.finish().await;
}

/// A document that keeps a worker busy for a while.
fn long_text() -> String {
    let function = |number: u32| {
        format!("def f{number}(a, b):\n    return [a + b + {number} for _ in range(b)]\n\n")
    };
    (0..3000).map(function).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_edits_among_slow_requests_keep_their_order() {
    let refresh = json!({ "refreshSupport": true });
    let capabilities = json!({ "workspace": { "inlayHint": refresh, "codeLens": refresh } });
    let mut client = Client::start(capabilities, json!({})).await;
    let long = long_text();
    client.open_as("file:///work/long.py", &long).await;
    client.open("").await;
    let mut pending = Vec::new();
    // Each edit appends a digit behind the ones before it, which only the
    // right order does.
    let mut expected = String::from("x");
    client.edit(1, (0, 0), (0, 0), "x = 1\n").await;
    for number in 2..=1000_u32 {
        let digit = char::from_digit(number % 10, 10).expect("a digit");
        let end = expected.len() as u32;
        client
            .edit(number as i32, (0, end), (0, end), &digit.to_string())
            .await;
        expected.push(digit);
        if number % 7 == 0 {
            let uri = if number % 2 == 0 {
                URI
            } else {
                "file:///work/long.py"
            };
            let params = json!({ "textDocument": { "uri": uri } });
            let id = client
                .request("textDocument/semanticTokens/full", params)
                .await;
            if number % 3 == 0 {
                client.notify("$/cancelRequest", json!({ "id": id })).await;
            }
            pending.push(id);
        }
        if number % 100 == 0 {
            // Asks the client for something; it never answers.
            client
                .notify(
                    "workspace/didChangeConfiguration",
                    json!({ "settings": { "vitrine": {} } }),
                )
                .await;
        }
    }
    let (mut answered, mut refused) = (0, 0);
    for id in pending {
        let answer = client.answer(id).await;
        match answer["error"]["code"].as_i64() {
            None => {
                assert!(answer["data"].is_array(), "{answer}");
                answered += 1;
            }
            Some(-32800 | -32801) => refused += 1,
            Some(_) => panic!("{answer}"),
        }
    }
    assert_eq!(answered + refused, 142);
    loop {
        let params = client.wait(|message| message["params"]["uri"] == URI).await;
        if params["params"]["version"] == 1000 {
            break;
        }
    }
    assert_eq!(outline(&mut client).await, [(expected, 0, 0)]);
    client.ignore("textDocument/publishDiagnostics");
    client.ignore("workspace/codeLens/refresh");
    client.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_the_server() {
    let (input, server_input) = tokio::io::duplex(64);
    let (server_output, _output) = tokio::io::duplex(64);
    let server = tokio::spawn(vitrine::lsp::serve(
        tokio::io::BufReader::new(server_input),
        server_output,
    ));
    drop(input);
    assert!(!server.await.expect("no panic"), "nobody said shutdown");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_documents_are_answered_in_every_way() {
    let deep =
        |open: &str, close: &str| format!("{}1{}\n", open.repeat(100_000), close.repeat(100_000));
    let texts = [
        deep("(", ")"),
        deep("[", ""),
        deep("not ", ""),
        deep("-", ""),
        deep("lambda: ", ""),
        "f'{".repeat(50_000),
        "x = '".to_owned() + &"y".repeat(1_000_000),
        "a.".repeat(100_000) + "b\n",
        "1 + ".repeat(100_000) + "1\n",
        "if x:\n".to_owned()
            + &(1..200)
                .map(|depth| format!("{}if x:\n", " ".repeat(depth)))
                .collect::<String>(),
        "\u{feff}x = 1\n\0\u{c}y\r\rz".to_owned(),
        "def f(a, a): x; global x; return [i := 0 for i in i]".to_owned(),
        "\\\n".repeat(10_000),
        "elif: else: )]}".to_owned(),
    ];
    let mut client = Client::start(json!({}), json!({})).await;
    for (number, text) in texts.iter().enumerate() {
        let uri = format!("file:///work/hostile{number}.py");
        client.open_as(&uri, text).await;
        let whole = json!({ "textDocument": { "uri": uri } });
        let mut place = whole.clone();
        place["position"] = json!({ "line": 0, "character": 3 });
        let mut range = whole.clone();
        range["range"] =
            json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
        range["context"] = json!({ "diagnostics": [] });
        for (method, params) in [
            ("textDocument/hover", &place),
            ("textDocument/documentHighlight", &place),
            ("textDocument/documentSymbol", &whole),
            ("textDocument/foldingRange", &whole),
            ("textDocument/semanticTokens/full", &whole),
            ("textDocument/codeLens", &whole),
            ("textDocument/codeAction", &range),
        ] {
            let answer = client.call(method, params.clone()).await;
            assert!(
                answer.get("error").is_none(),
                "{method} of text {number}: {answer}"
            );
        }
        for layer in ["Tokens", "Tree", "Symbols", "Bytecode"] {
            let show =
                json!({ "command": format!("vitrine.show{layer}"), "arguments": [{ "uri": uri }] });
            let text = client.call("workspace/executeCommand", show).await;
            assert!(
                text.is_string(),
                "{layer} of text {number}: {}",
                &text.to_string()[..200]
            );
        }
        client.notify("textDocument/didClose", whole).await;
    }
    client.ignore("textDocument/publishDiagnostics");
    client.finish().await;
}

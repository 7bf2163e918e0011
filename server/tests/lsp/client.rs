//! A client for tests: it talks to a server in this process and fails on any
//! message that nobody asked for and nobody looked at.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub(crate) const URI: &str = "file:///work/a.py";

/// Longer than anything may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    writer: DuplexStream,
    incoming: mpsc::UnboundedReceiver<Value>,
    /// Read, but not asked for yet.
    unclaimed: Vec<Value>,
    server: JoinHandle<bool>,
    ignored: Vec<&'static str>,
    next_id: i64,
}

impl Client {
    /// Starts a server, without `initialize`.
    pub(crate) fn connect() -> Self {
        let (writer, server_input) = tokio::io::duplex(1 << 16);
        let (server_output, reader) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(vitrine::lsp::serve(
            BufReader::new(server_input),
            server_output,
        ));
        let (sender, incoming) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut reader = BufReader::new(reader);
            while let Some(message) = read_message(&mut reader).await {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            writer,
            incoming,
            unclaimed: Vec::new(),
            server,
            ignored: Vec::new(),
            next_id: 1,
        }
    }

    /// Starts a server and initializes it.
    pub(crate) async fn start(capabilities: Value, options: Value) -> Self {
        let mut client = Self::connect();
        let params = json!({ "capabilities": capabilities, "initializationOptions": options });
        let answer = client.call("initialize", params).await;
        assert!(answer["capabilities"].is_object(), "{answer}");
        client.notify("initialized", json!({})).await;
        client
    }

    pub(crate) async fn send_raw(&mut self, bytes: &[u8]) {
        self.writer
            .write_all(bytes)
            .await
            .expect("the server reads");
    }

    async fn send(&mut self, message: Value) {
        let body = message.to_string();
        self.send_raw(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
            .await;
    }

    pub(crate) async fn notify(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params }))
            .await;
    }

    /// Sends a request; the answer is taken with `answer`.
    pub(crate) async fn request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
            .await;
        id
    }

    /// The answer to a request: its result, or the whole message if that is an error.
    pub(crate) async fn answer(&mut self, id: i64) -> Value {
        let message = self
            .wait(|message| message["id"] == json!(id) && message.get("method").is_none())
            .await;
        match message.get("result") {
            Some(result) => result.clone(),
            None => message,
        }
    }

    pub(crate) async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params).await;
        self.answer(id).await
    }

    /// The parameters of the next notification or request of a kind.
    pub(crate) async fn notified(&mut self, method: &str) -> Value {
        self.wait(|message| message["method"] == method).await["params"].clone()
    }

    pub(crate) async fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unclaimed.iter().position(&wanted) {
            return self.unclaimed.remove(at);
        }
        loop {
            let next = tokio::time::timeout(PATIENCE, self.incoming.recv()).await;
            match next {
                Ok(Some(message)) if wanted(&message) => return message,
                Ok(Some(message)) => self.unclaimed.push(message),
                Ok(None) => panic!("the server ended; unclaimed: {:#?}", self.unclaimed),
                Err(_) => panic!("nothing came; unclaimed: {:#?}", self.unclaimed),
            }
        }
    }

    pub(crate) async fn open(&mut self, text: &str) {
        self.open_as(URI, text).await;
    }

    pub(crate) async fn open_as(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "python", "version": 0, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }))
            .await;
    }

    /// One edit: from and to as (line, character).
    pub(crate) async fn edit(
        &mut self,
        version: i32,
        from: (u32, u32),
        to: (u32, u32),
        text: &str,
    ) {
        let place = |(line, character)| json!({ "line": line, "character": character });
        let change = json!({ "range": { "start": place(from), "end": place(to) }, "text": text });
        let params = json!({ "textDocument": { "uri": URI, "version": version }, "contentChanges": [change] });
        self.notify("textDocument/didChange", params).await;
    }

    /// The diagnostics of a version, those before it being let pass.
    pub(crate) async fn diagnostics(&mut self, version: i32) -> Vec<Value> {
        loop {
            let params = self.notified("textDocument/publishDiagnostics").await;
            let published = params["version"].as_i64().unwrap_or(-1);
            assert!(
                published <= i64::from(version),
                "diagnostics of the future: {params}"
            );
            if published == i64::from(version) {
                return params["diagnostics"].as_array().expect("a list").clone();
            }
        }
    }

    /// From here on, messages of a kind need not be looked at.
    pub(crate) fn ignore(&mut self, method: &'static str) {
        self.ignored.push(method);
    }

    /// Shuts the server down; nothing may be left over.
    pub(crate) async fn finish(mut self) {
        assert_eq!(self.call("shutdown", Value::Null).await, Value::Null);
        self.notify("exit", Value::Null).await;
        let orderly = tokio::time::timeout(PATIENCE, &mut self.server).await;
        assert!(
            orderly
                .expect("the server ends")
                .expect("the server does not panic")
        );
        while let Some(message) = self.incoming.recv().await {
            self.unclaimed.push(message);
        }
        let ignored = self.ignored;
        self.unclaimed
            .retain(|message| !ignored.iter().any(|method| message["method"] == *method));
        assert!(
            self.unclaimed.is_empty(),
            "unclaimed: {:#?}",
            self.unclaimed
        );
    }
}

async fn read_message(reader: &mut BufReader<DuplexStream>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((_, value)) => length = value.parse().expect("a length"),
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    Some(serde_json::from_slice(&body).expect("the server sends JSON"))
}

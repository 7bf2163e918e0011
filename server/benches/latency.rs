//! From a key to what the user sees, through the whole server: a client on the
//! standard streams of the program itself.
//!
//!     cargo bench -p vitrine --bench latency
//!
//! Times are from the first byte of a message written to the last byte of its
//! answer read, in milliseconds.
// A program of its own, outside `core/`.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(120);
const URI: &str = "file:///bench/a.py";

struct Client {
    child: Child,
    stdin: ChildStdin,
    messages: mpsc::Receiver<(Instant, Value)>,
    next_id: i64,
    version: i32,
}

impl Client {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vitrine"))
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("piped");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, messages) = mpsc::channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut stdout) {
                if sender.send((Instant::now(), message)).is_err() {
                    return;
                }
            }
        });
        let mut client = Self {
            child,
            stdin,
            messages,
            next_id: 1,
            version: 0,
        };
        let options = json!({ "results": "notification", "output": "notification" });
        let params = json!({ "capabilities": {}, "initializationOptions": options });
        client.request("initialize", params);
        client.notify("initialized", json!({}));
        client
    }

    fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let frame = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        self.stdin
            .write_all(frame.as_bytes())
            .expect("the server reads");
        self.stdin.flush().expect("the server reads");
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn wait(&mut self, wanted: impl Fn(&Value) -> bool) -> (Instant, Value) {
        loop {
            let (at, message) = self.messages.recv_timeout(PATIENCE).expect("an answer");
            if wanted(&message) {
                return (at, message);
            }
        }
    }

    /// Sends a request and waits for its answer; how long that took.
    fn request(&mut self, method: &str, params: Value) -> Duration {
        let id = self.next_id;
        self.next_id += 1;
        let begun = Instant::now();
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        let (at, answer) = self.wait(|message| message["id"] == json!(id));
        assert!(answer.get("error").is_none(), "{answer}");
        at - begun
    }

    /// Opens a document and waits for its diagnostics.
    fn open(&mut self, uri: &str, text: &str) -> Duration {
        let begun = Instant::now();
        let document = json!({ "uri": uri, "languageId": "python", "version": 0, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
        let (at, _) = self.wait(|message| message["method"] == "textDocument/publishDiagnostics");
        at - begun
    }

    /// One key, until the diagnostics of that version are here.
    fn key(&mut self, line: usize, character: usize, text: &str, removed: usize) -> Duration {
        self.version += 1;
        let version = self.version;
        let range = json!({
            "start": { "line": line, "character": character },
            "end": { "line": line, "character": character + removed }
        });
        let begun = Instant::now();
        self.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": URI, "version": version },
                "contentChanges": [{ "range": range, "text": text }]
            }),
        );
        let (at, _) = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["version"] == json!(version)
        });
        at - begun
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(stdout: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(value) => length = value.parse().ok()?,
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let mut body = vec![0; length];
    stdout.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{what:<44} {:>8.2} {:>8.2} {:>8.2}   of {}",
        at(0.5),
        at(0.95),
        at(1.0),
        times.len()
    );
}

/// Names in the text, spread over it: (line, character).
fn places(text: &str, count: usize) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let step = (lines.len() / count).max(1);
    let mut found = Vec::new();
    for at in (0..lines.len()).step_by(step) {
        let name = lines[at..].iter().enumerate().find_map(|(more, line)| {
            let code = line.trim_start();
            let is_code =
                code.starts_with(|c: char| c.is_ascii_alphabetic()) && !code.starts_with("def");
            is_code.then(|| (at + more, line.len() - code.len()))
        });
        found.extend(name);
    }
    found
}

fn measure(name: &str, text: &str) {
    println!(
        "\n{name}: {} lines, ms                     p50      p95      max",
        text.lines().count()
    );
    let mut client = Client::start();
    report("open", vec![client.open(URI, text)]);
    let at = places(text, 100);
    let mut keys = Vec::new();
    for &(line, _) in &at {
        let end = text
            .lines()
            .nth(line)
            .map_or(0, |line| line.encode_utf16().count());
        // A comment typed behind the statement, and taken back: the statement's segment changes.
        keys.push(client.key(line, end, " ", 0));
        keys.push(client.key(line, end + 1, "#", 0));
        keys.push(client.key(line, end, "", 2));
    }
    report("key to diagnostics", keys);
    let mut names = Vec::new();
    for &(line, character) in &at {
        // A letter in a name: new findings, scopes and code.
        names.push(client.key(line, character, "q", 0));
        names.push(client.key(line, character, "", 1));
    }
    report("key in a name to diagnostics", names);
    for (what, method) in [
        ("hover", "textDocument/hover"),
        ("completion", "textDocument/completion"),
        ("highlight", "textDocument/documentHighlight"),
        ("definition", "textDocument/definition"),
    ] {
        let ask = |&(line, character): &(usize, usize)| {
            let place = json!({ "line": line, "character": character });
            client.request(
                method,
                json!({ "textDocument": { "uri": URI }, "position": place }),
            )
        };
        report(what, at.iter().map(ask).collect());
    }
    // Asked right behind a key, as an editor does.
    let mut after = Vec::new();
    for &(line, character) in at.iter().take(50) {
        client.key(line, character, "q", 0);
        let place = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": URI }, "position": place });
        after.push(client.request("textDocument/completion", params));
        client.key(line, character, "", 1);
    }
    report("completion behind a key", after);
}

/// From the command to what the program printed.
fn cell() {
    println!("\na cell that prints, ms                          p50      p95      max");
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        let mut client = Client::start();
        client.open(URI, "print('hello')\n");
        for run in 0..5 {
            let begun = Instant::now();
            // The output may come before the answer: neither waits for the other.
            client.send(&json!({
                "jsonrpc": "2.0", "id": 1000 + run, "method": "workspace/executeCommand",
                "params": { "command": "vitrine.runFile", "arguments": [{ "uri": URI }] }
            }));
            let (at, _) = client.wait(|message| message["method"] == "vitrine/output");
            if run == 0 { &mut first } else { &mut later }.push(at - begun);
        }
    }
    report("first run of a document", first);
    report("later runs", later);
}

fn main() {
    let source = |module: &str| {
        vitrine_stdlib::library::find(module)
            .unwrap_or_else(|| panic!("{module} is in the library"))
            .source()
    };
    measure("_pydecimal.py", &source("_pydecimal"));
    measure("textwrap.py", &source("textwrap"));
    cell();
}

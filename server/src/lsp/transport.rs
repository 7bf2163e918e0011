//! Messages in and out: `Content-Length` frames around JSON-RPC.
//!
//! The service is `tower-lsp`'s; this loop around it is ours, because nothing
//! a client sends may end it. A frame that makes no sense is answered with an
//! error and skipped; reading goes on at the next `Content-Length`. Requests
//! are called in wire order, then each runs as a task of its own, so a slow,
//! panicking or cancelled one holds up nothing. The server's own requests are
//! fire-and-forget: their answers only free the next refresh.

use std::io;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tower::{Service, ServiceExt};
use tower_lsp::jsonrpc::{Error, ErrorCode, Id, Request, Response};

use super::outbox::Outbox;

/// A longer header line is garbage.
const MAX_HEADER: u64 = 8 * 1024;
/// A longer body is refused: no editor sends one, and memory is finite.
const MAX_BODY: usize = 512 * 1024 * 1024;
const CONTENT_LENGTH: &[u8] = b"Content-Length:";

/// What reading one frame gave.
#[derive(Debug, PartialEq)]
pub(crate) enum Frame {
    /// The body is in the buffer.
    Body,
    /// Bytes that are no frame; they are skipped.
    Malformed(&'static str),
    /// The client has gone.
    End,
}

/// Serves until the client sends `exit` or closes its end.
pub(crate) async fn serve<R, W, S>(reader: R, writer: W, service: S, outbox: Arc<Outbox>)
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    let writing = tokio::spawn(write(writer, outbox.clone()));
    read(reader, service, &outbox).await;
    outbox.close();
    let _ = writing.await;
}

async fn read<R, S>(mut reader: R, mut service: S, outbox: &Arc<Outbox>)
where
    R: AsyncBufRead + Unpin,
    S: Service<Request, Response = Option<Response>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    let mut body = Vec::new();
    loop {
        match read_frame(&mut reader, &mut body).await {
            Ok(Frame::Body) => {}
            Ok(Frame::Malformed(why)) => {
                outbox.reply(Response::from_error(Id::Null, parse_error(why.to_owned())));
                continue;
            }
            Ok(Frame::End) | Err(_) => return,
        }
        let request = match decode(&body) {
            Ok(Message::Request(request)) => request,
            Ok(Message::Response(id)) => {
                outbox.answered(&id);
                continue;
            }
            Err(response) => {
                outbox.reply(*response);
                continue;
            }
        };
        let exit = request.method() == "exit";
        let initialize = request.method() == "initialize";
        let id = request.id().cloned();
        let Ok(service) = service.ready().await else {
            return;
        };
        let response = service.call(request);
        match id {
            // What follows depends on it.
            Some(id) if initialize => outbox.reply(answer(id, response).await),
            Some(id) => {
                let outbox = outbox.clone();
                tokio::spawn(async move { outbox.reply(answer(id, response).await) });
            }
            // A notification's handler only queues or cancels: it ends at once.
            None => drop(tokio::spawn(response).await),
        }
        if exit {
            return;
        }
    }
}

/// Awaits a request's response; whatever happens there is exactly one.
async fn answer<F, E>(id: Id, response: F) -> Response
where
    F: Future<Output = Result<Option<Response>, E>> + Send + 'static,
    E: Send + 'static,
{
    match tokio::spawn(response).await {
        Ok(Ok(Some(response))) => response,
        Ok(Ok(None) | Err(_)) => Response::from_error(id, Error::invalid_request()),
        Err(_) => Response::from_error(id, Error::internal_error()),
    }
}

async fn write<W: AsyncWrite + Unpin>(mut writer: W, outbox: Arc<Outbox>) {
    let mut frames = Vec::new();
    while let Some(messages) = outbox.take().await {
        frames.clear();
        for message in messages {
            let body = message.into_json();
            frames.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            frames.extend_from_slice(&body);
        }
        if writer.write_all(&frames).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
}

enum Message {
    Request(Request),
    /// An answer to one of our requests.
    Response(Id),
}

fn decode(body: &[u8]) -> Result<Message, Box<Response>> {
    let fail = |id, error| Box::new(Response::from_error(id, error));
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => {
            // Half a surrogate pair, as an editor sends when an edit splits
            // one, is no JSON to serde; losing the edit would be worse.
            let mended = replace_lone_surrogates(body);
            let retried = mended.and_then(|body| serde_json::from_slice(&body).ok());
            retried.ok_or_else(|| fail(Id::Null, parse_error(error.to_string())))?
        }
    };
    let Some(object) = value.as_object() else {
        return Err(fail(Id::Null, Error::invalid_request()));
    };
    let id = object.get("id").cloned().map(serde_json::from_value::<Id>);
    if !object.contains_key("method") {
        return match id {
            Some(Ok(id)) if object.contains_key("result") || object.contains_key("error") => {
                Ok(Message::Response(id))
            }
            Some(Ok(id)) => Err(fail(id, Error::invalid_request())),
            _ => Err(fail(Id::Null, Error::invalid_request())),
        };
    }
    serde_json::from_value(value)
        .map(Message::Request)
        .map_err(|_| {
            fail(
                id.and_then(Result::ok).unwrap_or_default(),
                Error::invalid_request(),
            )
        })
}

fn parse_error(why: String) -> Error {
    Error {
        code: ErrorCode::ParseError,
        message: why.into(),
        data: None,
    }
}

/// Replaces `\uD800`-`\uDFFF` escapes that pair with nothing by `\uFFFD`, which
/// is as long in UTF-16 and in UTF-8; `None` where there are none.
fn replace_lone_surrogates(body: &[u8]) -> Option<Vec<u8>> {
    let unit = |at: usize| -> Option<u32> {
        let hex = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
    };
    let mut mended = None;
    let mut at = 0;
    while at < body.len() {
        if body[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                mended.get_or_insert_with(|| body.to_vec())[at + 2..at + 6]
                    .copy_from_slice(b"FFFD");
                at += 6;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
    }
    mended
}

/// Reads the next frame's body into `body`.
pub(crate) async fn read_frame<R: AsyncBufRead + Unpin>(
    reader: &mut R,
    body: &mut Vec<u8>,
) -> io::Result<Frame> {
    let mut line = Vec::new();
    let mut length = None;
    let mut garbage = None;
    loop {
        line.clear();
        if (&mut *reader)
            .take(MAX_HEADER)
            .read_until(b'\n', &mut line)
            .await?
            == 0
        {
            return Ok(Frame::End);
        }
        let header = line.trim_ascii();
        if header.is_empty() && line.ends_with(b"\n") {
            match (length, garbage) {
                (Some(length), _) => {
                    body.clear();
                    let read = (&mut *reader).take(length as u64).read_to_end(body).await?;
                    return Ok(if read == length {
                        Frame::Body
                    } else {
                        Frame::End
                    });
                }
                (None, Some(why)) => return Ok(Frame::Malformed(why)),
                (None, None) => {} // Blank lines between frames do no harm.
            }
            continue;
        }
        match parse_header(header) {
            Header::ContentLength(value) => length = Some(value),
            Header::Other => {}
            Header::Garbage(why) => {
                length = None;
                garbage = Some(why);
            }
        }
    }
}

enum Header {
    ContentLength(usize),
    Other,
    Garbage(&'static str),
}

fn parse_header(line: &[u8]) -> Header {
    // After garbage without a newline the next header ends the same line.
    let value = line
        .windows(CONTENT_LENGTH.len())
        .rposition(|window| window.eq_ignore_ascii_case(CONTENT_LENGTH))
        .map(|at| &line[at + CONTENT_LENGTH.len()..]);
    match value {
        Some(value) => match std::str::from_utf8(value.trim_ascii())
            .ok()
            .and_then(|text| text.parse().ok())
        {
            Some(length) if length <= MAX_BODY => Header::ContentLength(length),
            Some(_) => Header::Garbage("the message is too long"),
            None => Header::Garbage("Content-Length is no number"),
        },
        None if line
            .get(..13)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"Content-Type:")) =>
        {
            Header::Other
        }
        None => Header::Garbage("expected a Content-Length header"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn frames(input: &[u8]) -> Vec<String> {
        let mut reader = tokio::io::BufReader::new(input);
        let mut body = Vec::new();
        let mut seen = Vec::new();
        loop {
            match read_frame(&mut reader, &mut body)
                .await
                .expect("memory does not fail")
            {
                Frame::Body => seen.push(String::from_utf8_lossy(&body).into_owned()),
                Frame::Malformed(why) => seen.push(format!("! {why}")),
                Frame::End => return seen,
            }
        }
    }

    #[tokio::test]
    async fn frames_survive_what_is_between_them() {
        let check = async |input: &str, expected: &[&str]| {
            assert_eq!(frames(input.as_bytes()).await, expected, "{input:?}");
        };
        check("Content-Length: 2\r\n\r\n{}", &["{}"]).await;
        check(
            "content-length:2\n\n{}Content-Type: x; charset=utf-8\r\nContent-Length: 2\r\n\r\n[]",
            &["{}", "[]"],
        )
        .await;
        check(
            "Content-Length: x\r\n\r\nContent-Length: 2\r\n\r\n{}",
            &["! Content-Length is no number", "{}"],
        )
        .await;
        check("hello {}Content-Length: 2\r\n\r\n{}", &["{}"]).await;
        check(
            "hello\r\n\r\nContent-Length: 2\r\n\r\n{}",
            &["! expected a Content-Length header", "{}"],
        )
        .await;
        check(
            "Content-Length: 99999999999\r\n\r\n",
            &["! the message is too long"],
        )
        .await;
        check("Content-Length: 5\r\n\r\n{}", &[]).await;
        check("\r\n\r\nContent-Length: 0\r\n\r\n", &[""]).await;
    }

    #[test]
    fn lone_surrogates_are_replaced_and_pairs_kept() {
        let check = |input: &str, expected: Option<&str>| {
            let mended = replace_lone_surrogates(input.as_bytes());
            assert_eq!(mended.as_deref(), expected.map(str::as_bytes), "{input}");
        };
        check(r#""\ud83d\ude00""#, None);
        check(r#""\ud83d""#, Some(r#""\uFFFD""#));
        check(r#""a\ude00\\ud800""#, Some(r#""a\uFFFD\\ud800""#));
        check(r#""\ud83d\n""#, Some(r#""\uFFFD\n""#));
    }
}

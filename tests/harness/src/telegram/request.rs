//! From an HTTP request to a method and its parameters, which may come by query,
//! form, multipart and JSON, alone or together.
use super::answer::{Failure, bad};
use bytes::Bytes;
use http::{HeaderMap, header};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// A call of a method.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    /// As it is spelled in the reference, or as it came when there is no such.
    pub(super) method: String,
    pub(super) params: Map<String, Value>,
    /// The files of a multipart body, by the name of their part.
    pub(super) files: HashMap<String, Upload>,
}

/// A file of a multipart body.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) bytes: Bytes,
}

impl Call {
    /// What `query` and `body` say.
    pub(super) fn read(method: &str, query: &str, headers: &HeaderMap, body: Bytes) -> Result<Self, Failure> {
        let mut call = Call { method: method.to_owned(), ..Call::default() };
        call.add_form(query.as_bytes());
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" if body.is_empty() => {}
            "application/json" => match serde_json::from_slice(&body) {
                Ok(Value::Object(params)) => call.params.extend(params),
                _ => return bad("can't parse JSON object"),
            },
            "application/x-www-form-urlencoded" => call.add_form(&body),
            "multipart/form-data" => call.add_parts(kind, &body)?,
            _ => {}
        }
        Ok(call)
    }
    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form) {
            self.params.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    }
    fn add_parts(&mut self, kind: &str, body: &[u8]) -> Result<(), Failure> {
        let Some(boundary) = attribute(kind, "boundary") else { return bad("there is no boundary") };
        let delimiter = format!("--{boundary}").into_bytes();
        for part in split(body, &delimiter).into_iter().skip(1) {
            let Some(part) = part.strip_prefix(b"\r\n") else { break }; // `--` ends it
            let Some(end) = find(part, b"\r\n\r\n") else { return bad("a part without a header") };
            let (head, content) = (String::from_utf8_lossy(&part[..end]), &part[end + 4..]);
            let content = content.strip_suffix(b"\r\n").unwrap_or(content);
            let said = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
            let Some(name) = said.and_then(|said| attribute(said, "name")) else { return bad("a part without a name") };
            match said.and_then(file_name) {
                Some(file) => {
                    self.files.insert(name, Upload { name: file, bytes: Bytes::copy_from_slice(content) });
                }
                None => {
                    self.params.insert(name, Value::String(String::from_utf8_lossy(content).into_owned()));
                }
            }
        }
        Ok(())
    }
    /// A parameter as text; a number in JSON is one too.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }
    /// A parameter as a number, however it came.
    pub(super) fn int(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }
    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.text(name).as_deref(), Some("true" | "True" | "1" | "yes"))
    }
    /// A parameter that is an object or a list: in a form it is JSON in a field.
    pub(super) fn json(&self, name: &str) -> Option<Value> {
        match self.params.get(name)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(serde_json::from_str(text).unwrap_or(Value::String(text.clone()))),
            Value::Null => None,
            other => Some(other.clone()),
        }
    }
    /// The file that the parameter names by `attach://`, or that has its name.
    pub(super) fn file(&self, name: &str) -> Option<&Upload> {
        let text = self.text(name).unwrap_or_default();
        let attached = text.strip_prefix("attach://").and_then(|part| self.files.get(part));
        attached.or_else(|| self.files.get(name))
    }
    /// The parameters as a test compares them: a file is its name and size.
    pub(super) fn shown(&self) -> Value {
        let mut params = self.params.clone();
        for (part, Upload { name, bytes }) in &self.files {
            params.insert(part.clone(), format!("({name}, {} bytes)", bytes.len()).into());
        }
        Value::Object(params)
    }
}

/// `name="value"` of a header.
fn attribute(header: &str, name: &str) -> Option<String> {
    let value = header.split(';').find_map(|piece| piece.trim().strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim().trim_matches('"').to_owned())
}
/// The file name of a part, which is percent-encoded when it is not ASCII.
fn file_name(said: &str) -> Option<String> {
    let encoded = || {
        let encoded = attribute(said, "filename*")?;
        let (_, name) = encoded.split_once("''")?;
        Some(percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned())
    };
    attribute(said, "filename").or_else(encoded)
}
fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}
fn split<'a>(mut bytes: &'a [u8], delimiter: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = vec![];
    while let Some(at) = find(bytes, delimiter) {
        pieces.push(&bytes[..at]);
        bytes = &bytes[at + delimiter.len()..];
    }
    pieces.push(bytes);
    pieces
}

//! Travis CI as a sender: the payload of the fixtures, and its requests.
use ring::digest;
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    path::PathBuf,
};

/// The repository of `derived-push-failed.json`.
pub(crate) const REPO: &str = "sathwikshetty33/travis-test";
/// The hex SHA-256 of [`REPO`] followed by the token `s3cret`: it proves a request.
const PROOF: &str = "f20c9aba74ee4651864cebe9c800a258c933e76793e560993e627ae7fc403846";
/// The commands that let it in.
pub(crate) const ROUTE: &str = "!travis route sathwikshetty33/travis-test console:ops failed";
pub(crate) const TOKEN: &str = "!travis token sathwikshetty33/travis-test s3cret";

pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/travis").join(name)
}

/// The body that tells of the failed build `number`.
pub(crate) fn failed(number: u32) -> String {
    failed_in(REPO, number)
}

/// The body that tells of the passed build `number`, of which no phone need ring.
pub(crate) fn passed(number: u32) -> String {
    body(REPO, number, |payload| {
        (payload["state"], payload["status_message"]) = ("passed".into(), "Passed".into());
        (payload["result_message"], payload["status"], payload["result"]) = ("Passed".into(), 0.into(), 0.into());
    })
}

/// What [`failed`] tells, of another repository.
pub(crate) fn failed_in(repo: &str, number: u32) -> String {
    body(repo, number, |_| {})
}

fn body(repo: &str, number: u32, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let (owner, name) = repo.split_once('/').unwrap();
    let json = std::fs::read(fixture("derived-push-failed.json")).unwrap();
    let mut payload: serde_json::Value = serde_json::from_slice(&json).unwrap();
    payload["id"] = number.into();
    payload["repository"]["owner_name"] = owner.into();
    payload["repository"]["name"] = name.into();
    payload["number"] = number.to_string().into();
    change(&mut payload);
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

/// The header line of [`TOKEN`]'s proof.
pub(crate) fn proof() -> String {
    format!("Authorization: {PROOF}\r\n")
}

/// The header line that proves a request of `repo`, whose token is `s3cret`.
pub(crate) fn proof_of(repo: &str) -> String {
    let hash = digest::digest(&digest::SHA256, format!("{repo}s3cret").as_bytes());
    let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("Authorization: {hex}\r\n")
}

/// Posts a body with the proof of [`TOKEN`]; gives the status.
pub(crate) fn post(address: &str, body: &str) -> io::Result<u16> {
    send(address, REPO, &format!("Authorization: {PROOF}\r\n"), body)
}

/// Posts a body with further header lines, each with its end.
pub(crate) fn send(address: &str, repo: &str, headers: &str, body: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect(address)?;
    let length = body.len();
    write!(
        stream,
        "POST /travis HTTP/1.1\r\nHost: {address}\r\nTravis-Repo-Slug: {repo}\r\n{headers}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

//! From the start of the process to its first 2xx.
use super::{Place, Plan, median, repos};
use crate::{
    server::now,
    table::{Table, Target},
    travis::{FIRST, Sender},
};
use anyhow::{Context, Result, ensure};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long a host may take to start before it is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// A host with an empty store.
pub(crate) fn empty(plan: &Plan, table: &mut Table) -> Result<()> {
    let place = plan.place(&repos(1), "[plugins.travishook]\nconfig_urls = []\n")?;
    let took = first_answer(plan, &place)?;
    table.row("start to first accepted request, empty store", took, &format!("{took:.0} ms"), Target::AtMost(100.0));
    Ok(())
}

/// The median over some starts, in ms.
pub(crate) fn first_answer(plan: &Plan, place: &Place) -> Result<f64> {
    let sender = Sender::new(&repos(1)[0])?;
    let mut times = vec![];
    for nth in 0..if plan.smoke { 1 } else { 9 } {
        let address = free_address()?;
        let request = sender.request(FIRST / 2 + nth);
        let mut command = Command::new(&plan.binary);
        command.env_clear().env("FACTOTUM_HTTP__LISTEN", address.to_string()).current_dir(place.folder());
        let began = now();
        let mut host = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let answered = until_accepted(&mut host, address, &request);
        let took = began.elapsed();
        host.kill()?;
        host.wait()?;
        answered?;
        times.push(took.as_secs_f64() * 1000.0);
    }
    Ok(median(times))
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn until_accepted(host: &mut Child, address: SocketAddr, request: &[u8]) -> Result<()> {
    let began = now();
    loop {
        if let Ok(mut stream) = TcpStream::connect(address) {
            stream.set_read_timeout(Some(LIMIT))?;
            stream.write_all(request)?;
            let mut status = [0; 12];
            stream.read_exact(&mut status).context("the host closed the connection")?;
            ensure!(status.starts_with(b"HTTP/1.1 2"), "the answer was {}", String::from_utf8_lossy(&status));
            return Ok(());
        }
        ensure!(host.try_wait()?.is_none(), "the host ended");
        ensure!(began.elapsed() < LIMIT, "the host does not listen");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "the host is another process, and tells nobody when it listens")]
fn pause() {
    std::thread::sleep(Duration::from_micros(200));
}

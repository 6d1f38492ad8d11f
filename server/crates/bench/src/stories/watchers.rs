//! Watchers of one running job: from a device's answer to each watcher's stream. Among them are some that have stopped
//! to read.

use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use hub_wire::Timestamp;
use reqwest::{Client, Response};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use crate::{
    figure::{Budget, Figure, count, quantile},
    fleet::Witnessed,
    folder::Folder,
    hub::{Action, request},
    server::Server,
    stories::Scale,
};

/// Watchers at full size.
const WATCHERS: usize = 1000;
/// Devices of the job.
const DEVICES: usize = 400;
/// Over how long they answer.
const SPREAD: Duration = Duration::from_secs(8);
/// Streams that are opened at once.
const OPENING: usize = 50;
/// Streams without a reader, at full size.
const STALLED: usize = 100;
/// Room that such a reader's socket has, in bytes.
const STALLED_ROOM: u32 = 4096;
const JOB: &str = "watched";
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs it.
pub(crate) async fn run(scale: Scale) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for watchers in scale.sizes(WATCHERS) {
        let is_full = scale.is_full(watchers, WATCHERS);
        let latencies = watch(watchers, 0).await?;
        figures.push(
            Figure::new("device's answer to a watcher, p99", watchers, "watchers", latencies.p99, "ms")
                .within(Budget::AtMost(300.0), is_full),
        );
        figures.push(Figure::new("memory a watcher", watchers, "watchers", latencies.memory / 1e3, "kB"));
        if watchers >= STALLED {
            let beside = watch(watchers, STALLED).await?;
            figures.push(
                Figure::new(
                    "the same beside 100 that stopped reading",
                    watchers,
                    "watchers",
                    beside.p99,
                    "ms",
                )
                .beside("without them", latencies.p99, is_full.then_some(1.3)),
            );
        }
    }
    Ok(figures)
}

struct Watched {
    /// Milliseconds.
    p99: f64,
    /// Bytes a watcher.
    memory: f64,
}

async fn watch(watchers: usize, stalled: usize) -> anyhow::Result<Watched> {
    let folder = Folder::seeded(DEVICES)?;
    let server = Server::start(&folder).await?;
    let mut devices = Witnessed::of_hub(&server.mqtt, &server.connection, DEVICES, SPREAD).await?;
    let mut later = request(JOB, Action::Method, "*")?;
    // Late enough for all streams to be open before the first answer.
    let start = Timestamp::from(SystemTime::now()).plus(Duration::from_secs(4));
    later.start_time = Some(start);
    server.hub.create_job(&later).await?;
    until_known(&server).await?;

    let before = server.process.memory()?;
    let path = format!("/api/v1/jobs/{JOB}/events");
    let streams = open(&server.url, &path, watchers).await?;
    // Each stream has received one event, so its memory is allocated.
    let memory = (server.process.memory()? - before) / count(watchers);
    let silent = open_and_leave(&server.url, &path, stalled).await?;
    ensure!(Timestamp::from(SystemTime::now()) < start, "the streams were not open in time");

    let mut readers: JoinSet<anyhow::Result<Vec<(Timestamp, usize)>>> = JoinSet::new();
    for stream in streams {
        readers.spawn(read(stream));
    }
    let latencies =
        tokio::time::timeout(PATIENCE, readers.join_all()).await.context("the watchers never saw the end")?;
    drop(silent);
    let mut answered = Vec::with_capacity(DEVICES);
    while let Ok(at) = devices.answered.try_recv() {
        answered.push(at);
    }
    ensure!(answered.len() == DEVICES, "{} of {DEVICES} devices have answered", answered.len());
    answered.sort_unstable();
    let mut delays = Vec::with_capacity(watchers * DEVICES);
    for events in latencies {
        let mut reported = 0;
        for (at, succeeded) in events? {
            for answer in &answered[reported..succeeded.max(reported).min(DEVICES)] {
                delays.push(at.since(*answer).as_secs_f64() * 1e3);
            }
            reported = reported.max(succeeded);
        }
    }
    server.stop().await?;
    Ok(Watched { p99: quantile(&mut delays, 0.99), memory })
}

/// The console finds a job that was made on the hub by itself.
async fn until_known(server: &Server) -> anyhow::Result<()> {
    let known = async {
        while server.get(&format!("/api/v1/jobs/{JOB}")).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, known).await.context("the console does not find the job")
}

/// Opens streams and waits for the first bytes of each.
async fn open(url: &str, path: &str, watchers: usize) -> anyhow::Result<Vec<Response>> {
    let http = Client::new();
    stream::iter(0..watchers)
        .map(|_| async {
            let mut answer = http.get(format!("{url}{path}")).send().await?.error_for_status()?;
            answer.chunk().await?.context("a stream ended at once")?;
            anyhow::Ok(answer)
        })
        .buffer_unordered(OPENING)
        .try_collect()
        .await
}

/// Opens streams without reading them.
async fn open_and_leave(url: &str, path: &str, watchers: usize) -> anyhow::Result<Vec<TcpStream>> {
    let address = url.strip_prefix("http://").context("an address")?.parse()?;
    let mut streams = Vec::with_capacity(watchers);
    for _ in 0..watchers {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(STALLED_ROOM)?;
        let mut stream = socket.connect(address).await?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await?;
        streams.push(stream);
    }
    Ok(streams)
}

/// Reads a stream until every device has succeeded: when it reported each count.
async fn read(mut stream: Response) -> anyhow::Result<Vec<(Timestamp, usize)>> {
    let mut reports = Vec::new();
    let mut text = String::new();
    while let Some(bytes) = stream.chunk().await? {
        text.push_str(std::str::from_utf8(&bytes)?);
        let now = Timestamp::from(SystemTime::now());
        while let Some((event, _)) = text.split_once("\n\n") {
            let succeeded = succeeded(event);
            let length = event.len() + 2;
            text.drain(..length);
            if let Some(succeeded) = succeeded {
                reports.push((now, succeeded));
                if succeeded >= DEVICES {
                    return Ok(reports);
                }
            }
        }
    }
    anyhow::bail!("a stream ended after {:?}", reports.last())
}

/// How many devices have succeeded, by an event's summary; reading all of its JSON would make this process the slow one.
fn succeeded(event: &str) -> Option<usize> {
    let (_, rest) = event.split_once("\"succeededCount\":")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

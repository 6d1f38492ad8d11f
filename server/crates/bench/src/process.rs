//! A child process: started, listened to, weighed, and gone with its handle.

use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use tokio::sync::mpsc;

/// What the kernel counts processor time in, a second.
const TICKS: f64 = 100.0;

/// A running child. Killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<String>,
}

impl Process {
    /// Starts a program; what it writes to its error stream is thrown away.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> anyhow::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", command.get_program().display()))?;
        let stdout = child.stdout.take().context("its output is piped")?;
        let (send, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            // Ends with the process, or when the receiver is dropped.
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { name, stdin: child.stdin.take(), child, lines })
    }

    /// Waits for a line with this prefix; returns the rest.
    pub(crate) async fn line(&mut self, beginning: &str, limit: Duration) -> anyhow::Result<String> {
        let wait = async {
            while let Some(line) = self.lines.recv().await {
                if let Some(rest) = line.strip_prefix(beginning) {
                    return Ok(rest.to_owned());
                }
            }
            bail!("{} ended before it printed '{beginning}'", self.name)
        };
        tokio::time::timeout(limit, wait)
            .await
            .with_context(|| format!("{} did not say '{beginning}' in time", self.name))?
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory in bytes.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        memory(self.id())
    }

    /// Processor time used so far, all threads, in seconds.
    pub(crate) fn processor_time(&self) -> anyhow::Result<f64> {
        processor_time(self.id())
    }

    /// Stops it by closing its input, or by SIGTERM for programs that do not read it; returns how long that took.
    pub(crate) async fn stop(mut self, by: Stop) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        match by {
            Stop::EndOfInput => drop(self.stdin.take()),
            Stop::Terminate => {
                Command::new("kill").arg(self.id().to_string()).status().context("cannot run kill")?;
            }
        }
        while self.child.try_wait().context("cannot wait for a child")?.is_none() {
            if begin.elapsed() > Duration::from_secs(30) {
                bail!("{} does not stop", self.name);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(begin.elapsed())
    }
}

/// How a child is stopped.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stop {
    /// Our own children end when their input is closed.
    EndOfInput,
    /// Others get the signal.
    Terminate,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, in bytes.
fn memory(id: u32) -> anyhow::Result<f64> {
    let status = read(id, "status")?;
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .and_then(|text| text.parse::<f64>().ok())
        .context("the kernel does not tell a process's memory")?;
    Ok(kilobytes * 1024.0)
}

/// Processor time of a process, in seconds.
fn processor_time(id: u32) -> anyhow::Result<f64> {
    let stat = read(id, "stat")?;
    // The name is in brackets and may hold any character; the state follows it.
    let fields = stat.rsplit_once(") ").context("the kernel's line of a process is odd")?.1;
    let ticks: f64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

fn read(id: u32, file: &str) -> anyhow::Result<String> {
    let path = PathBuf::from(format!("/proc/{id}/{file}"));
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// Returns when our input is closed: the parent is done, or has died.
pub(crate) async fn until_abandoned() {
    // One byte or none: both mean the end.
    let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    let _ = waiting.await;
}

/// This very program.
pub(crate) fn ourselves() -> anyhow::Result<Command> {
    Ok(Command::new(std::env::current_exe().context("this program's path is unknown")?))
}

/// The server, built beside this program.
pub(crate) fn fleetcast() -> anyhow::Result<Command> {
    let path = std::env::current_exe().context("this program's path is unknown")?.with_file_name("fleetcast");
    if !path.exists() {
        bail!("{} is missing: build it with \"make build\"", path.display());
    }
    Ok(Command::new(path))
}

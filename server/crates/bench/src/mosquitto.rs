//! The baseline of method jobs: the same requests and answers through Mosquitto, from one client that keeps as many
//! under way as the hub does.

use std::{
    net::TcpListener,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use device_pool::fleet::device_id;
use rumqttc::mqttbytes::v4::{Connect, Packet};

use crate::{
    fleet::{ANSWERS, METHOD, PREFIX, REQUEST, broker_topic},
    folder::Folder,
    link::Link,
    process::Process,
};

/// Where it may be: not everybody's search path holds the system's programs.
const PROGRAMS: [&str; 2] = ["mosquitto", "/usr/sbin/mosquitto"];
/// Requests under way at once, as many as the hub's scheduler allows itself.
const UNDER_WAY: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(20);

/// A broker on a port of its own.
#[derive(Debug)]
pub(crate) struct Mosquitto {
    process: Process,
    pub(crate) address: String,
    _folder: Folder,
}

impl Mosquitto {
    /// Starts Debian's Mosquitto; none when it is not installed.
    pub(crate) async fn start() -> anyhow::Result<Option<Self>> {
        let Some(program) = PROGRAMS.into_iter().find(|name| Command::new(name).arg("-h").output().is_ok())
        else {
            return Ok(None);
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = Folder::new()?;
        let configuration = folder.path().join("mosquitto.conf");
        // No limits and nothing written: what is left is the passing on of messages.
        std::fs::write(
            &configuration,
            format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n\
                 max_queued_messages 0\nmax_inflight_messages 0\nlog_type none\n"
            ),
        )?;
        let process = Process::start("Mosquitto", Command::new(program).arg("-c").arg(&configuration))?;
        let broker = Self { process, address: format!("127.0.0.1:{port}"), _folder: folder };
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(&broker.address).await.is_err() {
            if Instant::now() > deadline {
                bail!("Mosquitto does not listen");
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Some(broker))
    }

    /// Processor time so far, in seconds.
    pub(crate) fn processor_time(&self) -> anyhow::Result<f64> {
        self.process.processor_time()
    }

    /// Sends every device a request and waits for all answers; seconds it took.
    pub(crate) async fn call_all(&self, devices: usize) -> anyhow::Result<f64> {
        let mut connect = Connect::new("requester");
        connect.keep_alive = 900;
        let mut link = Link::open(&self.address, connect, "answers/#".to_owned()).await?;
        let begin = Instant::now();
        let (mut sent, mut answered) = (0, 0);
        while answered < devices {
            while sent < devices && sent - answered < UNDER_WAY {
                sent += 1;
                let device = device_id(PREFIX, sent)?;
                link.publish(format!("{}{METHOD}/?$rid={sent:x}", broker_topic(device.as_str())), REQUEST)?;
            }
            link.flush().await?;
            let mut packet =
                Some(tokio::time::timeout(PATIENCE, link.receive()).await.context("answers are lost")??);
            while let Some(next) = packet {
                if let Packet::Publish(answer) = next {
                    anyhow::ensure!(answer.topic.starts_with(ANSWERS), "an answer on {}", answer.topic);
                    answered += 1;
                }
                packet = link.received()?;
            }
        }
        Ok(begin.elapsed().as_secs_f64())
    }
}

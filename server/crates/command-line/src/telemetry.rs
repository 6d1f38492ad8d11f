//! Messages from devices as they arrive, over the server's event stream.

use std::time::Duration;

use console_wire::telemetry::{LiveMessage, LiveTelemetry, TELEMETRY};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::{Error, Exit, arguments::TelemetryArgs, client::Client, output};

/// Longest time without an answer before following is given up: a server that restarts is back by then.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause before the stream is opened again.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes messages until so many were written, or the program is interrupted.
pub(crate) async fn follow(
    client: &Client,
    path: &str,
    arguments: &TelemetryArgs,
    is_json: bool,
) -> Result<Exit, Error> {
    let mut left = arguments.count.map(std::num::NonZeroU64::get);
    let (mut since, mut answered) = (None::<u64>, None::<Instant>);
    loop {
        let query: Vec<_> = since.map(|since| ("since", since.to_string())).into_iter().collect();
        match client.open(path, &query).await {
            Ok(mut response) => {
                let mut events = EventReader::default();
                // The end of the stream is as good as an error: it is opened again.
                while let Ok(Some(chunk)) = response.chunk().await {
                    answered = Some(Instant::now());
                    for telemetry in events.read(&chunk) {
                        if telemetry.skipped > 0 {
                            eprintln!("{} messages were skipped", telemetry.skipped);
                        }
                        for message in telemetry.items {
                            since = Some(message.sequence);
                            write(&message, is_json)?;
                            left = left.map(|left| left - 1);
                            if left == Some(0) {
                                return Ok(Exit::Succeeded);
                            }
                        }
                    }
                }
            }
            Err(error @ Error::Unreachable { .. }) => {
                if answered.is_none_or(|at| at.elapsed() > PATIENCE) {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        sleep(PAUSE).await;
    }
}

fn write(message: &LiveMessage, is_json: bool) -> Result<(), Error> {
    if is_json {
        let text = serde_json::to_string(message).map_err(|error| Error::Output(error.into()))?;
        return output::line(&text);
    }
    let body = match &message.message.body {
        Some(Value::String(text)) => text.clone(),
        Some(body) => body.to_string(),
        None => format!("{} bytes", message.message.body_size),
    };
    let text = format!("{}  {}  {body}", message.message.enqueued_time_utc, message.device_id);
    output::line(&output::printable(text))
}

/// Reads server-sent events from chunks of bytes.
#[derive(Debug, Default)]
struct EventReader {
    /// The line that has not ended yet.
    line: Vec<u8>,
    name: String,
    data: String,
}

impl EventReader {
    /// The telemetry of the events that have ended with a chunk.
    fn read(&mut self, chunk: &[u8]) -> Vec<LiveTelemetry> {
        let mut found = Vec::new();
        for byte in chunk {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                found.extend(self.end_line(&String::from_utf8_lossy(&line)));
            } else {
                self.line.push(*byte);
            }
        }
        found
    }

    fn end_line(&mut self, line: &str) -> Option<LiveTelemetry> {
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
            return (name == TELEMETRY).then(|| serde_json::from_str(&data).ok()).flatten();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.data.push_str(value),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_put_together_from_pieces() {
        let text = "event: live\ndata: {}\n\n:heartbeat\n\nevent: telemetry\nid: 7\ndata: {\"skipped\":2,\"items\":[]}\r\n\r\n";
        for size in [1, 7, text.len()] {
            let mut reader = EventReader::default();
            let found: Vec<_> = text.as_bytes().chunks(size).flat_map(|chunk| reader.read(chunk)).collect();
            assert_eq!(found, [LiveTelemetry { skipped: 2, items: Vec::new() }], "{size}");
        }
    }
}

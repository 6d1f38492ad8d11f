//! One MQTT connection, the same for hub and broker: packets in, packets out.

use anyhow::{Context, bail};
use bytes::BytesMut;
use rumqttc::mqttbytes::{
    Error, QoS,
    v4::{Connect, ConnectReturnCode, Packet, Publish, Subscribe},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Largest packet; a figure here is about small ones.
const MAX_PACKET: usize = 64 * 1024;

/// An accepted connection.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    inbound: BytesMut,
    outbound: BytesMut,
}

impl Link {
    /// Connects and subscribes to one filter.
    pub(crate) async fn open(address: &str, connect: Connect, filter: String) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
        stream.set_nodelay(true)?;
        let mut link = Self { stream, inbound: BytesMut::new(), outbound: BytesMut::new() };
        link.put(&Packet::Connect(connect))?;
        link.flush().await?;
        match link.receive().await? {
            Packet::ConnAck(ack) if ack.code == ConnectReturnCode::Success => {}
            other => bail!("a device was not let in: {other:?}"),
        }
        let mut subscribe = Subscribe::new(filter, QoS::AtMostOnce);
        subscribe.pkid = 1;
        link.put(&Packet::Subscribe(subscribe))?;
        link.flush().await?;
        match link.receive().await? {
            Packet::SubAck(_) => Ok(link),
            other => bail!("a subscription was not confirmed: {other:?}"),
        }
    }

    /// Waits for a packet. Can be dropped while waiting.
    pub(crate) async fn receive(&mut self) -> anyhow::Result<Packet> {
        loop {
            if let Some(packet) = self.received()? {
                return Ok(packet);
            }
            if self.stream.read_buf(&mut self.inbound).await? == 0 {
                bail!("the connection was closed");
            }
        }
    }

    /// A packet that has come already.
    pub(crate) fn received(&mut self) -> anyhow::Result<Option<Packet>> {
        if self.inbound.is_empty() {
            return Ok(None);
        }
        match Packet::read(&mut self.inbound, MAX_PACKET) {
            Ok(packet) => Ok(Some(packet)),
            Err(Error::InsufficientBytes(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Adds a message to what the next flush sends.
    pub(crate) fn publish(&mut self, topic: String, payload: &'static [u8]) -> anyhow::Result<()> {
        self.put(&Packet::Publish(Publish::from_bytes(topic, QoS::AtMostOnce, payload.into())))
    }

    fn put(&mut self, packet: &Packet) -> anyhow::Result<()> {
        packet.write(&mut self.outbound, MAX_PACKET)?;
        Ok(())
    }

    /// Sends what was added.
    pub(crate) async fn flush(&mut self) -> anyhow::Result<()> {
        self.stream.write_all_buf(&mut self.outbound).await?;
        Ok(())
    }
}

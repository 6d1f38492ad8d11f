//! A running gateway over a [`MemoryHub`], on a port of its own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hub_embedded::{
    clock::ManualClock,
    domain::Target,
    mqtt::{ConnectionChange, Connections, Gateway, Limits, Listener, MethodCall, TelemetryMessage},
};
use hub_wire::{DeviceId, ModuleId, Timestamp, device::ConnectionState};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    memory::{MemoryHub, Told},
    raw::Raw,
};

/// Longest that a test waits for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Rig {
    pub(crate) hub: Arc<MemoryHub>,
    pub(crate) connections: Connections,
    pub(crate) clock: ManualClock,
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Gateway<MemoryHub>,
    told: Told,
    shutdown: CancellationToken,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let (hub, told) = MemoryHub::new();
        Self::over(Arc::new(hub), told, limits, Listener::Tcp).await
    }

    pub(crate) async fn over(
        hub: Arc<MemoryHub>,
        told: Told,
        limits: Limits,
        listen: impl FnOnce(TcpListener) -> Listener,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = ManualClock::new(Timestamp::parse("2026-11-22T20:00:00Z").unwrap());
        let connections = Connections::new(limits);
        let shutdown = CancellationToken::new();
        let gateway = Gateway::start(
            vec![listen(listener)],
            connections.clone(),
            Arc::clone(&hub),
            Arc::new(clock.clone()),
            shutdown.clone(),
        );
        Self { hub, connections, clock, address, gateway, told, shutdown }
    }

    /// Stops, and hands on what outlives a gateway.
    pub(crate) async fn stop(self) -> (Arc<MemoryHub>, Told) {
        self.shutdown.cancel();
        timeout(PATIENCE, self.gateway.stopped()).await.expect("the gateway stops");
        assert_eq!(self.connections.connected(), 0);
        (self.hub, self.told)
    }

    /// A device that is in, with a clean start.
    pub(crate) async fn device(&self, id: &str) -> Raw {
        let mut raw = Raw::open(self.address).await;
        raw.enter(id, true).await;
        raw
    }

    /// A device that listens to all that a device can.
    pub(crate) async fn listening(&self, id: &str) -> Raw {
        let mut raw = self.device(id).await;
        raw.subscribe(&[
            "$iothub/methods/POST/#",
            "$iothub/twin/res/#",
            "$iothub/twin/PATCH/properties/desired/#",
        ])
        .await;
        raw
    }

    pub(crate) async fn next_change(&mut self) -> ConnectionChange {
        timeout(PATIENCE, self.told.changes.recv()).await.expect("a change in time").unwrap()
    }

    /// Waits until the hub has been told so; passes over what it was told before.
    pub(crate) async fn told_that(&mut self, target: &Target, state: ConnectionState) -> ConnectionChange {
        loop {
            let change = self.next_change().await;
            if change.target == *target && change.state == state {
                return change;
            }
        }
    }

    pub(crate) async fn next_message(&mut self) -> TelemetryMessage {
        timeout(PATIENCE, self.told.messages.recv()).await.expect("a message in time").unwrap().1
    }

    pub(crate) fn has_message(&mut self) -> bool {
        self.told.messages.try_recv().is_ok()
    }
}

pub(crate) fn device(id: &str) -> Target {
    Target::device(DeviceId::new(id).unwrap())
}

pub(crate) fn module(id: &str, module_id: &str) -> Target {
    Target::module(DeviceId::new(id).unwrap(), ModuleId::new(module_id).unwrap())
}

/// A call that waits for its answer as long as a test does, and for the device not at all.
pub(crate) fn call(method_name: &str, payload: &str) -> MethodCall {
    MethodCall {
        method_name: method_name.into(),
        payload: payload.to_owned().into(),
        response_timeout: PATIENCE,
        connect_timeout: Duration::ZERO,
    }
}

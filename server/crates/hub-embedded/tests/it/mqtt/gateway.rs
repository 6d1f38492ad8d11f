//! A running gateway over a [`MemoryHub`], on a port of its own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use hub_embedded::{
    clock::ManualClock,
    domain::Target,
    mqtt::{
        ConnectionChange, ConnectionEvent, ConnectionEventKind, Connections, Gateway, Limits, Listener,
        MethodCall, TelemetryMessage,
    },
};
use hub_wire::{DeviceId, ModuleId, Timestamp, device::ConnectionState};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    memory::{MemoryHub, Reports},
    raw::Raw,
};

/// Longest that a test waits for anything.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) struct TestGateway {
    pub(crate) hub: Arc<MemoryHub>,
    pub(crate) connections: Connections,
    pub(crate) clock: ManualClock,
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Gateway<MemoryHub>,
    reports: Reports,
    shutdown: CancellationToken,
}

impl TestGateway {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let (hub, reports) = MemoryHub::new();
        Self::over(Arc::new(hub), reports, limits, Listener::Tcp).await
    }

    pub(crate) async fn over(
        hub: Arc<MemoryHub>,
        reports: Reports,
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
        Self { hub, connections, clock, address, gateway, reports, shutdown }
    }

    /// Stops it; returns what outlives a gateway.
    pub(crate) async fn stop(self) -> (Arc<MemoryHub>, Reports) {
        self.shutdown.cancel();
        timeout(TIMEOUT, self.gateway.stopped()).await.expect("the gateway stops");
        assert_eq!(self.connections.connected(), 0);
        (self.hub, self.reports)
    }

    /// A connected device with a clean session.
    pub(crate) async fn device(&self, id: &str) -> Raw {
        let mut raw = Raw::open(self.address).await;
        raw.enter(id, true).await;
        raw
    }

    /// A device with all subscriptions.
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
        timeout(TIMEOUT, self.reports.changes.recv()).await.expect("a change in time").unwrap()
    }

    /// Waits until this state was reported to the hub; skips earlier reports.
    pub(crate) async fn reported(&mut self, target: &Target, state: ConnectionState) -> ConnectionChange {
        loop {
            let change = self.next_change().await;
            if change.target == *target && change.state == state {
                return change;
            }
        }
    }

    /// The next connection that ended or was refused.
    pub(crate) async fn next_disconnect(&mut self) -> ConnectionEvent {
        loop {
            let event =
                timeout(TIMEOUT, self.reports.events.recv()).await.expect("an event in time").unwrap();
            if event.kind != ConnectionEventKind::Connected {
                return event;
            }
        }
    }

    pub(crate) async fn next_message(&mut self) -> TelemetryMessage {
        timeout(TIMEOUT, self.reports.messages.recv()).await.expect("a message in time").unwrap().1
    }

    pub(crate) fn has_message(&mut self) -> bool {
        self.reports.messages.try_recv().is_ok()
    }
}

pub(crate) fn device(id: &str) -> Target {
    Target::device(DeviceId::new(id).unwrap())
}

pub(crate) fn module(id: &str, module_id: &str) -> Target {
    Target::module(DeviceId::new(id).unwrap(), ModuleId::new(module_id).unwrap())
}

/// A call that waits for its answer as long as a test does, and not for the device to connect.
pub(crate) fn call(method_name: &str, payload: &str) -> MethodCall {
    MethodCall {
        method_name: method_name.into(),
        payload: payload.to_owned().into(),
        response_timeout: TIMEOUT,
        connect_timeout: Duration::ZERO,
    }
}

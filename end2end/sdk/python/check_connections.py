"""Devices come and go: with which credentials, how often, how many, and what the hub remembers of them in between."""

import base64
import contextlib
import hashlib
import hmac
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

from azure.iot.device import IoTHubDeviceClient
from azure.iot.device.exceptions import CredentialError, NoConnectionError
from msrest.exceptions import HttpOperationError

from support import (
    HOST, Check, Inbox, answer, client_of, invoke, new_device, new_id, new_key, patch_twin, registry, until, watched,
)


def echo(payload):
    return 200, payload


def token(device, seconds):
    """As a developer makes one by hand."""
    resource = urllib.parse.quote(f"{HOST}/devices/{device.device_id}", safe="")
    expiry = int(time.time()) + seconds
    key = base64.b64decode(device.authentication.symmetric_key.primary_key)
    signature = base64.b64encode(hmac.new(key, f"{resource}\n{expiry}".encode(), hashlib.sha256).digest())
    return f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(signature, safe='')}&se={expiry}"


def state(device_id):
    return registry.get_device(device_id).connection_state


class Connections(Check):
    """Connections"""

    def states(self, client):
        """True for every connect, False for every disconnect, as the SDK reports them."""
        seen = Inbox()
        client.on_connection_state_change = lambda: seen.put(client.connected)
        return seen

    def not_authorized(self, identity, key=None):
        client = client_of(identity, key)
        self.addCleanup(client.shutdown)
        with self.assertRaises(CredentialError):
            client.connect()

    def answers(self, device_id):
        try:
            return invoke(device_id, "echo").status == 200
        except HttpOperationError:
            # A renewal came in between: a call does not outlive the connection that it was sent on.
            return False

    def test_open_and_close(self):
        """open and close: the registry and the twin show it"""
        device_id, client = self.connected()
        until(lambda: state(device_id) == "Connected")
        self.assertEqual(registry.get_twin(device_id).connection_state, "Connected")
        self.assertGreater(registry.get_device(device_id).connection_state_updated_time.year, 2000)
        client.disconnect()
        until(lambda: state(device_id) == "Disconnected")

    def test_secondary_key(self):
        """with the secondary key"""
        device = new_device()
        self.client(device, key=device.authentication.symmetric_key.secondary_key).connect()

    def test_token(self):
        """with a ready token"""
        client = watched(IoTHubDeviceClient.create_from_sastoken(token(new_device(), 3600)))
        self.addCleanup(client.shutdown)
        client.connect()

    def test_symmetric_key(self):
        """with a key given apart"""
        device = new_device()
        client = watched(
            IoTHubDeviceClient.create_from_symmetric_key(
                device.authentication.symmetric_key.primary_key, HOST, device.device_id
            )
        )
        self.addCleanup(client.shutdown)
        client.connect()

    def test_other_key(self):
        """with a key of the wrong device: refused"""
        self.not_authorized(new_device(), new_device().authentication.symmetric_key.primary_key)

    def test_wrong_key(self):
        """with a wrong key: refused"""
        self.not_authorized(new_device(), new_key())

    def test_unknown(self):
        """an unknown device: refused"""
        device = new_device()
        device.device_id = new_id()
        self.not_authorized(device)

    def test_disabled(self):
        """a disabled device: refused, and let in when enabled"""
        device = new_device("disabled")
        self.not_authorized(device)
        keys = device.authentication.symmetric_key
        registry.update_device_with_sas(device.device_id, "*", keys.primary_key, keys.secondary_key, "enabled")
        self.client(device).connect()

    def test_disabling(self):
        """disabling a connected device closes its connection"""
        device_id, client = self.connected(connection_retry=False)
        states = self.states(client)
        registry.update_device_with_sas(device_id, "*", new_key(), new_key(), "disabled")
        states.wait_for(lambda connected: not connected, "the end of the connection")

    def test_deleting(self):
        """deleting a connected device closes its connection"""
        device_id, client = self.connected(connection_retry=False)
        states = self.states(client)
        registry.delete_device(device_id)
        states.wait_for(lambda connected: not connected, "the end of the connection")

    def test_take_over(self):
        """a second client of the same device takes over"""
        device = new_device()
        first = self.client(device, connection_retry=False)
        first.connect()
        states = self.states(first)
        second = self.client(device)
        second.connect()
        states.wait_for(lambda connected: not connected, "the end of the first connection")
        answer(second, {"echo": echo})
        self.assertEqual(invoke(device.device_id, "echo", {"n": 1}).payload, {"n": 1})

    def test_reopened(self):
        """after close and open the subscriptions still hold"""
        device_id, client = self.connected()
        answer(client, {"echo": echo})
        invoke(device_id, "echo")
        client.disconnect()
        client.connect()
        self.assertEqual(invoke(device_id, "echo", {"n": 1}).payload, {"n": 1})

    def test_dropped(self):
        """after a drop by the hub the device comes back and its subscriptions hold"""
        device = new_device()
        client = self.client(device)
        client.connect()
        received, states = Inbox(), self.states(client)
        answer(client, {"echo": echo})
        client.on_twin_desired_properties_patch_received = received.put
        invoke(device.device_id, "echo")
        # A second client takes over and leaves: for the first that is a closed socket.
        intruder = client_of(device, connection_retry=False)
        intruder.connect()
        # The first may be back by now, and have cut the second off.
        with contextlib.suppress(NoConnectionError):
            intruder.shutdown()
        states.wait_for(lambda connected: not connected, "the drop")
        self.assertEqual(invoke(device.device_id, "echo", {"n": 1}).payload, {"n": 1})
        patch_twin(device.device_id, desired={"after": "the drop"})
        received.wait_for(lambda patch: patch.get("after") == "the drop", "the desired property")

    def test_desired_after_drop(self):
        """what was desired while the device was offline is sent when it reconnects"""
        device_id, client = self.connected()
        received = Inbox()
        client.on_twin_desired_properties_patch_received = received.put
        # The SDK asks for the twin when it is back, but only this makes it listen to the answer.
        client.get_twin()
        patch_twin(device_id, desired={"n": 1})
        received.wait_for(lambda patch: patch.get("n") == 1, "the first")
        client.disconnect()
        patch_twin(device_id, desired={"n": 2})
        client.connect()
        received.wait_for(lambda patch: patch.get("n") == 2, "the second")

    def test_renewal(self):
        """the token is renewed on time, and the subscriptions hold"""
        device = new_device()
        # The SDK renews two minutes before the end.
        client = self.client(device, sastoken_ttl=125)
        client.connect()
        answer(client, {"echo": echo})
        until(lambda: self.answers(device.device_id), "an answer")
        before = registry.get_device(device.device_id).connection_state_updated_time
        until(
            lambda: registry.get_device(device.device_id).connection_state_updated_time != before, "a new connection"
        )
        self.assertEqual(invoke(device.device_id, "echo", {"n": 1}).payload, {"n": 1})

    def test_new_token(self):
        """a token given anew is taken"""
        device = new_device()
        client = watched(IoTHubDeviceClient.create_from_sastoken(token(device, 125)))
        self.addCleanup(client.shutdown)
        wanted = Inbox()
        client.on_new_sastoken_required = wanted.put
        client.connect()
        wanted.wait_for(what="the SDK's wish for a new token")
        client.update_sastoken(token(device, 3600))
        answer(client, {"echo": echo})
        self.assertEqual(invoke(device.device_id, "echo", {"n": 1}).payload, {"n": 1})

    def test_twenty(self):
        """twenty devices at once, each its own, also after they all came back"""
        devices = [self.connected() for _ in range(20)]

        def ask(device):
            return invoke(device[0], "echo", device[0]).payload

        with ThreadPoolExecutor(20) as pool:
            for _, client in devices:
                answer(client, {"echo": echo})
            self.assertEqual(list(pool.map(ask, devices)), [device_id for device_id, _ in devices])
            list(pool.map(lambda device: device[1].disconnect(), devices))
            list(pool.map(lambda device: device[1].connect(), devices))
            self.assertEqual(list(pool.map(ask, devices)), [device_id for device_id, _ in devices])

    def test_model(self):
        """the model id is in the twin"""
        device = new_device()
        client = watched(
            IoTHubDeviceClient.create_from_symmetric_key(
                device.authentication.symmetric_key.primary_key, HOST, device.device_id,
                product_info="dtmi:com:example:Door;1",
            )
        )
        self.addCleanup(client.shutdown)
        client.connect()
        until(lambda: registry.get_twin(device.device_id).additional_properties["modelId"] == "dtmi:com:example:Door;1")

    def test_expired_token(self):
        """with an expired token: refused"""
        # By the SDK, before it asks the hub.
        with self.assertRaises(ValueError):
            IoTHubDeviceClient.create_from_sastoken(token(new_device(), -3600))

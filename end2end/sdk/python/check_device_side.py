"""What a connected device does: telemetry, its twin, desired properties. Over MQTT, over a WebSocket, as a module."""

from azure.iot.device import Message
from azure.iot.device.exceptions import ClientError
from azure.iot.hub.models import Twin, TwinProperties

from support import Check, Inbox, answer, invoke, new_module, patch_twin, registry, telemetry_of, until


class OverMqtt(Check):
    """Devices over MQTT"""

    options = {}

    def test_telemetry(self):
        """telemetry: one message"""
        device_id, client = self.connected(**self.options)
        client.send_message('{"temperature": 21.5}')
        self.assertEqual(telemetry_of(device_id)["body"], '{"temperature": 21.5}')

    def test_properties(self):
        """telemetry: properties of every kind"""
        device_id, client = self.connected(**self.options)
        message = Message('{"a":1}', message_id="m/1 &=", content_type="application/json", content_encoding="utf-8")
        message.correlation_id = "c/1"
        message.user_id = "user"
        message.custom_properties["alert level"] = "high & ü/+="
        message.custom_properties["empty"] = ""
        client.send_message(message)
        received = telemetry_of(device_id)
        self.assertEqual(received["properties"], {"alert level": "high & ü/+=", "empty": ""})
        system = received["systemProperties"]
        self.assertEqual(
            [system[name] for name in ("message-id", "correlation-id", "user-id", "content-type", "content-encoding")],
            ["m/1 &=", "c/1", "user", "application/json", "utf-8"],
        )

    def test_twin(self):
        """twin: read, both sections with their versions"""
        device_id, client = self.connected(**self.options)
        patch_twin(device_id, {"hidden": True}, {"interval": 60})
        twin = client.get_twin()
        self.assertEqual(twin["desired"], {"interval": 60, "$version": 2})
        self.assertEqual(twin["reported"], {"$version": 1})
        self.assertNotIn("tags", twin)

    def test_reported(self):
        """twin: reported properties arrive, null removes"""
        device_id, client = self.connected(**self.options)
        client.patch_twin_reported_properties({"firmware": {"version": "1.0.3", "old": True}, "note": "ü"})
        client.patch_twin_reported_properties({"firmware": {"old": None}})
        reported = registry.get_twin(device_id).properties.reported
        self.assertEqual((reported["firmware"], reported["note"], reported["$version"]), ({"version": "1.0.3"}, "ü", 3))
        self.assertTrue(reported["$metadata"]["firmware"]["version"]["$lastUpdated"])

    def test_bad_reported(self):
        """twin: a reported property that is not allowed is refused"""
        device_id, client = self.connected(**self.options)
        for patch in ({"a.b": 1}, {"big": "x" * 5000}):
            with self.assertRaises(ClientError):
                client.patch_twin_reported_properties(patch)
        self.assertEqual(registry.get_twin(device_id).properties.reported["$version"], 1)

    def test_desired(self):
        """twin: desired properties are pushed with their version, nulls included"""
        device_id, client = self.connected(**self.options)
        received = Inbox()
        client.on_twin_desired_properties_patch_received = received.put
        patch_twin(device_id, desired={"door": {"locked": True, "since": "noon"}})
        version = patch_twin(device_id, desired={"door": {"since": None}}).properties.desired["$version"]
        received.wait_for(lambda patch: patch == {"door": {"since": None}, "$version": version}, "the removal")

    def test_methods(self):
        """methods: called and answered"""
        device_id, client = self.connected(**self.options)
        answer(client, {"echo": lambda payload: (201, payload)})
        result = invoke(device_id, "echo", {"over": "this"})
        self.assertEqual((result.status, result.payload), (201, {"over": "this"}))


class OverWebSocket(OverMqtt):
    """Devices over MQTT in a WebSocket"""

    options = {"websockets": True}


class MqttOnly(Check):
    """Devices over MQTT"""

    def test_large(self):
        """telemetry: 255 KB"""
        _, client = self.connected()
        client.send_message("x" * 255 * 1024)

    def test_pulled(self):
        """twin: desired properties taken one by one, instead of by a handler"""
        device_id, client = self.connected()
        # The first call subscribes.
        self.assertIsNone(client.receive_twin_desired_properties_patch(block=False))
        patch_twin(device_id, desired={"n": 1})
        self.assertEqual(client.receive_twin_desired_properties_patch(timeout=30), {"n": 1, "$version": 2})


class Modules(Check):
    """Modules over MQTT"""

    def connected_module(self):
        module = new_module()
        client = self.client(module)
        client.connect()
        return module, client

    def test_telemetry(self):
        """telemetry: one message, and one to an output"""
        module, client = self.connected_module()
        path = f"{module.device_id}/modules/{module.module_id}"
        client.send_message('"plain"')
        self.assertEqual(telemetry_of(path)["body"], '"plain"')
        client.send_message_to_output('"to an output"', "out")
        until(lambda: telemetry_of(path)["body"] == '"to an output"')

    def test_twin(self):
        """twin: read, reported, desired"""
        module, client = self.connected_module()
        self.assertEqual(client.get_twin()["desired"], {"$version": 1})
        client.patch_twin_reported_properties({"ready": True})
        twin = registry.get_module_twin(module.device_id, module.module_id)
        self.assertTrue(twin.properties.reported["ready"])
        received = Inbox()
        client.on_twin_desired_properties_patch_received = received.put
        patch = Twin(properties=TwinProperties(desired={"n": 1}))
        registry.update_module_twin(module.device_id, module.module_id, patch)
        received.wait_for(lambda patch: patch == {"n": 1, "$version": 2})

    def test_inputs(self):
        """input messages: subscribed without complaint"""
        _, client = self.connected_module()
        self.assertIsNone(client.receive_message_on_input("in", block=False))
        client.send_message("still connected")

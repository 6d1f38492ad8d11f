"""Messages from the cloud to a device.

The service SDK sends them over AMQP only, which the embedded hub does not speak, so here they are posted the way Azure
IoT Explorer does; receiving is the device SDK's own.
"""

from support import HOST, Check, Inbox, new_device, new_id, registry, runtime, service_session, until


def send(device_id, body, **headers):
    with service_session() as session:
        url = f"https://{HOST}/devices/{device_id}/messages/deviceBound?api-version=2021-04-12"
        return session.post(url, body.encode(), headers={f"iothub-{name}": value for name, value in headers.items()})


def purge(device_id):
    return registry.protocol.cloud_to_device_messages.purge_cloud_to_device_message_queue(device_id)


class Messages(Check):
    """Cloud-to-device messages"""

    def listening(self):
        device_id, client = self.connected()
        received = Inbox()
        client.on_message_received = received.put
        return device_id, received

    def test_receive(self):
        """receive: content and properties"""
        device_id, received = self.listening()
        headers = {"messageid": "m-1", "correlationid": "c/1 &", "contenttype": "application/json", "app-site": "hall 1/2"}
        self.assertTrue(send(device_id, '{"open":true}', **headers).ok)
        message = received.wait_for(what="the message")
        self.assertEqual(message.data, b'{"open":true}')
        self.assertEqual((message.message_id, message.correlation_id), ("m-1", "c/1 &"))
        self.assertEqual((message.content_type, message.custom_properties["site"]), ("application/json", "hall 1/2"))

    def test_order(self):
        """receive: in the order sent"""
        device_id, received = self.listening()
        for n in range(1, 5):
            send(device_id, str(n))
        until(lambda: len(received.items) == 4)
        self.assertEqual([message.data for message in received.items], [b"1", b"2", b"3", b"4"])

    def test_away(self):
        """receive: what was sent while the device was away"""
        device = new_device()
        send(device.device_id, "while you were away")
        client = self.client(device)
        client.connect()
        received = Inbox()
        client.on_message_received = received.put
        self.assertEqual(received.wait_for(what="the message").data, b"while you were away")

    def test_pulled(self):
        """receive: taken one by one, instead of by a handler"""
        device_id, client = self.connected()
        send(device_id, "one")
        self.assertEqual(client.receive_message(timeout=30).data, b"one")

    def test_complete(self):
        """complete: a received message leaves the queue"""
        device_id, received = self.listening()
        send(device_id, "once")
        received.wait_for()
        until(lambda: purge(device_id).total_messages_purged == 0)

    def test_unknown(self):
        """send: to an unknown device is 404"""
        response = send(new_id(), "nobody")
        self.assertEqual((response.status_code, response.headers["iothub-errorcode"]), (404, "DeviceNotFound"))

    def test_full(self):
        """send: the 51st in a queue is 403"""
        device_id = new_device().device_id
        self.assertTrue(all(send(device_id, "x").ok for _ in range(50)))
        response = send(device_id, "one too many")
        self.assertEqual(
            (response.status_code, response.headers["iothub-errorcode"]), (403, "DeviceMaximumQueueDepthExceeded")
        )

    def test_purge(self):
        """purge: empties the queue and returns how many there were"""
        device_id = new_device().device_id
        send(device_id, "1"), send(device_id, "2")
        purged = purge(device_id)
        self.assertEqual((purged.device_id, purged.total_messages_purged), (device_id, 2))
        self.assertEqual(purge(device_id).total_messages_purged, 0)

    def test_purge_unknown(self):
        """purge: an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", purge, new_id())

    def test_feedback(self):
        """feedback: received, given back, received again, completed"""
        device_id, received = self.listening()
        send(device_id, "tell me", messageid="m-feedback", ack="full")
        received.wait_for()
        raw = registry.protocol.cloud_to_device_messages.receive_feedback_notification

        def batch():
            response = raw(raw=True).response
            return response if response.status_code == 200 else None

        response = until(batch, "feedback")
        self.assertIn("m-feedback", response.text)
        runtime.abandon_feedback_notification(response.headers["ETag"].strip('"'))
        response = until(batch, "feedback again")
        self.assertIn("m-feedback", response.text)
        runtime.complete_feedback_notification(response.headers["ETag"].strip('"'))
        self.assertIsNone(runtime.receive_feedback_notification())

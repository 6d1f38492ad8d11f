"""Direct methods from call to answer, with real devices at the other end."""

from concurrent.futures import ThreadPoolExecutor

from azure.iot.device import MethodResponse
from msrest.exceptions import HttpOperationError

from support import Check, answer, invoke, new_device, new_id, new_module

SHORT_S = 5


def echo(payload):
    return 200, {"got": payload}


class Methods(Check):
    """Direct methods"""

    def answering(self, **methods):
        device_id, client = self.connected()
        answer(client, methods)
        return device_id

    def returns(self, result, status, payload):
        self.assertEqual((result.status, result.payload), (status, payload))

    def test_object(self):
        """an object arrives and comes back"""
        payload = {"text": "Grüße, 世界", "list": [1, {"deep": [True, None]}]}
        self.returns(invoke(self.answering(echo=echo), "echo", payload), 200, {"got": payload})

    def test_scalars(self):
        """text, numbers, lists and booleans arrive and come back"""
        device_id = self.answering(echo=echo)
        for payload in ["text", 0, -1.5, [], [1, "two"], True, False]:
            self.returns(invoke(device_id, "echo", payload), 200, {"got": payload})

    def test_none(self):
        """no payload: the SDK sends an empty text"""
        self.returns(invoke(self.answering(echo=echo), "echo"), 200, {"got": ""})

    def test_error_status(self):
        """the device's own error status is the answer"""
        device_id = self.answering(jam=lambda payload: (500, {"reason": "jammed"}))
        self.returns(invoke(device_id, "jam"), 500, {"reason": "jammed"})

    def test_no_payload(self):
        """an answer without a payload is null"""
        self.returns(invoke(self.answering(quiet=lambda payload: (204, None)), "quiet"), 204, None)

    def test_large(self):
        """100 KB arrive and come back"""
        payload = {"text": "x" * 100 * 1024}
        self.returns(invoke(self.answering(echo=echo), "echo", payload), 200, {"got": payload})

    def test_many(self):
        """many calls at once are not mixed up"""
        device_id = self.answering(echo=echo)
        invoke(device_id, "echo")
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda n: invoke(device_id, "echo", {"n": n}), range(10)))
        self.assertEqual([answer.payload["got"]["n"] for answer in answers], list(range(10)))

    def test_module(self):
        """on a module"""
        module = new_module()
        client = self.client(module)
        client.connect()
        answer(client, {"whoami": lambda payload: (200, {"moduleId": module.module_id})})
        result = invoke(module.device_id, "whoami", module_id=module.module_id)
        self.returns(result, 200, {"moduleId": module.module_id})

    def test_pulled(self):
        """taken one by one, instead of by a handler"""
        device_id, client = self.connected()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(invoke, device_id, "echo", {"n": 1})
            request = client.receive_method_request(timeout=30)
            client.send_method_response(MethodResponse.create_from_method_request(request, 200, request.payload))
            self.returns(call.result(), 200, {"n": 1})

    def test_late_device(self):
        """waits for a device that connects within the connect timeout"""
        device = new_device()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(invoke, device.device_id, "echo", {"late": True}, 30, 20)
            client = self.client(device)
            client.connect()
            answer(client, {"echo": echo})
            self.returns(call.result(), 200, {"got": {"late": True}})

    def test_unknown(self):
        """an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", invoke, new_id(), "echo")

    def test_disabled(self):
        """a disabled device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", invoke, new_device("disabled").device_id, "echo")

    def test_offline(self):
        """a device that is not connected is 404 DeviceNotOnline (404103)"""
        number = self.refused(404, "DeviceNotOnline", invoke, new_device().device_id, "echo", None, 30, 0)
        self.assertEqual(number, 404103)

    def test_not_subscribed(self):
        """a connected device that takes no methods is 404 DeviceNotOnline (404103)"""
        device_id, _ = self.connected()
        self.assertEqual(self.refused(404, "DeviceNotOnline", invoke, device_id, "echo", None, 30, 0), 404103)

    def test_silent(self):
        """no answer in time is 504 GatewayTimeout (504101)"""
        device_id = self.answering(echo=echo, silent=lambda payload: None)
        invoke(device_id, "echo")
        self.assertEqual(self.refused(504, "GatewayTimeout", invoke, device_id, "silent", None, SHORT_S, 0), 504101)

    def test_response_timeout(self):
        """a response timeout below 5 s or above 300 s is 400"""
        device_id = new_device().device_id
        for seconds in (4, 301):
            self.refused(400, "ArgumentInvalid", invoke, device_id, "echo", None, seconds, 0)

    def test_connect_timeout(self):
        """a connect timeout above 300 s is 400"""
        self.refused(400, "ArgumentInvalid", invoke, new_device().device_id, "echo", None, 300, 301)

    def test_connect_above_response(self):
        """a connect timeout above the response timeout is 400"""
        self.refused(400, "ArgumentInvalid", invoke, new_device().device_id, "echo", None, 5, 6)

    def test_too_large(self):
        """a payload over 128 KB is refused"""
        with self.assertRaises(HttpOperationError) as caught:
            invoke(new_device().device_id, "echo", {"text": "x" * 129 * 1024})
        self.assertIn(caught.exception.response.status_code, (400, 413))

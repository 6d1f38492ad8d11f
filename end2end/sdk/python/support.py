"""What the checks of the Python SDKs share: clients of one hub, devices made for one check, how a refusal is read.

Every client is handed out through `watched`, which notes the operations called, so that the conformance page can tell
which ones no check has touched.
"""

import base64
import inspect
import itertools
import json
import os
import threading
import time
import unittest
import uuid

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient, MethodResponse
from azure.iot.hub import (
    DigitalTwinClient,
    IoTHubConfigurationManager,
    IoTHubHttpRuntimeManager,
    IoTHubJobManager,
    IoTHubRegistryManager,
)
from azure.iot.hub.auth import ConnectionStringAuthentication
from azure.iot.hub.models import CloudToDeviceMethod, QuerySpecification, Twin, TwinProperties
from msrest.exceptions import HttpOperationError

LIMIT_S = 30
"""Longest wait for something that comes by itself."""
HOST = "localhost"
CONNECTION_STRING = os.environ["IOTHUB_CONNECTION_STRING"]

_called = {}
_offered = {}


def _name(kind):
    """As in `azure-iot-hub IoTHubRegistryManager`: the package, the class."""
    return f"{'-'.join(kind.__module__.split('.')[:3])} {kind.__name__}"


class watched:
    """A client whose public operations are noted when they are called; everything goes straight through to it."""

    def __init__(self, client):
        object.__setattr__(self, "_client", client)
        kind = type(client)
        offered = {
            name
            for name, member in inspect.getmembers(kind)
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))
        }
        _offered[_name(kind)] = offered
        _called.setdefault(_name(kind), set())

    def _note(self, name):
        kind = _name(type(self._client))
        if name in _offered[kind]:
            _called[kind].add(name)

    def __getattr__(self, name):
        self._note(name)
        return getattr(self._client, name)

    def __setattr__(self, name, value):
        self._note(name)
        setattr(self._client, name, value)


def operations():
    """One line a class: what it offers, what the checks called."""
    for kind in sorted(_offered):
        yield {"type": kind, "offered": sorted(_offered[kind]), "called": sorted(_called[kind])}


def service(kind):
    return watched(kind.from_connection_string(CONNECTION_STRING))


registry = service(IoTHubRegistryManager)
jobs = service(IoTHubJobManager)
runtime = service(IoTHubHttpRuntimeManager)
configurations = service(IoTHubConfigurationManager)
digital_twins = service(DigitalTwinClient)

_run = uuid.uuid4().hex[:6]
_made = itertools.count(1)


def new_id(prefix="python"):
    """An id that no other check uses."""
    return f"{prefix}-{_run}-{next(_made)}"


def new_key():
    return base64.b64encode(os.urandom(32)).decode()


def new_device(status="enabled", keys=(None, None)):
    """A device that is registered, not connected."""
    return registry.create_device_with_sas(new_id(), keys[0], keys[1], status)


def new_module():
    device = new_device()
    return registry.create_module_with_sas(device.device_id, new_id("module"), "", None, None)


def connection_string(identity, key=None):
    key = key or identity.authentication.symmetric_key.primary_key
    module = f";ModuleId={identity.module_id}" if getattr(identity, "module_id", None) else ""
    return f"HostName={HOST};DeviceId={identity.device_id}{module};SharedAccessKey={key}"


def client_of(identity, key=None, **options):
    """A client of a registered device or module, not connected; it looks for a lost hub every second, not every ten."""
    kind = IoTHubModuleClient if getattr(identity, "module_id", None) else IoTHubDeviceClient
    options = {"connection_retry_interval": 1, **options}
    return watched(kind.create_from_connection_string(connection_string(identity, key), **options))


def answer(client, methods):
    """Answers direct methods: `{"name": lambda payload: (status, payload)}`; `None` instead stays silent."""

    def respond(request):
        answered = methods[request.name](request.payload)
        if answered is not None:
            status, payload = answered
            client.send_method_response(MethodResponse.create_from_method_request(request, status, payload))

    client.on_method_request_received = respond


def invoke(device_id, name, payload=None, response=30, connect=30, module_id=None):
    """Calls a method; by default it waits until the device is connected and has subscribed."""
    method = CloudToDeviceMethod(
        method_name=name, payload=payload, response_timeout_in_seconds=response, connect_timeout_in_seconds=connect
    )
    if module_id:
        return registry.invoke_device_module_method(device_id, module_id, method)
    return registry.invoke_device_method(device_id, method)


def patch_twin(device_id, tags=None, desired=None, etag=None):
    properties = TwinProperties(desired=desired) if desired is not None else None
    return registry.update_twin(device_id, Twin(tags=tags, properties=properties), etag)


def plain(section):
    """A section of a twin without the hub's own members."""
    return {name: value for name, value in section.items() if not name.startswith("$")}


def rows(query, page_size=None):
    """Every row, page by page, as plain objects: the SDK reads each as a twin and keeps the rest aside."""
    found, token = [], None
    while True:
        page = registry.query_iot_hub(QuerySpecification(query=query), token, page_size)
        found += page.items
        token = page.continuation_token
        if not token:
            return found


def service_session():
    """For what no SDK does over HTTPS: requests signed as the service SDK signs its own."""
    return ConnectionStringAuthentication(CONNECTION_STRING).signed_session()


def telemetry_of(path):
    """The newest message that the hub has got, from its own window on telemetry: no SDK reads it where a hub sends it."""

    def newest():
        with service_session() as session:
            messages = session.get(f"https://{HOST}/fleetcast/v1/devices/{path}/telemetry").json()
        return messages[-1] if messages else None

    return until(newest, "telemetry")


def until(condition, what="the condition"):
    deadline = time.monotonic() + LIMIT_S
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come true in {LIMIT_S} s")
        time.sleep(0.05)
    return value


class Inbox:
    """What a handler was given, to be waited for."""

    def __init__(self):
        self._items = []
        self._changed = threading.Condition()

    def put(self, item=None):
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def wait_for(self, wanted=lambda item: True, what="it"):
        with self._changed:
            found = self._changed.wait_for(lambda: [item for item in self._items if wanted(item)], LIMIT_S)
        if not found:
            raise AssertionError(f"{what} did not come in {LIMIT_S} s; seen: {self._items}")
        return found[0]

    @property
    def items(self):
        with self._changed:
            return list(self._items)


class Check(unittest.TestCase):
    maxDiff = None

    def client(self, identity, **options):
        """A client that is closed when the check ends."""
        client = client_of(identity, **options)
        self.addCleanup(client.shutdown)
        return client

    def connected(self, **options):
        device = new_device()
        client = self.client(device, **options)
        client.connect()
        return device.device_id, client

    def refused(self, status, code, call, *args):
        """That the hub refuses, with the status and the name of the error. Returns the number inside, if there is one."""
        with self.assertRaises(HttpOperationError) as caught:
            call(*args)
        response = caught.exception.response
        self.assertEqual(
            (response.status_code, response.headers.get("iothub-errorcode")), (status, code), response.text
        )
        message = response.json().get("Message", "")
        return json.loads(message).get("errorCode") if message.startswith("{") else None

"""Device identities, and the credentials of a service."""

import base64
import time
from types import SimpleNamespace

from azure.iot.hub import IoTHubRegistryManager

from support import CONNECTION_STRING, HOST, Check, new_device, new_id, new_key, registry, watched

THUMBPRINT = "A" * 40


class Devices(Check):
    """Device identities"""

    def test_create(self):
        """create: makes both keys when none are given"""
        device_id = new_id()
        device = registry.create_device_with_sas(device_id, None, None, "enabled")
        keys = device.authentication.symmetric_key
        self.assertEqual(len(base64.b64decode(keys.primary_key)), 32)
        self.assertEqual(len(base64.b64decode(keys.secondary_key)), 32)
        self.assertNotEqual(keys.primary_key, keys.secondary_key)
        self.assertEqual((device.device_id, device.status, device.connection_state), (device_id, "enabled", "Disconnected"))
        self.assertEqual(device.authentication.type, "sas")
        self.assertTrue(device.etag and device.generation_id)

    def test_create_with_keys(self):
        """create: keeps keys, status and reason as given"""
        device_id, keys = new_id(), (new_key(), new_key())
        registry.create_device_with_sas(device_id, *keys, "disabled", status_reason="not yet")
        device = registry.get_device(device_id)
        stored = device.authentication.symmetric_key
        self.assertEqual((stored.primary_key, stored.secondary_key), keys)
        self.assertEqual((device.status, device.status_reason), ("disabled", "not yet"))

    def test_create_x509(self):
        """create: keeps thumbprints of certificates"""
        device_id, thumbprints = new_id(), (THUMBPRINT, THUMBPRINT.lower())
        registry.create_device_with_x509(device_id, *thumbprints, "enabled")
        authentication = registry.get_device(device_id).authentication
        self.assertEqual(authentication.type, "selfSigned")
        stored = authentication.x509_thumbprint
        self.assertEqual((stored.primary_thumbprint, stored.secondary_thumbprint), thumbprints)

    def test_create_authority(self):
        """create: takes a device of a certificate authority"""
        device_id = new_id()
        registry.create_device_with_certificate_authority(device_id, "enabled")
        self.assertEqual(registry.get_device(device_id).authentication.type, "certificateAuthority")

    def test_create_edge(self):
        """create: keeps the edge capability"""
        device_id = new_id()
        registry.create_device_with_sas(device_id, None, None, "enabled", iot_edge=True)
        self.assertTrue(registry.get_device(device_id).capabilities.iot_edge)

    def test_create_every_character(self):
        """create: takes every character that an id may have"""
        device_id = new_id() + "-:.+%_#*?!(),=@;$'"
        registry.create_device_with_sas(device_id, None, None, "enabled")
        self.assertEqual(registry.get_device(device_id).device_id, device_id)
        registry.delete_device(device_id)

    def test_create_twice(self):
        """create: an id that exists is 409 DeviceAlreadyExists"""
        device_id = new_device().device_id
        self.refused(409, "DeviceAlreadyExists", registry.create_device_with_sas, device_id, None, None, "enabled")

    def test_create_one_key(self):
        """create: one key alone is 400"""
        self.refused(400, "ArgumentInvalid", registry.create_device_with_sas, new_id(), new_key(), None, "enabled")

    def test_create_short_key(self):
        """create: a key of a wrong length is 400"""
        key = base64.b64encode(b"too short").decode()
        self.refused(400, "ArgumentInvalid", registry.create_device_with_sas, new_id(), key, key, "enabled")

    def test_create_no_thumbprint(self):
        """create: a thumbprint that is none is 400"""
        self.refused(400, "ArgumentInvalid", registry.create_device_with_x509, new_id(), "no hex", "no hex", "enabled")

    def test_create_bad_id(self):
        """create: a character that an id may not have is 400"""
        self.refused(400, "ArgumentInvalid", registry.create_device_with_sas, new_id() + " blank", None, None, "enabled")

    def test_create_long_id(self):
        """create: an id over 128 characters is 400"""
        self.refused(400, "ArgumentInvalid", registry.create_device_with_sas, "x" * 129, None, None, "enabled")

    def test_get_unknown(self):
        """get: an unknown id is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.get_device, new_id())

    def test_list(self):
        """list: has the device"""
        device_id = new_device().device_id
        devices = registry.get_devices()
        self.assertLessEqual(len(devices), 1000)
        self.assertIn(device_id, [device.device_id for device in devices])

    def test_list_some(self):
        """list: as many as asked for"""
        new_device(), new_device(), new_device()
        self.assertEqual(len(registry.get_devices(2)), 2)

    def test_update(self):
        """update: with the etag"""
        device = new_device()
        keys = device.authentication.symmetric_key
        registry.update_device_with_sas(
            device.device_id, device.etag, keys.primary_key, keys.secondary_key, "disabled", status_reason="maintenance"
        )
        updated = registry.get_device(device.device_id)
        self.assertEqual((updated.status, updated.status_reason), ("disabled", "maintenance"))
        self.assertEqual(updated.authentication.symmetric_key.primary_key, keys.primary_key)
        self.assertNotEqual(updated.etag, device.etag)

    def test_update_forced(self):
        """update: whatever the etag, by force"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, "*", new_key(), new_key(), "disabled")
        self.assertEqual(registry.get_device(device.device_id).status, "disabled")

    def test_update_stale(self):
        """update: a stale etag is 412 PreconditionFailed, nothing is changed"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, "*", new_key(), new_key(), "enabled")
        self.refused(
            412, "PreconditionFailed", registry.update_device_with_sas,
            device.device_id, device.etag, new_key(), new_key(), "disabled",
        )
        self.assertEqual(registry.get_device(device.device_id).status, "enabled")

    def test_update_new_keys(self):
        """update: without authentication makes new keys"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, device.etag, None, None, "enabled")
        updated = registry.get_device(device.device_id).authentication.symmetric_key
        self.assertNotEqual(updated.primary_key, device.authentication.symmetric_key.primary_key)

    def test_update_authentication(self):
        """update: from keys to certificates and to an authority"""
        device = new_device()
        registry.update_device_with_x509(device.device_id, "*", THUMBPRINT, THUMBPRINT, "enabled")
        self.assertEqual(registry.get_device(device.device_id).authentication.type, "selfSigned")
        registry.update_device_with_certificate_authority(device.device_id, "*", "enabled")
        self.assertEqual(registry.get_device(device.device_id).authentication.type, "certificateAuthority")

    def test_update_unknown(self):
        """update: an unknown id is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.update_device_with_sas, new_id(), "*", None, None, "enabled")

    def test_delete(self):
        """delete: and its twin is gone"""
        device = new_device()
        registry.delete_device(device.device_id, device.etag)
        self.refused(404, "DeviceNotFound", registry.get_device, device.device_id)
        self.refused(404, "DeviceNotFound", registry.get_twin, device.device_id)

    def test_delete_stale(self):
        """delete: a stale etag is 412 PreconditionFailed"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, "*", None, None, "enabled")
        self.refused(412, "PreconditionFailed", registry.delete_device, device.device_id, device.etag)

    def test_delete_unknown(self):
        """delete: an unknown id is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.delete_device, new_id())


class Credentials(Check):
    """Credentials of a service"""

    def list_with(self, text):
        return watched(IoTHubRegistryManager.from_connection_string(text)).get_devices

    def test_wrong_key(self):
        """a wrong key is 401"""
        text = CONNECTION_STRING.split(";SharedAccessKey=")[0] + ";SharedAccessKey=" + new_key()
        self.refused(401, "IotHubUnauthorizedAccess", self.list_with(text))

    def test_unknown_policy(self):
        """an unknown policy is 401"""
        text = CONNECTION_STRING.replace("iothubowner", "nobody")
        self.refused(401, "IotHubUnauthorizedAccess", self.list_with(text))

    def test_device_key(self):
        """a device's key is 401"""
        key = new_device().authentication.symmetric_key.primary_key
        text = f"HostName={HOST};SharedAccessKeyName=device;SharedAccessKey={key}"
        self.refused(401, "IotHubUnauthorizedAccess", self.list_with(text))

    def test_port(self):
        """a host name with its port is taken"""
        text = CONNECTION_STRING.replace("HostName=localhost;", "HostName=localhost:443;")
        self.assertIsInstance(self.list_with(text)(1), list)

    def test_bearer(self):
        """a bearer token (Entra ID) is 401"""
        token = SimpleNamespace(token="eyJ.e30.x", expires_on=int(time.time()) + 3600)
        credential = SimpleNamespace(get_token=lambda *scopes, **options: token)
        bearer = watched(IoTHubRegistryManager.from_token_credential(HOST, credential))
        self.refused(401, "IotHubUnauthorizedAccess", bearer.get_devices)

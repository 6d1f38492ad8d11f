"""Up to a hundred identities in one request. One that cannot be written is reported by name; the others are written."""

import base64

from azure.iot.hub.models import AuthenticationMechanism, ExportImportDevice, SymmetricKey

from support import Check, new_device, new_id, new_key, registry


def item(device_id, mode, **members):
    return ExportImportDevice(id=device_id, import_mode=mode, **members)


def bulk(*items):
    """The outcome, which comes with 200 or, when something failed, with 400."""
    return registry.bulk_create_or_update_devices(list(items))


def errors(outcome):
    return [(error.device_id, str(error.error_code)) for error in outcome.errors]


class Bulk(Check):
    """Identities in bulk"""

    def test_create(self):
        """create: a hundred at once"""
        key = new_key()
        authentication = AuthenticationMechanism(
            type="sas", symmetric_key=SymmetricKey(primary_key=key, secondary_key=key)
        )
        ids = [new_id() for _ in range(100)]
        outcome = bulk(*(item(id, "create", status="enabled", authentication=authentication) for id in ids))
        self.assertEqual((outcome.is_successful, outcome.errors), (True, []))
        self.assertEqual(registry.get_device(ids[99]).authentication.symmetric_key.primary_key, key)

    def test_create_without_keys(self):
        """create: makes keys when none are given"""
        device_id = new_id()
        bulk(item(device_id, "create"))
        key = registry.get_device(device_id).authentication.symmetric_key.primary_key
        self.assertEqual(len(base64.b64decode(key)), 32)

    def test_create_existing(self):
        """create: one that exists is reported, the others are made"""
        there, other = new_device().device_id, new_id()
        outcome = bulk(item(there, "create"), item(other, "create"))
        self.assertFalse(outcome.is_successful)
        self.assertEqual(errors(outcome), [(there, "DeviceAlreadyExists")])
        self.assertEqual(registry.get_device(other).device_id, other)

    def test_update_forced(self):
        """update: by force"""
        device_id = new_device().device_id
        self.assertTrue(bulk(item(device_id, "update", status="disabled")).is_successful)
        self.assertEqual(registry.get_device(device_id).status, "disabled")

    def test_update(self):
        """update: with the etag"""
        device = new_device()
        self.assertTrue(bulk(item(device.device_id, "updateIfMatchETag", e_tag=device.etag, status="disabled")).is_successful)
        self.assertEqual(registry.get_device(device.device_id).status, "disabled")

    def test_update_stale(self):
        """update: a stale etag is reported, nothing is changed"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, "*", None, None, "enabled")
        outcome = bulk(item(device.device_id, "updateIfMatchETag", e_tag=device.etag, status="disabled"))
        self.assertEqual(errors(outcome), [(device.device_id, "PreconditionFailed")])
        self.assertEqual(registry.get_device(device.device_id).status, "enabled")

    def test_update_unknown(self):
        """update: an unknown id is reported"""
        device_id = new_id()
        self.assertEqual(errors(bulk(item(device_id, "update"))), [(device_id, "DeviceNotFound")])

    def test_remove_forced(self):
        """remove: by force"""
        device_id = new_device().device_id
        self.assertTrue(bulk(item(device_id, "delete")).is_successful)
        self.refused(404, "DeviceNotFound", registry.get_device, device_id)

    def test_remove(self):
        """remove: with the etag"""
        device = new_device()
        self.assertTrue(bulk(item(device.device_id, "deleteIfMatchETag", e_tag=device.etag)).is_successful)
        self.refused(404, "DeviceNotFound", registry.get_device, device.device_id)

    def test_remove_stale(self):
        """remove: a stale etag is reported, nothing is removed"""
        device = new_device()
        registry.update_device_with_sas(device.device_id, "*", None, None, "enabled")
        outcome = bulk(item(device.device_id, "deleteIfMatchETag", e_tag=device.etag))
        self.assertEqual(errors(outcome), [(device.device_id, "PreconditionFailed")])
        self.assertEqual(registry.get_device(device.device_id).device_id, device.device_id)

    def test_remove_unknown(self):
        """remove: an unknown id is reported"""
        device_id = new_id()
        self.assertEqual(errors(bulk(item(device_id, "delete"))), [(device_id, "DeviceNotFound")])

    def test_twin(self):
        """twin: tags are written, whatever the etag"""
        device_id = new_device().device_id
        self.assertTrue(bulk(item(device_id, "updateTwin", tags={"bulk": 1})).is_successful)
        self.assertEqual(registry.get_twin(device_id).tags, {"bulk": 1})

    def test_twin_stale(self):
        """twin: a stale etag is reported, nothing is changed"""
        device_id = new_device().device_id
        stale = registry.get_twin(device_id).etag
        bulk(item(device_id, "updateTwin", tags={"bulk": 1}))
        outcome = bulk(item(device_id, "updateTwinIfMatchETag", twin_etag=stale, tags={"bulk": 2}))
        self.assertEqual(errors(outcome), [(device_id, "PreconditionFailed")])
        self.assertEqual(registry.get_twin(device_id).tags, {"bulk": 1})

    def test_mixed(self):
        """different operations in one request"""
        old, new = new_device().device_id, new_id()
        self.assertTrue(bulk(item(old, "delete"), item(new, "create")).is_successful)
        self.refused(404, "DeviceNotFound", registry.get_device, old)
        self.assertEqual(registry.get_device(new).device_id, new)

    def test_same_twice(self):
        """the same id twice in one request is refused"""
        device_id = new_id()
        self.assertFalse(bulk(item(device_id, "create"), item(device_id, "create")).is_successful)

    def test_too_many(self):
        """more than a hundred in one request are refused"""
        self.assertFalse(bulk(*(item(new_id(), "create") for _ in range(101))).is_successful)

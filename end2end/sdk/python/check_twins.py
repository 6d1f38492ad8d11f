"""Twins as a service sees them, of devices and of modules."""

from concurrent.futures import ThreadPoolExecutor

from azure.iot.hub.models import Twin, TwinProperties

from support import Check, new_device, new_id, new_module, patch_twin, plain, registry


def nested(depth):
    """A section whose objects nest one less deep than this."""
    value = 1
    for _ in range(depth):
        value = {"n": value}
    return value


class Twins(Check):
    """Twins"""

    def invalid(self, **sections):
        device_id = new_device().device_id
        self.refused(400, "ArgumentInvalid", lambda: patch_twin(device_id, **sections))

    def test_get(self):
        """get: of a new device"""
        device_id = new_device().device_id
        twin = registry.get_twin(device_id)
        self.assertEqual(twin.device_id, device_id)
        self.assertTrue(twin.etag and twin.device_etag)
        self.assertEqual((twin.status, twin.connection_state, twin.authentication_type), ("enabled", "Disconnected", "sas"))
        self.assertEqual(twin.tags or {}, {})
        self.assertEqual((twin.properties.desired["$version"], twin.properties.reported["$version"]), (1, 1))

    def test_get_unknown(self):
        """get: an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.get_twin, new_id())

    def test_merge(self):
        """update: merges tags and desired, null removes, arrays are replaced"""
        device_id = new_device().device_id
        patch_twin(device_id, {"site": {"hall": 1, "row": 2}, "old": True}, {"list": [1, 2], "keep": "x"})
        twin = patch_twin(device_id, {"site": {"row": 3}, "old": None}, {"list": [3]})
        self.assertEqual(twin.tags, {"site": {"hall": 1, "row": 3}})
        self.assertEqual(plain(twin.properties.desired), {"list": [3], "keep": "x"})
        self.assertEqual(plain(registry.get_twin(device_id).properties.desired), {"list": [3], "keep": "x"})

    def test_versions(self):
        """update: versions grow, metadata has the time"""
        device_id = new_device().device_id
        before = registry.get_twin(device_id)
        twin = patch_twin(device_id, desired={"interval": 60})
        self.assertEqual(twin.version, before.version + 1)
        self.assertEqual(twin.properties.desired["$version"], 2)
        metadata = twin.properties.desired["$metadata"]["interval"]
        self.assertEqual(metadata["$lastUpdatedVersion"], 2)
        self.assertTrue(metadata["$lastUpdated"].endswith("Z"))

    def test_etag(self):
        """update: the right etag passes and moves"""
        device_id = new_device().device_id
        etag = registry.get_twin(device_id).etag
        self.assertNotEqual(patch_twin(device_id, {"a": 1}, etag=etag).etag, etag)

    def test_stale(self):
        """update: a stale etag is 412 PreconditionFailed, nothing is changed"""
        device_id = new_device().device_id
        etag = registry.get_twin(device_id).etag
        patch_twin(device_id, {"a": 1})
        self.refused(412, "PreconditionFailed", patch_twin, device_id, {"a": 2}, None, etag)
        self.assertEqual(registry.get_twin(device_id).tags, {"a": 1})

    def test_any_etag(self):
        """update: etag * never conflicts"""
        device_id = new_device().device_id
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: patch_twin(device_id, {f"k{n}": n}), [1, 2, 3, 4]))
        self.assertEqual(registry.get_twin(device_id).tags, {"k1": 1, "k2": 2, "k3": 3, "k4": 4})

    def test_reported(self):
        """update: reported properties in a service request are ignored"""
        device_id = new_device().device_id
        twin = registry.update_twin(device_id, Twin(tags={"a": 1}, properties=TwinProperties(reported={"forged": True})))
        self.assertEqual(plain(twin.properties.reported), {})

    def test_unknown(self):
        """update: an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", patch_twin, new_id(), {})

    def test_dot(self):
        """update: a key with a dot is 400"""
        self.invalid(tags={"a.b": 1})

    def test_large_tags(self):
        """update: more than 8 KB of tags is 400"""
        self.invalid(tags={key: "x" * 3000 for key in "abc"})

    def test_large_desired(self):
        """update: more than 32 KB of desired properties is 400"""
        self.invalid(desired={f"k{n}": "x" * 4000 for n in range(9)})

    def test_deep(self):
        """update: objects ten deep are taken, eleven deep are 400"""
        patch_twin(new_device().device_id, desired=nested(11))
        self.invalid(desired=nested(12))

    def test_replace(self):
        """replace: what is not given is gone"""
        device_id = new_device().device_id
        patch_twin(device_id, {"old": 1}, {"old": 1, "kept": 1})
        etag = registry.get_twin(device_id).etag
        registry.replace_twin(device_id, Twin(tags={"new": 2}, properties=TwinProperties(desired={"kept": 2})), etag)
        twin = registry.get_twin(device_id)
        self.assertEqual((twin.tags, plain(twin.properties.desired)), ({"new": 2}, {"kept": 2}))
        self.assertEqual(twin.properties.desired["$version"], 3)

    def test_replace_stale(self):
        """replace: a stale etag is 412 PreconditionFailed"""
        device_id = new_device().device_id
        etag = registry.get_twin(device_id).etag
        patch_twin(device_id, {"a": 1})
        self.refused(412, "PreconditionFailed", registry.replace_twin, device_id, Twin(tags={"a": 2}), etag)

    def test_replace_unknown(self):
        """replace: an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.replace_twin, new_id(), Twin(tags={}))


class ModuleTwins(Check):
    """Module twins"""

    def test_get(self):
        """get: of a new module"""
        module = new_module()
        twin = registry.get_module_twin(module.device_id, module.module_id)
        self.assertEqual((twin.device_id, twin.module_id), (module.device_id, module.module_id))
        self.assertEqual(twin.properties.desired["$version"], 1)

    def test_get_unknown(self):
        """get: an unknown module is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.get_module_twin, new_device().device_id, "none")

    def test_update(self):
        """update: merges, apart from the device's twin"""
        module = new_module()
        patch = Twin(tags={"of": "module"}, properties=TwinProperties(desired={"n": 1}))
        registry.update_module_twin(module.device_id, module.module_id, patch)
        twin = registry.get_module_twin(module.device_id, module.module_id)
        self.assertEqual((twin.tags, plain(twin.properties.desired)), ({"of": "module"}, {"n": 1}))
        self.assertEqual(registry.get_twin(module.device_id).tags or {}, {})

    def test_update_stale(self):
        """update: a stale etag is 412 PreconditionFailed"""
        module = new_module()
        etag = registry.get_module_twin(module.device_id, module.module_id).etag
        registry.update_module_twin(module.device_id, module.module_id, Twin(tags={"a": 1}), etag)
        self.refused(
            412, "PreconditionFailed", registry.update_module_twin,
            module.device_id, module.module_id, Twin(tags={"a": 2}), etag,
        )

    def test_replace(self):
        """replace: what is not given is gone"""
        module = new_module()
        registry.update_module_twin(module.device_id, module.module_id, Twin(tags={"old": 1}))
        registry.replace_module_twin(module.device_id, module.module_id, Twin(tags={"new": 1}))
        self.assertEqual(registry.get_module_twin(module.device_id, module.module_id).tags, {"new": 1})

"""Module identities."""

import base64

from support import Check, new_device, new_id, new_key, new_module, registry

THUMBPRINT = "A" * 40


class Modules(Check):
    """Module identities"""

    def test_create(self):
        """create: makes both keys, keeps who manages it"""
        device_id = new_device().device_id
        registry.create_module_with_sas(device_id, "m1", "somebody", None, None)
        module = registry.get_module(device_id, "m1")
        self.assertEqual((module.device_id, module.module_id, module.managed_by), (device_id, "m1", "somebody"))
        keys = module.authentication.symmetric_key
        self.assertEqual(len(base64.b64decode(keys.primary_key)), 32)
        self.assertEqual(len(base64.b64decode(keys.secondary_key)), 32)

    def test_create_certificates(self):
        """create: with thumbprints, with a certificate authority"""
        device_id = new_device().device_id
        registry.create_module_with_x509(device_id, "m1", "", THUMBPRINT, THUMBPRINT)
        registry.create_module_with_certificate_authority(device_id, "m2", "")
        types = [registry.get_module(device_id, id).authentication.type for id in ("m1", "m2")]
        self.assertEqual(types, ["selfSigned", "certificateAuthority"])

    def test_create_twice(self):
        """create: a module that exists is 409 ModuleAlreadyExistsOnDevice"""
        module = new_module()
        self.refused(
            409, "ModuleAlreadyExistsOnDevice", registry.create_module_with_sas,
            module.device_id, module.module_id, "", None, None,
        )

    def test_create_unknown_device(self):
        """create: on an unknown device is 404 DeviceNotFound"""
        self.refused(404, "DeviceNotFound", registry.create_module_with_sas, new_id(), "m1", "", None, None)

    def test_get_unknown(self):
        """get: an unknown module is 404 ModuleNotFound"""
        self.refused(404, "ModuleNotFound", registry.get_module, new_device().device_id, "none")

    def test_list(self):
        """list: the modules of a device, of one without modules none"""
        device_id = new_device().device_id
        self.assertEqual(registry.get_modules(device_id), [])
        for module_id in ("m2", "m1"):
            registry.create_module_with_sas(device_id, module_id, "", None, None)
        self.assertEqual(sorted(module.module_id for module in registry.get_modules(device_id)), ["m1", "m2"])

    def test_update(self):
        """update: with the etag"""
        module = new_module()
        registry.update_module_with_sas(module.device_id, module.module_id, "another", module.etag, new_key(), new_key())
        self.assertEqual(registry.get_module(module.device_id, module.module_id).managed_by, "another")

    def test_update_stale(self):
        """update: a stale etag is 412 PreconditionFailed"""
        module = new_module()
        registry.update_module_with_sas(module.device_id, module.module_id, "", module.etag, None, None)
        self.refused(
            412, "PreconditionFailed", registry.update_module_with_sas,
            module.device_id, module.module_id, "x", module.etag, None, None,
        )

    def test_update_forced(self):
        """update: whatever the etag, by force"""
        module = new_module()
        registry.update_module_with_sas(module.device_id, module.module_id, "forced", None, None, None)
        self.assertEqual(registry.get_module(module.device_id, module.module_id).managed_by, "forced")

    def test_update_authentication(self):
        """update: from keys to certificates and to an authority"""
        module = new_module()
        registry.update_module_with_x509(module.device_id, module.module_id, "", "*", THUMBPRINT, THUMBPRINT)
        self.assertEqual(registry.get_module(module.device_id, module.module_id).authentication.type, "selfSigned")
        registry.update_module_with_certificate_authority(module.device_id, module.module_id, "", "*")
        read = registry.get_module(module.device_id, module.module_id)
        self.assertEqual(read.authentication.type, "certificateAuthority")

    def test_update_unknown(self):
        """update: an unknown module is 404 ModuleNotFound"""
        device_id = new_device().device_id
        self.refused(404, "ModuleNotFound", registry.update_module_with_sas, device_id, "none", "", "*", None, None)

    def test_delete(self):
        """delete: and its twin is gone"""
        module = new_module()
        registry.delete_module(module.device_id, module.module_id)
        self.refused(404, "ModuleNotFound", registry.get_module, module.device_id, module.module_id)
        self.refused(404, "DeviceNotFound", registry.get_module_twin, module.device_id, module.module_id)

    def test_delete_stale(self):
        """delete: a stale etag is 412 PreconditionFailed"""
        module = new_module()
        registry.update_module_with_sas(module.device_id, module.module_id, "", "*", None, None)
        self.refused(412, "PreconditionFailed", registry.delete_module, module.device_id, module.module_id, module.etag)

    def test_delete_unknown(self):
        """delete: an unknown module is 404 ModuleNotFound"""
        self.refused(404, "ModuleNotFound", registry.delete_module, new_device().device_id, "none")

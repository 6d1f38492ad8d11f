"""Counts over the whole hub, which hold only while no other client registers or connects devices."""

from support import Check, new_device, registry, until


class Statistics(Check):
    """Statistics"""

    def test_devices(self):
        """devices: all, enabled, disabled"""
        before = registry.get_device_registry_statistics()
        self.assertEqual(before.total_device_count, before.enabled_device_count + before.disabled_device_count)
        new_device(), new_device("disabled")
        after = registry.get_device_registry_statistics()
        self.assertEqual(after.total_device_count, before.total_device_count + 2)
        self.assertEqual(after.enabled_device_count, before.enabled_device_count + 1)
        self.assertEqual(after.disabled_device_count, before.disabled_device_count + 1)

    def test_service(self):
        """service: connected devices"""

        def count():
            return registry.get_service_statistics().connected_device_count

        before = count()
        _, client = self.connected()
        until(lambda: count() == before + 1)
        client.disconnect()
        until(lambda: count() == before)

"""The hub is killed and started again: SDKs come back by themselves, and nothing they received is lost."""

import os
from concurrent.futures import ThreadPoolExecutor

import requests

from check_jobs import ahead, among, create, finished, twin_job
from support import Check, Inbox, answer, invoke, new_device, patch_twin, registry


class Restart(Check):
    """The hub is killed and comes back"""

    def test_restart(self):
        """devices come back, subscriptions, twins and jobs are there"""
        devices = [self.connected() for _ in range(20)]
        for _, client in devices:
            answer(client, {"echo": lambda payload: (200, payload)})
        device_id, client = devices[0]
        received = Inbox()
        client.on_twin_desired_properties_patch_received = received.put
        patch_twin(device_id, {"kept": True})
        other = new_device().device_id
        job_id = create(twin_job(among(other), ahead(seconds=4)))

        self.assertEqual(requests.post(os.environ["HUB_CONTROL"]).status_code, 204)

        self.assertEqual(registry.get_twin(device_id).tags, {"kept": True})
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda device: invoke(device[0], "echo", device[0]).payload, devices))
        self.assertEqual(answers, [device_id for device_id, _ in devices])
        patch_twin(device_id, desired={"after": True})
        received.wait_for(lambda patch: patch.get("after"), "the desired property after the restart")
        self.assertEqual(finished(job_id).status, "completed")
        self.assertEqual(registry.get_twin(other).tags, {"job": True})

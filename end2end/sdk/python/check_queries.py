"""Queries over twins: rows, projections, aggregates, pages. A tag of its own keeps each check among its own devices."""

import threading

from azure.iot.hub.models import QuerySpecification

from support import Check, new_device, new_id, new_module, patch_twin, registry, rows

FLEET = new_id("fleet")
# Seven devices, in three rooms, of which one has no floor.
ROOMS = "aaabbcc"
_making = threading.Lock()
_ids = []


def fleet():
    """Created by the first check that needs it."""
    with _making:
        if not _ids:
            for n, room in enumerate(ROOMS):
                device_id = new_device("disabled" if n == 0 else "enabled").device_id
                floor = {} if n == 6 else {"floor": n}
                patch_twin(device_id, {"fleet": FLEET, "room": room, **floor}, {"level": n * 10})
                _ids.append(device_id)
    return _ids


class Queries(Check):
    """Queries"""

    def setUp(self):
        self.ids = fleet()

    def count(self, condition):
        return len(rows(f"SELECT * FROM devices WHERE tags.fleet = '{FLEET}' AND {condition}"))

    def test_twins(self):
        """SELECT *: whole twins"""
        page = registry.query_iot_hub(QuerySpecification(query=f"SELECT * FROM devices WHERE tags.fleet = '{FLEET}'"))
        self.assertEqual(page.type, "Twin")
        self.assertEqual(sorted(twin.device_id for twin in page.items), sorted(self.ids))
        self.assertTrue(all(twin.etag and twin.properties.desired["$version"] == 2 for twin in page.items))

    def test_pages(self):
        """pages: every row once, then no more"""
        query, token, pages = QuerySpecification(query=f"SELECT * FROM devices WHERE tags.fleet = '{FLEET}'"), None, []
        while not pages or token:
            page = registry.query_iot_hub(query, token, 3)
            token = page.continuation_token
            pages.append([twin.device_id for twin in page.items])
        self.assertEqual([len(page) for page in pages], [3, 3, 1])
        self.assertEqual(sorted(sum(pages, [])), sorted(self.ids))

    def test_token(self):
        """pages: a token that was stored continues from there"""
        query = QuerySpecification(query=f"SELECT * FROM devices WHERE tags.fleet = '{FLEET}'")
        head = registry.query_iot_hub(query, None, 4)
        rest = registry.query_iot_hub(query, head.continuation_token, 4)
        self.assertEqual(len({twin.device_id for twin in head.items + rest.items}), len(ROOMS))

    def test_none(self):
        """no match: one empty page"""
        page = registry.query_iot_hub(QuerySpecification(query="SELECT * FROM devices WHERE tags.fleet = 'nobody'"))
        self.assertEqual((page.items, page.continuation_token), ([], None))

    def test_conditions(self):
        """conditions: =, <>, <, >=, IN, NIN, AND, OR, NOT"""
        self.assertEqual(self.count("tags.room = 'a'"), 3)
        self.assertEqual(self.count("tags.room <> 'a'"), 4)
        self.assertEqual(self.count("tags.floor < 2"), 2)
        self.assertEqual(self.count("properties.desired.level >= 40"), 3)
        self.assertEqual(self.count("tags.room IN ['a', 'c']"), 5)
        self.assertEqual(self.count("tags.room NIN ['a', 'c']"), 2)
        self.assertEqual(self.count("(tags.room = 'b' OR tags.room = 'c')"), 4)
        self.assertEqual(self.count("NOT tags.room = 'b'"), 5)

    def test_undefined(self):
        """conditions: a missing attribute is undefined"""
        self.assertEqual(self.count("IS_DEFINED(tags.floor)"), 6)
        self.assertEqual(self.count("tags.floor != 0"), 5)

    def test_identity(self):
        """conditions: on the identity (status, connectionState, deviceId)"""
        self.assertEqual(self.count("status = 'disabled'"), 1)
        self.assertEqual(self.count("connectionState = 'Disconnected'"), 7)
        self.assertEqual(self.count(f"deviceId = '{self.ids[3]}'"), 1)

    def test_projection(self):
        """projections: with and without a name"""
        page = registry.query_iot_hub(
            QuerySpecification(query=f"SELECT deviceId, tags.room AS room FROM devices WHERE deviceId = '{self.ids[3]}'")
        )
        self.assertEqual(page.type, "Raw")
        self.assertEqual([(row.device_id, row.additional_properties) for row in page.items], [(self.ids[3], {"room": "b"})])

    def test_aggregates(self):
        """COUNT, MIN, MAX, SUM, AVG"""
        [row] = rows(
            "SELECT COUNT() AS n, MIN(tags.floor) AS low, MAX(tags.floor) AS high, SUM(tags.floor) AS sum, "
            f"AVG(tags.floor) AS mean FROM devices WHERE tags.fleet = '{FLEET}' AND IS_DEFINED(tags.floor)"
        )
        self.assertEqual(row.additional_properties, {"n": 6, "low": 0, "high": 5, "sum": 15, "mean": 2.5})

    def test_group(self):
        """GROUP BY"""
        found = rows(f"SELECT tags.room AS room, COUNT() AS n FROM devices WHERE tags.fleet = '{FLEET}' GROUP BY tags.room")
        groups = [row.additional_properties for row in found]
        self.assertEqual({group["room"]: group["n"] for group in groups}, {"a": 3, "b": 2, "c": 2})

    def test_modules(self):
        """FROM devices.modules"""
        module = new_module()
        found = rows(f"SELECT * FROM devices.modules WHERE deviceId = '{module.device_id}'")
        self.assertEqual([(row.device_id, row.module_id) for row in found], [(module.device_id, module.module_id)])

    def test_no_query(self):
        """text that is no query is 400"""
        self.refused(400, "ArgumentInvalid", rows, "SELECT FROM WHERE")

    def test_no_token(self):
        """a page token that the hub never gave is 400"""
        query = QuerySpecification(query="SELECT * FROM devices")
        self.refused(400, "ArgumentInvalid", registry.query_iot_hub, query, "made up")

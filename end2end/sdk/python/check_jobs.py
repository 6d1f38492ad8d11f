"""Scheduled jobs from request to the last device's row."""

from datetime import datetime, timedelta, timezone

from azure.iot.hub.models import CloudToDeviceMethod, JobRequest, Twin, TwinProperties
from msrest.exceptions import DeserializationError

from support import (
    Check, Inbox, answer, invoke, jobs, new_device, new_id, new_module, patch_twin, registry, rows, until,
)

WINDOW_S = 60
FINISHED = ("completed", "failed", "cancelled")
METHOD = "scheduleDeviceMethod"
TWIN = "scheduleUpdateTwin"


def ahead(**delta):
    return datetime.now(timezone.utc) + timedelta(**delta)


def among(*ids):
    return "deviceId IN [" + ", ".join(f"'{id}'" for id in ids) + "]"


def method_job(condition, start=None, window=WINDOW_S, **timeouts):
    job_id = new_id("job")
    method = CloudToDeviceMethod(method_name="echo", payload={"n": 1}, **{"response_timeout_in_seconds": 5, **timeouts})
    request = JobRequest(
        job_id=job_id, type=METHOD, cloud_to_device_method=method, query_condition=condition,
        start_time=start, max_execution_time_in_seconds=window,
    )
    return job_id, request


def twin_job(condition, start=None, window=WINDOW_S, etag="*", tags=None, desired=None, job_id=None):
    job_id = job_id or new_id("job")
    twin = Twin(etag=etag, tags={"job": True} if tags is None else tags)
    if desired:
        twin.properties = TwinProperties(desired=desired)
    request = JobRequest(
        job_id=job_id, type=TWIN, update_twin=twin, query_condition=condition,
        start_time=start, max_execution_time_in_seconds=window,
    )
    return job_id, request


def create(job):
    jobs.create_scheduled_job(*job)
    return job[0]


def finished(job_id):
    until(lambda: jobs.get_scheduled_job(job_id).status in FINISHED, f"the end of {job_id}")
    return jobs.get_scheduled_job(job_id)


def counts(job):
    s = job.device_job_statistics
    return [s.device_count, s.succeeded_count, s.failed_count, s.running_count, s.pending_count]


def device_jobs(job_id, page_size=None):
    """The rows by device. The SDK reads them as twins, so most of a row is set aside."""
    found = rows(f"SELECT * FROM devices.jobs WHERE devices.jobs.jobId = '{job_id}'", page_size)
    return {row.device_id: row for row in found}


class Jobs(Check):
    """Jobs"""

    def answering(self, respond):
        device_id, client = self.connected()
        answer(client, {"echo": respond, "ready": lambda payload: (200, None)})
        # Jobs do not wait for the subscription.
        invoke(device_id, "ready")
        return device_id

    def refused_job(self, job, status=400, code="ArgumentInvalid"):
        self.refused(status, code, jobs.create_scheduled_job, *job)

    def test_method(self):
        """create: a method job is queued, then completed"""
        condition = among(self.answering(lambda payload: (200, {"got": payload})))
        job_id, request = method_job(condition, start=ahead())
        created = jobs.create_scheduled_job(job_id, request)
        self.assertEqual((created.job_id, created.type, created.status), (job_id, METHOD, "queued"))
        job = finished(job_id)
        self.assertEqual((job.status, job.type, job.query_condition), ("completed", METHOD, condition))
        self.assertEqual(counts(job), [1, 1, 0, 0, 0])
        self.assertEqual(job.cloud_to_device_method.payload, {"n": 1})
        self.assertEqual(job.max_execution_time_in_seconds, WINDOW_S)
        self.assertLessEqual(job.created_time, job.end_time)

    def test_twin(self):
        """create: a twin job reaches devices that are not connected"""
        devices = [new_device().device_id, new_device().device_id]
        job_id, request = twin_job(among(*devices), ahead(), tags={"ring": 2}, desired={"interval": 60})
        created = jobs.create_scheduled_job(job_id, request)
        self.assertEqual((created.job_id, created.type, created.status), (job_id, TWIN, "queued"))
        self.assertEqual(counts(finished(job_id)), [2, 2, 0, 0, 0])
        for device_id in devices:
            twin = registry.get_twin(device_id)
            self.assertEqual((twin.tags, twin.properties.desired["interval"]), ({"ring": 2}, 60))

    def test_twin_null(self):
        """create: a twin job removes what is null"""
        device_id = new_device().device_id
        patch_twin(device_id, {"a": 1, "b": 2})
        finished(create(twin_job(among(device_id), tags={"a": None})))
        self.assertEqual(registry.get_twin(device_id).tags, {"b": 2})

    def test_twin_push(self):
        """create: a twin job notifies connected devices"""
        device_id, client = self.connected()
        received = Inbox()
        client.on_twin_desired_properties_patch_received = received.put
        finished(create(twin_job(among(device_id), desired={"job": 1})))
        self.assertEqual(received.wait_for(lambda patch: "job" in patch)["job"], 1)

    def test_now(self):
        """create: without a start it starts at once"""
        job = finished(create(twin_job(among(new_device().device_id), window=None)))
        self.assertEqual((job.status, job.max_execution_time_in_seconds), ("completed", 3600))

    def test_nobody(self):
        """create: a condition that matches no device completes with none"""
        job = finished(create(twin_job(among(new_id()))))
        self.assertEqual((job.status, counts(job)), ("completed", [0, 0, 0, 0, 0]))

    def test_modules(self):
        """create: over modules"""
        module = new_module()
        job_id = create(twin_job(f"FROM devices.modules WHERE deviceId = '{module.device_id}'", tags={"by": "job"}))
        self.assertEqual(counts(finished(job_id)), [1, 1, 0, 0, 0])
        self.assertEqual(registry.get_module_twin(module.device_id, module.module_id).tags, {"by": "job"})

    def test_bad_condition(self):
        """create: a bad condition is accepted and fails later, with a reason"""
        job_id, request = twin_job("tags.a = = 1")
        self.assertEqual(jobs.create_scheduled_job(job_id, request).status, "queued")
        job = finished(job_id)
        self.assertEqual(job.status, "failed")
        self.assertRegex(f"{job.failure_reason} {job.status_message}", r"1:\d+")

    def test_twice(self):
        """create: an id that exists is 409 JobAlreadyExists"""
        job = twin_job(among(new_device().device_id))
        create(job)
        self.refused_job(job, 409, "JobAlreadyExists")

    def test_etag(self):
        """create: a twin job without etag * is 400"""
        for etag in (None, "AAAAAAAAAAE="):
            self.refused_job(twin_job(among(new_device().device_id), etag=etag))

    def test_far_start(self):
        """create: a start more than 168 hours ahead is 400"""
        self.refused_job(twin_job("deviceId = 'x'", ahead(hours=169)))

    def test_bad_id(self):
        """create: an id with characters that it may not have is 400"""
        self.refused_job(twin_job("deviceId = 'x'", job_id="with blank"))

    def test_response_timeout(self):
        """create: a response timeout out of bounds is 400"""
        self.refused_job(method_job("deviceId = 'x'", response_timeout_in_seconds=301))

    def test_connect_timeout(self):
        """create: a connect timeout above the response timeout is 400"""
        self.refused_job(method_job("deviceId = 'x'", connect_timeout_in_seconds=6))

    def test_no_type(self):
        """create: an unknown type is 400"""
        job_id, request = twin_job("deviceId = 'x'")
        request.type = "scheduleNothing"
        self.refused_job((job_id, request), code="GenericBadRequest")

    def test_get_unknown(self):
        """get: an unknown id has type and status unknown"""
        job_id = new_id("job")
        job = jobs.get_scheduled_job(job_id)
        self.assertEqual((job.job_id, job.type, job.status), (job_id, "unknown", "unknown"))

    def test_scheduled(self):
        """get: a job ahead is scheduled"""
        start = ahead(hours=1)
        job_id, request = method_job(among(new_device().device_id), start)
        self.assertEqual(jobs.create_scheduled_job(job_id, request).status, "queued")
        until(lambda: jobs.get_scheduled_job(job_id).status == "scheduled", "scheduled")
        self.assertEqual(jobs.get_scheduled_job(job_id).start_time, start)
        jobs.cancel_scheduled_job(job_id)

    def test_cancel(self):
        """cancel: a job ahead is cancelled and never runs"""
        device_id = new_device().device_id
        job_id = create(twin_job(among(device_id), ahead(hours=1)))
        answered = jobs.cancel_scheduled_job(job_id)
        self.assertEqual((answered.job_id, answered.status), (job_id, "cancelled"))
        until(lambda: jobs.get_scheduled_job(job_id).status == "cancelled", "cancelled")
        self.assertEqual(registry.get_twin(device_id).tags or {}, {})

    def test_cancel_finished(self):
        """cancel: a finished job is 405 OperationNotAllowedInCurrentState"""
        job_id = create(twin_job(among(new_device().device_id)))
        finished(job_id)
        self.refused(405, "OperationNotAllowedInCurrentState", jobs.cancel_scheduled_job, job_id)

    def test_cancel_twice(self):
        """cancel: a cancelled job is 405 OperationNotAllowedInCurrentState"""
        job_id = create(twin_job("deviceId = 'x'", ahead(hours=1)))
        jobs.cancel_scheduled_job(job_id)
        self.refused(405, "OperationNotAllowedInCurrentState", jobs.cancel_scheduled_job, job_id)

    def test_cancel_unknown(self):
        """cancel: an unknown id is 404 JobNotFound"""
        self.refused(404, "JobNotFound", jobs.cancel_scheduled_job, new_id("job"))

    def test_list(self):
        """list: fails inside the SDK on the array that IoT Hub sends"""
        with self.assertRaises(DeserializationError):
            jobs.query_scheduled_jobs(TWIN, "completed")

    def test_rows(self):
        """rows: one device online, one not"""
        online = self.answering(lambda payload: (200, {"got": payload}))
        offline = new_device().device_id
        job_id = create(method_job(among(online, offline)))
        job = finished(job_id)
        self.assertEqual((job.status, counts(job)), ("completed", [2, 1, 1, 0, 0]))
        found = device_jobs(job_id)
        self.assertEqual((found[online].status, found[offline].status), ("completed", "failed"))
        more = found[online].additional_properties
        self.assertEqual((more["jobId"], more["jobType"]), (job_id, METHOD))
        self.assertEqual(more["outcome"]["deviceMethodResponse"], {"status": 200, "payload": {"got": {"n": 1}}})
        error = found[offline].additional_properties["error"]
        self.assertEqual(error["code"], "DeviceNotOnline")
        self.assertTrue(error["description"])

    def test_rows_status(self):
        """rows: a device's own error status is a completed row"""
        device_id = self.answering(lambda payload: (500, "jammed"))
        job_id = create(method_job(among(device_id)))
        self.assertEqual(counts(finished(job_id)), [1, 1, 0, 0, 0])
        row = device_jobs(job_id)[device_id]
        self.assertEqual(row.status, "completed")
        self.assertEqual(row.additional_properties["outcome"]["deviceMethodResponse"], {"status": 500, "payload": "jammed"})

    def test_rows_silent(self):
        """rows: no answer in time is a failed row"""
        device_id = self.answering(lambda payload: None)
        job_id = create(method_job(among(device_id)))
        self.assertEqual(counts(finished(job_id)), [1, 0, 1, 0, 0])
        row = device_jobs(job_id)[device_id]
        self.assertEqual((row.status, row.additional_properties["error"]["code"]), ("failed", "GatewayTimeout"))

    def test_rows_pages(self):
        """rows: page by page"""
        devices = [new_device().device_id for _ in range(5)]
        job_id = create(twin_job(among(*devices)))
        finished(job_id)
        self.assertEqual(sorted(device_jobs(job_id, 2)), sorted(devices))

    def test_late_device(self):
        """a method job waits for a device that connects within the connect timeout"""
        device = new_device()
        job_id = create(
            method_job(among(device.device_id), response_timeout_in_seconds=30, connect_timeout_in_seconds=30)
        )
        client = self.client(device)
        client.connect()
        answer(client, {"echo": lambda payload: (200, "late")})
        self.assertEqual(counts(finished(job_id)), [1, 1, 0, 0, 0])

    def test_window(self):
        """the execution window ends a job whose devices never came"""
        job_id = create(
            method_job(
                among(new_device().device_id), window=3, response_timeout_in_seconds=300, connect_timeout_in_seconds=300
            )
        )
        job = finished(job_id)
        self.assertEqual((job.status, counts(job)), ("completed", [1, 0, 1, 0, 0]))

"""What the embedded hub does not do: it reports an error that the SDK understands."""

from azure.iot.device.exceptions import ClientError
from azure.iot.hub.models import Configuration, ConfigurationContent, ConfigurationQueriesTestInput, JobProperties

from support import Check, configurations, digital_twins, jobs, new_device, new_id


class NotThere(Check):
    """Not there"""

    def not_implemented(self, call, *args):
        self.refused(501, "NotImplemented", call, *args)

    def test_configurations(self):
        """configurations are 501"""
        configuration = Configuration(id=new_id(), content=ConfigurationContent(), target_condition="*", priority=1)
        self.not_implemented(configurations.create_configuration, configuration)
        self.not_implemented(configurations.get_configuration, configuration.id)
        self.not_implemented(configurations.get_configurations)
        self.not_implemented(configurations.update_configuration, configuration, "*")
        self.not_implemented(configurations.delete_configuration, configuration.id)
        self.not_implemented(configurations.test_configuration_queries, ConfigurationQueriesTestInput(target_condition="*"))

    def test_content(self):
        """configuration content for an edge device is 501"""
        device_id = new_device().device_id
        self.not_implemented(configurations.apply_configuration_on_edge_device, device_id, ConfigurationContent())

    def test_import_export(self):
        """import and export of identities are 501"""
        self.not_implemented(
            jobs.create_import_export_job, JobProperties(type="export", output_blob_container_uri="https://x/out")
        )

    def test_import_export_jobs(self):
        """import and export jobs: none in the list, every id is 404 JobNotFound"""
        self.assertEqual(jobs.get_import_export_jobs(), [])
        self.refused(404, "JobNotFound", jobs.get_import_export_job, new_id("job"))
        self.refused(404, "JobNotFound", jobs.cancel_import_export_job, new_id("job"))

    def test_digital_twins(self):
        """digital twins are 501"""
        device_id = new_device().device_id
        self.not_implemented(digital_twins.get_digital_twin, device_id)
        self.not_implemented(digital_twins.update_digital_twin, device_id, [{"op": "add", "path": "/a", "value": 1}])
        self.not_implemented(digital_twins.invoke_command, device_id, "c", "p")
        self.not_implemented(digital_twins.invoke_component_command, device_id, "door", "c", "p")

    def test_upload(self):
        """uploads of files are 501"""
        _, client = self.connected()
        for call in (
            lambda: client.get_storage_info_for_blob("photo.jpg"),
            lambda: client.notify_blob_upload_status("id", True, 200, "done"),
        ):
            with self.assertRaises(ClientError) as caught:
                call()
            self.assertIn("501", str(caught.exception.__cause__))

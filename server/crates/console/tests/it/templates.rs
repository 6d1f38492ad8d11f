//! Templates: jobs saved under a name.

use console_wire::job::NewJob;
use serde_json::json;

use crate::support::World;

#[tokio::test]
async fn templates_are_saved_replaced_and_deleted() {
    let mut world = World::start().await;
    let job = |method: &str| -> NewJob {
        serde_json::from_value(json!({"jobId": "x", "type": "scheduleDeviceMethod", "queryCondition": "*",
            "startTime": "2020-01-01T00:00:00Z", "cloudToDeviceMethod": {"methodName": method}}))
        .unwrap()
    };
    let saved = world.console.save_template(" Evening ", job("lockDoor")).await.unwrap();
    assert_eq!((saved.name.as_str(), &saved.job.job_id, saved.job.start_time), ("Evening", &None, None));
    world.console.save_template("Evening", job("unlockDoor")).await.unwrap();
    world.console.save_template("Another", job("reboot")).await.unwrap();
    world.restart().await;
    let names = async |world: &World| {
        let items = world.console.templates().await.unwrap().items;
        items
            .into_iter()
            .map(|template| (template.name, template.job.cloud_to_device_method.unwrap().method_name))
            .collect::<Vec<_>>()
    };
    let pair = |name: &str, method: &str| (name.to_owned(), method.to_owned());
    assert_eq!(names(&world).await, [pair("Another", "reboot"), pair("Evening", "unlockDoor")]);
    let deleted = world.console.delete_template("Evening").await.unwrap();
    assert_eq!(deleted.name, "Evening");
    assert_eq!(names(&world).await.len(), 1);
    assert_eq!(world.console.delete_template("Evening").await.unwrap_err().problem("r").status, 404);
    for (name, method, field) in
        [("", "a", "name"), ("ok", "", "cloudToDeviceMethod.methodName"), (&"x".repeat(65), "a", "name")]
    {
        let problem = world.console.save_template(name, job(method)).await.unwrap_err().problem("r");
        assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field));
    }
    world.console.stop().await;
}

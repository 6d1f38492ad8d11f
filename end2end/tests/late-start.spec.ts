import { lockDoors } from '../support/api.ts';
import { expect, test } from '../support/app.ts';
import { expectState, jobPageReady } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is stopped here.
const DEVICES = 4;
test.use({ simulatedDevices: DEVICES });

test('A job whose start time passed while the server was down runs late, and says so', async ({ page, api, server }) => {
  const due = Date.now() + 2_000;
  const { jobId } = await api.createJob(
    lockDoors({
      startTime: new Date(due).toISOString(),
      cloudToDeviceMethod: { methodName: 'lockDoor', connectTimeoutInSeconds: 60, responseTimeoutInSeconds: 60 },
    }),
  );
  await server.stop();
  await expect.poll(() => Date.now() - due, { message: 'its time has passed', timeout: 10_000 }).toBeGreaterThan(1_500);
  await server.startAgain();
  const job = await api.finished(jobId, 90_000);
  expect(job.outcomes.succeeded, 'nothing that was accepted is lost').toBe(DEVICES);

  await page.goto(`/jobs/${jobId}`);
  await jobPageReady(page);
  await expectState(page, 'Succeeded', DEVICES);
  await expect(page.getByText(/^Started \d+\.\d s late: it was to start at /)).toBeVisible();
  await expect(page.getByText('The job could not run.'), 'no failure is shown').toHaveCount(0);
});

import { expectNoFindings } from '../support/accessibility.ts';
import { expect, ready, test as base } from '../support/app.ts';
import { expectSubmit, jobIdInAddress, jobPageReady, submitButton } from '../support/jobs.ts';
import { Server } from '../support/server.mjs';

const test = base.extend<object, { server: Server }>({
  server: [
    async ({ simulatedDevices }, use) => {
      const server = await Server.start({ simulatedDevices, flags: ['--hub-tier', 's1'] });
      await use(server);
      await server.remove();
    },
    { scope: 'worker', timeout: 90_000 },
  ],
});

test('I let jobs of the hub call the devices, and see their queue and how much of the hub is used', async ({ page, api }) => {
  await api.simulate({ latencyMs: 2_000 });
  await page.goto(`/jobs/new?${new URLSearchParams({ method: 'lockDoor', query: 'tags.simulated = true' })}`);
  await ready(page);
  await page.locator('summary').filter({ has: page.getByText('Engine', { exact: true }) }).click();
  await page.getByLabel('Devices are reached by').selectOption('hubJobs');
  const review = page.getByRole('complementary', { name: 'Review' });
  await expect(review.getByRole('listitem').filter({ hasText: 'Hub jobs' })).toContainText('The hub limits it, 600 a minute.');
  await expectSubmit(page, 'Run lockDoor on 50 devices');
  await submitButton(page).click();
  const jobId = await jobIdInAddress(page);
  await jobPageReady(page);

  const figure = (name: string) => page.locator('.figure').filter({ has: page.getByText(name, { exact: true }) });
  await expect(figure('Jobs on the hub')).toContainText('1 running');
  await expect(figure("Hub's quota used")).toContainText('of 10/s, all jobs together');
  const ended = await api.finished(jobId);
  expect(ended.outcomes).toMatchObject({ succeeded: 50, queued: 0, inFlight: 0 });
  await expect(figure('Jobs on the hub')).toContainText('0 waiting for room, 1 ended');
  await expectNoFindings(page);
  const jobs = await api.jobs();
  expect(jobs.map((job) => job.jobId), 'the job on the hub is not a job of its own').toEqual([jobId]);
});

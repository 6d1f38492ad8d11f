import { lockDoors } from '../support/api.ts';
import { expect, markDocument, ready, SERVER_DOWN, test } from '../support/app.ts';
import { jobListReady } from '../support/jobs.ts';

// Another size than the other stories', and so a server of its own: it is stopped here.
test.use({ simulatedDevices: 8, allowedProblems: SERVER_DOWN });

/** How many reads a page may send while it waits for the server: with pauses of 1, 2 and 4 seconds it sends three. */
const MOST_READS = 12;

test('I follow links while the server is away: the page says so, waits, and comes by itself', async ({ page, api, server }) => {
  const { jobId } = await api.createJob(lockDoors());
  const { name } = await api.finished(jobId);
  await page.goto('/jobs');
  await jobListReady(page);
  const expectSameDocument = await markDocument(page);
  await server.stop();

  let reads = 0;
  page.on('request', (request) => {
    if (/\/fn\/(job|insight|results|causes|landing|latency)/.test(request.url())) reads += 1;
  });
  await page.getByRole('row').filter({ hasText: jobId }).getByRole('link').first().click();
  await expect(page).toHaveURL(`/jobs/${jobId}`);
  const error = page.getByRole('main').getByRole('alert').filter({ hasText: 'did not answer' });
  await expect(error, 'the page of the address, with the reason').toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: jobId })).toBeVisible();
  const again = error.getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await expect(error, 'it says when it tries again').toContainText(/in \d s/);
  await again.click();
  await expect(error, 'still away').toBeVisible();
  expect(reads, 'reads while the server is away').toBeLessThan(MOST_READS);

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Devices' }).click();
  await expect(page).toHaveURL('/devices');
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' }), 'the page of the address').toBeVisible();
  await expect(page.getByRole('main').getByRole('alert').filter({ hasText: 'did not answer' })).toBeVisible();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Simulator' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Simulator' })).toBeVisible();
  await expect(page.getByRole('main').getByRole('alert').filter({ hasText: 'did not answer' })).toBeVisible();

  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Devices' })).toBeVisible();
  await server.startAgain();
  await api.connected(8);
  await expect(page.getByRole('row').filter({ hasText: 'door-0001' }), 'it comes by itself').toBeVisible({ timeout: 45_000 });
  await expect(page.getByRole('main').getByRole('alert')).toHaveCount(0);
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByRole('table', { name: 'Devices of this job' })).toBeVisible();
  await expectSameDocument();
});

test('A page that could not be read is read at once when I ask for it', async ({ page, api, server }) => {
  const { jobId } = await api.createJob(lockDoors());
  await api.finished(jobId);
  await page.goto('/devices');
  await ready(page);
  await server.stop();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Jobs' }).click();
  const again = page.getByRole('main').getByRole('button', { name: 'Try again' });
  await expect(again).toBeVisible();
  await server.startAgain();
  await again.click();
  await expect(page.getByRole('row').filter({ hasText: jobId })).toBeVisible();
  await api.connected(8);
});

test('The simulator comes by itself when the server is back', async ({ page, api, server }) => {
  await page.goto('/devices');
  await ready(page);
  await server.stop();
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Simulator' }).click();
  const error = page.getByRole('main').getByRole('alert').filter({ hasText: 'did not answer' });
  await expect(error, 'it says when it tries again').toContainText(/in \d+ s/);
  await server.startAgain();
  await expect(page.getByRole('form', { name: 'Device pool' })).toBeVisible({ timeout: 45_000 });
  await expect(error).toHaveCount(0);
  await api.connected(8);
});

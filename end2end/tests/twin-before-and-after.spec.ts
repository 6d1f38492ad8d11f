import { expectNoFindings } from '../support/accessibility.ts';
import { expect, ready, test } from '../support/app.ts';
import { expectRow } from '../support/table.ts';

test('I see what a twin job changed on a door, and what is now something else', async ({ page, api, server }) => {
  const device = 'door-0003';
  const patch = async (desired: object) => {
    const answer = await fetch(`${server.url}/api/v1/devices/${device}/twin`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ properties: { desired } }),
    });
    expect(answer.status).toBe(200);
  };
  await patch({ volume: 3, ring: 'low' });
  await api.createJob({
    jobId: 'louder',
    type: 'scheduleUpdateTwin',
    updateTwin: { properties: { desired: { volume: 9, ring: null } } },
    queryCondition: `deviceId = '${device}'`,
  });
  await api.finished('louder');
  await page.goto(`/jobs/louder?device=${device}`);
  await ready(page);
  await page.getByRole('link', { name: 'Twin before and after' }).click();
  await expect(page.getByRole('heading', { level: 1, name: `Twin of ${device} before and after` })).toBeVisible();
  const table = page.getByRole('table', { name: 'Values before the job, as it set them, and now' });
  await expectRow(table, { Value: 'desired.ring', Before: '"low"', 'Set by the job': 'removed', Now: 'not set' });
  await expectRow(table, { Value: 'desired.volume', Before: '3', 'Set by the job': '9', Now: '9' });

  await patch({ volume: 5 });
  await expect(table.getByRole('row').filter({ hasText: 'desired.volume' })).toContainText('Not as set');
  await expectNoFindings(page);
});

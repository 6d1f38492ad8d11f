// Browser stories against the real program. Nothing is retried: a story that needs a second try has found a bug, in the
// product or in itself.

import { defineConfig, devices } from '@playwright/test';
import { join } from 'node:path';
import { findBrowser } from './support/browser.mjs';

const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
];
// Chromium refuses its sandbox to root, which is who containers and continuous checks run as.
const AS_ROOT = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const AUDITS = /audit[^/]*\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: 2,
  // Twice what the longest of them takes on a machine that is busy with other things.
  timeout: 120_000,
  // Only `make snapshots` takes them; a story that has none fails.
  updateSnapshots: 'none',
  snapshotPathTemplate: 'snapshots/{arg}{ext}',
  expect: {
    timeout: 15_000,
    // Letters may be drawn otherwise, nothing may move; see the style sheet.
    toHaveScreenshot: {
      animations: 'disabled',
      maxDiffPixelRatio: 0.005,
      stylePath: join(import.meta.dirname, 'support/steady.css'),
      threshold: 0.1,
    },
  },
  reporter: [['list'], ['json', { outputFile: '../target/test/browser.json' }]],
  projects: [
    { name: 'stories', testIgnore: AUDITS },
    // Half of an audit would be spent on recording it, and a finding says by itself which rule and which element.
    { name: 'audits', testMatch: AUDITS, use: { trace: 'off' } },
  ],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Stockholm',
    // A film of every story costs much of its time; the document at each step is kept.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findBrowser(), args: [...QUIET, ...AS_ROOT] },
  },
});

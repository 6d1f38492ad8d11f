// Browser stories against the real program. A story that fails once has found a bug, in the product or in itself, so
// nothing is retried here. Continuous integration, whose machine does other work too, tries once more; a story that then
// passes is named at the end of the run (support/count.mjs).

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
// Chromium has no sandbox for root, the user of containers and continuous checks.
const AS_ROOT = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

const AUDITS = /(accessibility[^/]*|pages)\.spec\.ts$/;

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  // Twice what the longest story takes on a busy machine.
  timeout: 120_000,
  // Only `make snapshots` writes them; a missing one fails the story.
  updateSnapshots: 'none',
  snapshotPathTemplate: 'snapshots/{arg}{ext}',
  expect: {
    timeout: 15_000,
    // Fonts may be rendered differently, the layout must be the same; see the style sheet.
    toHaveScreenshot: {
      animations: 'disabled',
      maxDiffPixelRatio: 0.005,
      stylePath: join(import.meta.dirname, 'support/screenshot.css'),
      threshold: 0.1,
    },
  },
  reporter: [['list'], ['json', { outputFile: '../target/test/browser.json' }]],
  projects: [
    { name: 'stories', testIgnore: AUDITS },
    // A trace would double the time of an audit, and a finding names its rule and its element.
    { name: 'audits', testMatch: AUDITS, use: { trace: 'off' } },
  ],
  use: {
    ...devices['Desktop Chrome'],
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Stockholm',
    // Screenshots for every step would take long; the document at each step is kept.
    trace: { mode: 'retain-on-failure', screenshots: false },
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findBrowser(), args: [...QUIET, ...AS_ROOT] },
  },
});

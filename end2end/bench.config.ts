// What is measured in the browser, for people to read: nothing in it passes or fails by a time.

import { defineConfig } from '@playwright/test';
import stories from './playwright.config.ts';

export default defineConfig({
  ...stories,
  testDir: 'bench',
  testMatch: /\.bench\.ts$/,
  workers: 1,
  reporter: 'line',
  projects: [{ name: 'bench' }],
});

/** Fetches what the tests run on, with progress, before any test waits for it: `npm run fetch`. */
import { loadSettings } from '../../src/config.ts';
import { temporalExecutable } from '../../src/embedded/temporal-executable.ts';
import { timeSkippingServer } from '../../src/embedded/test-server-executable.ts';
import { browser } from './browser.ts';

const say = (line: string): void => {
  console.log(line);
};

try {
  say(`Temporal server: ${await temporalExecutable(loadSettings().cacheDir, say)}`);
  say(`time-skipping Temporal server: ${await timeSkippingServer(say)}`);
  const chromium = await browser();
  say(`browser: Chromium ${chromium.version()}`);
  await chromium.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

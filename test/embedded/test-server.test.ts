import { afterEach, describe, expect, it } from '@jest/globals';
import { timeSkippingServer } from '../../src/embedded/test-server-executable.ts';
import { timeSkippingEnvironment } from '../support/time-skipping.ts';

const before = process.env['FERMATA_TEST_SERVER'];
afterEach(() => {
  if (before === undefined) delete process.env['FERMATA_TEST_SERVER'];
  else process.env['FERMATA_TEST_SERVER'] = before;
});

describe('the time-skipping test server', () => {
  it('skips two days', async () => {
    const environment = await timeSkippingEnvironment();
    try {
      const then = await environment.currentTimeMs();
      // Without skipping it would end in two days.
      await environment.sleep('48 hours');
      expect((await environment.currentTimeMs()) - then).toBeGreaterThanOrEqual(48 * 3_600_000);
    } finally {
      await environment.teardown();
    }
  }, 600_000);

  it('is the named one, and a name that leads nowhere is an error and not a reason to look elsewhere', async () => {
    process.env['FERMATA_TEST_SERVER'] = '/bin/sh';
    expect(await timeSkippingServer()).toBe('/bin/sh');
    process.env['FERMATA_TEST_SERVER'] = '/nowhere/server';
    await expect(timeSkippingServer()).rejects.toThrow(
      'FERMATA_TEST_SERVER: /nowhere/server is not an executable file',
    );
  });
});

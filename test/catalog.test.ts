/** Every process as somebody meets it first: its sample, on real servers, with nothing set up. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalog } from '../src/catalog.ts';
import { startRun, summaryOfRun } from '../src/runs.ts';
import { startSite, type Site } from './web/site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
}, 120_000);
afterAll(() => site.stop(), 60_000);

describe('the sample of', () => {
  it('the catalog: there are twenty-one processes', () => {
    expect(new Set(catalog.map(({ name }) => name)).size).toBe(21);
  });

  it.each(catalog.map((process) => [process.name, process] as const))(
    '%s ends well or waits for a person',
    async (_, process) => {
      const { id } = await startRun(site.runs, process, process.sample);
      const deadline = Date.now() + 110_000;
      let summary = await summaryOfRun(site.runs, id);
      while (summary.state === 'running' && summary.gates.length === 0 && Date.now() < deadline) {
        await pause(250);
        summary = await summaryOfRun(site.runs, id);
      }
      expect(`${summary.state} ${summary.gates.length > 0 ? 'waits' : ''}`.trim()).toMatch(
        /^(completed|running waits)$/,
      );
    },
    120_000,
  );
});

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
      expect(await standing(id)).toMatch(/^(completed|waits)$/);
    },
    120_000,
  );
});

/** How a run stands once it has ended, or nothing moves in it any more because it waits for somebody. */
async function standing(id: string): Promise<string> {
  const handle = site.runs.client.workflow.getHandle(id);
  let events = -1;
  for (const deadline = Date.now() + 110_000; Date.now() < deadline;) {
    const { state, gates } = await summaryOfRun(site.runs, id);
    if (state !== 'running') return state;
    if (gates.length > 0) return 'waits';
    const { historyLength, raw } = await handle.describe();
    const atWork = (raw.pendingActivities?.length ?? 0) > 0 || raw.pendingWorkflowTask != null;
    if (!atWork && historyLength === events) return 'waits';
    events = historyLength;
    await pause(atWork ? 250 : 2_000);
  }
  return 'still at work';
}

/** Every process as somebody meets it first: its sample, on real servers, with nothing set up. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalog } from '../src/catalog.ts';
import { startRun, summaryOfRun } from '../src/runs.ts';
import * as workflows from '../src/workflows/index.ts';
import { until } from './support/until.ts';
import { startSite, type Site } from './web/site.ts';

let site: Site;
beforeAll(async () => {
  site = await startSite();
});
afterAll(() => site.stop());

/** Workflows that no person starts: others start them as their children. */
const children = ['accountSetup', 'customerVerification', 'customerWelcome', 'requestedReport'];

describe('the catalog', () => {
  it('has every workflow that the worker knows, but for children', () => {
    const types = catalog.map(({ workflowType }) => workflowType);
    expect(new Set(types).size).toBe(types.length);
    expect([...types, ...children].sort()).toEqual(Object.keys(workflows).sort());
  });

  it('has every entry that stands in its folder', async () => {
    const files = await readdir(new URL('../src/catalog/', import.meta.url));
    const entries = files.filter((file) => file !== 'process.ts').map((file) => file.replace(/\.ts$/, ''));
    expect(catalog.map(({ name }) => name).sort()).toEqual(entries.sort());
  });
});

describe('the sample of', () => {
  it.each(catalog.map((process) => [process.name, process] as const))(
    '%s ends well or waits for a person',
    async (_, process) => {
      const { id } = await startRun(site.runs, process, process.sample);
      expect(await standing(id)).toMatch(/^(completed|waits)$/);
    },
  );
});

/** A run that has not moved for so long, in milliseconds, does not wait for one of its short timers. */
const idleMs = 2_000;

/** How a run stands once it has ended, or nothing moves in it any more because it waits for somebody. */
async function standing(id: string): Promise<string> {
  const handle = site.runs.client.workflow.getHandle(id);
  let idle = { events: -1, since: 0 };
  return until(async () => {
    const { state, gates } = await summaryOfRun(site.runs, id);
    if (state !== 'running') return state;
    if (gates.length > 0) return 'waits';
    const { historyLength: events, raw } = await handle.describe();
    const atWork = (raw.pendingActivities?.length ?? 0) > 0 || raw.pendingWorkflowTask != null;
    if (atWork || events !== idle.events) idle = { events: atWork ? -1 : events, since: Date.now() };
    return !atWork && Date.now() - idle.since > idleMs && 'waits';
  }, `${id} is still at work`);
}

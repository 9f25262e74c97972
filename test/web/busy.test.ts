/** What the pages say while the worker of a run is there but does not answer in time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { connectRuns, type Runs } from '../../src/runs.ts';
import { loadDirectory } from '../../src/services/directory.ts';
import { openFileStore } from '../../src/services/files.ts';
import { createApp } from '../../src/web/app.ts';
import { patient } from '../support/until.ts';
import { pollWithoutAnswer, startUnserved } from '../support/unserved.ts';

const origin = 'http://localhost';
const dataDir = mkdtempSync(join(tmpdir(), 'fermata-busy-'));
let temporal: Awaited<ReturnType<typeof throwAwayTemporal>>;
let runs: Runs;
let app: ReturnType<typeof createApp>;
let worker: Awaited<ReturnType<typeof pollWithoutAnswer>>;

beforeAll(async () => {
  temporal = await throwAwayTemporal();
  const limits = { FERMATA_VIEW_TIMEOUT_S: '0.3', FERMATA_ANSWER_TIMEOUT_S: '0.3' };
  const settings = loadSettings({ ...patient, ...limits, FERMATA_DATA: dataDir, TEMPORAL_ADDRESS: temporal.address });
  runs = await connectRuns(settings);
  const [files, directory] = [openFileStore(settings), loadDirectory('samples/users.json')];
  app = createApp({ runs, db: undefined, files, directory, settings });
  await startUnserved(runs.client, settings.taskQueue, 'held');
  await startUnserved(runs.client, 'nobody', 'alone');
  worker = await pollWithoutAnswer(runs.client, settings.taskQueue);
});

afterAll(async () => {
  await worker.stop();
  await runs.close();
  await temporal.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('while the worker is busy', () => {
  it('a run shows what the server knows, says not yet, and keeps looking', async () => {
    const answer = await app.request(`${origin}/runs/held`);
    const page = await answer.text();
    expect(answer.status).toBe(200);
    expect(page).toContain('Not yet, trying again: Fermata is busy');
    expect(page).not.toContain('no worker answers');
    expect(page).toContain('id="run" data-every="2000"');
    expect(page).toContain('Decide: Review');
  });

  it('a decision offers no form that nobody could fill in knowingly, and looks again by itself', async () => {
    const answer = await app.request(`${origin}/runs/held/gates/review`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('refresh')).toBe('3');
    const page = await answer.text();
    expect(page).toContain('Not yet, trying again: Fermata is busy');
    expect(page).not.toContain('method="post"');
  });

  it('a decision that was sent keeps what was filled in, and does not send itself again', async () => {
    const typed = { action: 'approveEdited', grandTotal: '12.50', 'lines.0.description': '"><b>tea</b>' };
    const answer = await app.request(`${origin}/runs/held/gates/review`, {
      method: 'POST',
      body: new URLSearchParams(typed),
      headers: { origin },
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('refresh')).toBeNull();
    const page = await answer.text();
    expect(page).toContain('Fermata is busy and has not answered. What you filled in is kept here.');
    expect(page).toContain('<input type="hidden" name="action" value="approveEdited"');
    expect(page).toContain('<input type="hidden" name="grandTotal" value="12.50"');
    expect(page).toContain('name="lines.0.description" value="&quot;&gt;&lt;b&gt;tea&lt;/b&gt;"');
    expect(page).toContain('Send again');
  });
});

describe('while no worker is there', () => {
  it('a run says so, and a decision that was sent is refused', async () => {
    const page = await (await app.request(`${origin}/runs/alone`)).text();
    expect(page).toContain('no worker answers for it; start one with `npm run worker`.');
    expect(page).not.toContain('Not yet');
    const body = new URLSearchParams({ action: 'approve' });
    const sent = await app.request(`${origin}/runs/alone/gates/review`, { method: 'POST', body, headers: { origin } });
    expect(sent.status).toBe(409);
    expect(await sent.text()).toContain('no worker answered for &#39;alone&#39; in time');
  });
});

import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/config.ts';
import { throwAwayPostgres } from '../../src/embedded/postgres.ts';
import { throwAwayTemporal } from '../../src/embedded/temporal.ts';
import { connectRuns, type RunDetails, type Runs } from '../../src/runs.ts';
import { patient, until } from '../support/until.ts';
import { pollWithoutAnswer, startUnserved } from '../support/unserved.ts';
import { jsonOf, runClient, startProgram, type CliResult, type Environment } from './cli.ts';

const invoices = 'samples/invoices';
const certain = `${invoices}/EN16931_Elektron.ubl.xml`;

let temporal: Awaited<ReturnType<typeof throwAwayTemporal>>;
let postgres: Awaited<ReturnType<typeof throwAwayPostgres>>;
let worker: ChildProcess;
let folder: string;
let env: Environment;
/** For what a worker will not answer anyway. */
let hasty: Environment;

const client = (...args: string[]): Promise<CliResult> => runClient(args, env);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fermata-client-'));
  [temporal, postgres] = await Promise.all([throwAwayTemporal(), throwAwayPostgres()]);
  env = {
    FERMATA_DATA: folder,
    TEMPORAL_ADDRESS: temporal.address,
    DATABASE_URL: postgres.url,
    FERMATA_USERS: 'samples/users.json',
    ...patient,
  };
  hasty = { ...env, FERMATA_ANSWER_TIMEOUT_S: '0.3', FERMATA_VIEW_TIMEOUT_S: '0.3' };
  worker = startProgram('src/worker.ts', [], env);
  await ready(worker);
});

afterAll(async () => {
  worker.kill('SIGTERM');
  if (worker.exitCode === null) await once(worker, 'exit');
  await Promise.all([temporal.stop(), postgres.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

describe('the client with a server and a worker', () => {
  it('ingests documents, shows what became of each, and knows them again', async () => {
    const documents = join(folder, 'inbox');
    mkdirSync(documents);
    writeFileSync(join(documents, 'b.txt'), unsureInvoice('B-1'));
    writeFileSync(join(documents, 'c.txt'), unsureInvoice('B-1'));
    writeFileSync(join(documents, 'empty.pdf'), '');
    const first = await client('start', 'document-ingestion', '--file', certain, documents);
    expect(first.stdout).toMatch(
      /Elektron\.ubl\.xml\s+stored\s+invoice\s+181301674\s+300\.00 EUR\s+0\.\d\d\s+document-ingestion-/,
    );
    expect(
      first.stdout.match(/[bc]\.txt\s+waiting for review( \(earlier run\))?\s+invoice\s+B-1\s+300\.00 GBP/g),
    ).toHaveLength(2);
    expect(first.stdout).toMatch(/empty\.pdf\s+failed/);
    expect(first.stdout).toMatch(/empty\.pdf: \w+, validation: /);
    expect(first.code).toBe(1);

    const again = await client('start', 'document-ingestion', '--file', certain, '--json');
    expect(jsonOf(again)).toMatchObject({
      runs: [{ file: certain, existing: true, state: 'completed', result: { status: 'stored' } }],
    });
    expect(again.code).toBe(0);

    const found = await client('search', '181301674', '--json');
    expect(jsonOf(found)).toMatchObject({ results: [{ document: { fields: { number: '181301674' } } }] });
  });

  it('lets only those decide who may, and tells who decided before', async () => {
    const id = await waitingRun('D-1', '--as', 'grace');
    const inbox = await client('inbox', '--user', 'ada', '--json');
    expect(jsonOf(inbox)).toEqual({
      items: expect.arrayContaining([
        expect.objectContaining({ id, gate: expect.objectContaining({ name: 'review' }) }),
      ]),
    });
    const elsewhere = await client('inbox', '--role', 'approver', '--json');
    expect(jsonOf(elsewhere)).toEqual({ items: [] });

    const own = await client('approve', id, '--as', 'grace');
    expect([own.code, own.stderr]).toEqual([1, expect.stringContaining('asked for this')]);
    const notAllowed = await client('approve', id, '--as', 'linus', '--json');
    expect(jsonOf(notAllowed)).toMatchObject({ status: 'refused', error: { code: 'notAllowed' } });
    expect(notAllowed.code).toBe(1);
    const unknown = await client('approve', id, '--as', 'zoe');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('ada, grace, linus')]);

    const accepted = await client('approve', id, '--gate', 'review', '--as', 'ada', '--json');
    expect(jsonOf(accepted)).toMatchObject({ status: 'accepted', outcome: 'approved' });
    const result = await client('result', id, '--json');
    expect(jsonOf(result)).toMatchObject({ status: 'stored', reviewedBy: 'ada' });

    const late = await client('reject', id, '--as', 'ada', '--reason', 'changed my mind');
    expect([late.code, late.stdout]).toEqual([1, expect.stringMatching(/already decided.*approved by ada/)]);
    const same = await client('approve', id, '--as', 'ada');
    expect(same.code).toBe(0);
  });

  it('approves with changes from stdin', async () => {
    const id = await waitingRun('E-1');
    const { gates } = jsonOf(await client('status', id, '--json')) as RunDetails;
    const { fields } = gates[0]?.subject as { fields: object };
    const edited = JSON.stringify({ ...fields, number: 'E-1a' });
    const answer = await runClient(['approve', id, '--as', 'ada', '--edit', '-'], env, edited);
    expect([answer.code, answer.stderr]).toEqual([0, '']);
    expect(jsonOf(await client('result', id, '--json'))).toMatchObject({
      status: 'stored',
      fields: { number: 'E-1a' },
    });
  });

  it('has the early answer of a process while its run goes on', async () => {
    const answered = await client('start', 'order-fulfilment', '--json');
    const { id, answer } = jsonOf(answered) as { id: string; answer: unknown };
    expect(answer).toEqual({ status: 'placed', number: expect.stringMatching(/^F-\d+$/) });
    expect(jsonOf(await client('result', id, '--json'))).toMatchObject({ status: 'shipped' });
    const refused = await client('start', 'order-fulfilment', '--set', 'lines.0.sku=NO-SUCH-THING', 'customer=Ada');
    expect(refused.stdout).toMatch(/it answered: \{"status":"rejected"/);
    const again = await client('start', 'order-fulfilment', '--id', id);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('ran before; nothing was started')]);
  });

  it('shows a run with its children', async () => {
    const { id } = jsonOf(await client('start', 'customer-onboarding', '--json')) as { id: string };
    expect((await client('signal', id, 'confirmEmail')).code).toBe(0);
    expect(jsonOf(await client('result', id, '--json'))).toMatchObject({ status: 'active' });
    const names = ['account', 'verification', 'welcome'].map((name) => `${id}/${name}`);
    // The server lists a run a moment after it has begun.
    const children = await until(async () => {
      const status = jsonOf(await client('status', id, '--json')) as { children: { id: string }[] };
      return status.children.length >= names.length && status.children;
    }, 'its children are not listed');
    expect(children.map((child) => child.id).sort()).toEqual(names);
    expect((await client('status', id)).stdout).toContain(`${id}/welcome`);
  });

  it('rejects by plain signal', async () => {
    const id = await waitingRun('S-1');
    const sent = await client('reject', id, '--as', 'ada', '--reason', 'not ours', '--signal');
    expect(sent.code).toBe(0);
    expect(jsonOf(await client('result', id, '--json'))).toMatchObject({ status: 'rejected', reviewedBy: 'ada' });
  });

  it('shows the tree, the open gate and the command that decides it', async () => {
    const id = await waitingRun('T-1');
    const { stdout } = await client('status', id);
    expect(stdout).toMatch(/✓ read {2}\d/);
    expect(stdout).toMatch(/Waits at gate 'review' for role:reviewer: 23 h \d+ min left/);
    expect(stdout).toContain(`npm run client -- approve ${id} --gate review --as USER`);

    const listed = await client('list', '--state', 'running', '--json');
    expect(jsonOf(listed)).toMatchObject({
      runs: expect.arrayContaining([expect.objectContaining({ id, gates: ['review'] })]),
    });
    const asked = await client('cancel', id, '--reason', 'sent twice');
    expect(asked.code).toBe(0);
    const result = await client('result', id, '--json');
    expect(jsonOf(result)).toMatchObject({ error: { code: 'failed' }, state: 'cancelled' });
    expect(result.code).toBe(1);
    const late = await client('terminate', id, '--reason', 'too late');
    expect([late.code, late.stderr]).toEqual([1, expect.stringContaining('has ended (cancelled)')]);
  });

  it('refuses an id that ran before, unless asked to run it again', async () => {
    const run = (...more: string[]): Promise<CliResult> =>
      client('start', 'document-ingestion', '--id', 'once', '--set', 'path=/nowhere.pdf', ...more);
    const failed = await run('--wait', '--json');
    expect(jsonOf(failed)).toMatchObject({ state: 'failed', failure: { type: 'FileMissing', category: 'validation' } });
    expect(failed.code).toBe(1);
    const refused = await run();
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('--allow-rerun')]);
    expect((await run('--allow-rerun')).code).toBe(0);
    const result = await client('result', 'once');
    expect([result.code, result.stderr]).toEqual([
      1,
      expect.stringMatching(/'once' failed: FileMissing, validation: .+/),
    ]);
  });

  it('watches until the run ends; Ctrl-C leaves the run alone', async () => {
    const id = await waitingRun('W-1');
    const left = startProgram('src/client.ts', ['watch', id], env);
    const said = left.stderr ? text(left.stderr) : Promise.resolve('');
    await new Promise((resolve) => left.stderr?.once('data', resolve));
    left.kill('SIGINT');
    expect(await once(left, 'exit')).toEqual([130, null]);
    expect(await said).toContain(`'${id}' goes on`);

    const watching = client('watch', id, '--json');
    await client('approve', id, '--as', 'ada');
    const watched = await watching;
    expect(jsonOf(watched)).toMatchObject({ summary: { id, state: 'completed' } });
    expect(watched.stderr).toMatch(/✓ validate/);
    expect(watched.code).toBe(0);
  });

  it('says in one line that there is no such run', async () => {
    for (const command of [
      ['status'],
      ['result'],
      ['watch'],
      ['cancel'],
      ['approve', '--as', 'ada'],
      ['signal', 'x'],
    ]) {
      const [name = '', ...rest] = command;
      const result = await client(name, 'no-such-run', ...rest);
      expect([result.code, result.stdout]).toEqual([2, '']);
      expect(result.stderr).toBe("there is no run 'no-such-run'; `npm run client -- list` shows the runs.\n");
    }
  });

  it('finds nothing wrong where everything is there, and names what is not', async () => {
    const well = await client('doctor', '--json');
    expect(jsonOf(well)).toMatchObject({ ok: true });
    expect(well.code).toBe(0);
    const lacking = await runClient(['doctor'], { ...env, FERMATA_TASK_QUEUE: 'empty', FERMATA_USERS: 'nowhere.json' });
    expect(lacking.stdout).toMatch(/✗ worker: none polls 'empty'\n.*npm run worker/);
    expect(lacking.stdout).toMatch(/✗ users: .*nowhere\.json/);
    expect(lacking.code).toBe(1);
  });

  it('says that no worker answers, and still shows what waits', async () => {
    await withServer((runs) => startUnserved(runs.client, 'nobody', 'alone'));
    const status = await runClient(['status', 'alone'], hasty);
    expect(status.stdout).toContain("Waits at gate 'review' for role:reviewer");
    expect(status.stdout).toContain('Note: no worker answers for it; start one with `npm run worker`.');
    expect(status.stderr).toBe('');
    const answer = await runClient(['approve', 'alone', '--as', 'ada'], hasty);
    expect([answer.code, answer.stderr]).toEqual([1, expect.stringContaining('no worker answered')]);
  });

  it('asks a busy worker again, then says that it is busy and what still waits', async () => {
    await withServer(async (runs) => {
      await startUnserved(runs.client, 'held', 'held');
      const busy = await pollWithoutAnswer(runs.client, 'held');
      const status = await runClient(['status', 'held'], hasty);
      expect(status.stderr).toBe('not yet, trying again …\n'.repeat(2));
      expect(status.stdout).toContain("Waits at gate 'review' for role:reviewer");
      expect(status.stdout).toContain('Note: not yet: the worker is busy and has not answered.');
      const answer = await runClient(['approve', 'held', '--as', 'ada', '--json'], hasty);
      expect(answer.stderr).toBe('not yet, trying again …\n'.repeat(2));
      expect(jsonOf(answer)).toEqual({
        error: { code: 'busy', message: expect.stringMatching(/the worker is busy.*sending this again is safe/) },
      });
      expect(answer.code).toBe(1);
      await busy.stop();
    });
  });
});

/** Does something with the server itself. */
async function withServer(work: (runs: Runs) => Promise<void>): Promise<void> {
  const runs = await connectRuns(loadSettings(env));
  try {
    await work(runs);
  } finally {
    await runs.close();
  }
}

/** A run of document-ingestion that waits for a reviewer. */
async function waitingRun(number: string, ...more: string[]): Promise<string> {
  const file = join(folder, `${number}.txt`);
  writeFileSync(file, unsureInvoice(number));
  const started = await client('start', 'document-ingestion', '--file', file, '--json', ...more);
  const { runs } = jsonOf(started) as { runs: { id: string }[] };
  expect(runs).toEqual([expect.objectContaining({ state: 'waiting', waitingFor: 'review', existing: false })]);
  return runs[0]?.id ?? '';
}

/** An invoice whose text can be read but proves nothing, so that a person has to look. */
function unsureInvoice(number: string): string {
  return `Muster Supplies Ltd
12 Harbour Street, London EC1A 1BB
VAT No: GB123456789

INVOICE

Invoice number: ${number}
Invoice date: 2026-03-01

Bill to:
Kunden Trading Ltd
4 Mill Lane, Leeds LS1 4AP

Description           Quantity   Unit price    Amount
Office chair                 2       100.00    200.00
Desk lamp                    1        50.00     50.00

Net total                                      250.00 GBP
VAT 20 %                                        50.00 GBP
Total amount                                   300.00 GBP
Amount due                                     300.00 GBP
`;
}

/** Resolves when a worker says so in its log; fails with the log when it ends before. */
async function ready(started: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    const look = (chunk: Buffer): void => {
      log += chunk.toString();
      if (log.includes('worker ready')) resolve();
    };
    started.stdout?.on('data', look);
    started.stderr?.on('data', look);
    started.once('exit', () => {
      reject(new Error(`the worker did not start:\n${log.slice(-1_000)}`));
    });
  });
}

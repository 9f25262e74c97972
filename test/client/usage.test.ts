import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { jsonOf, runClient, type CliResult, type Environment } from './cli.ts';

const commands = [
  ...['processes', 'start', 'status', 'watch', 'result', 'list', 'inbox', 'approve', 'reject', 'signal', 'cancel'],
  ...['terminate', 'doctor', 'search', 'redrive', 'explain', 'graph', 'sweep', 'delegate', 'schedule'],
];

let folder: string;
let env: Environment;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fermata-client-'));
  env = { FERMATA_DATA: folder, TEMPORAL_ADDRESS: `127.0.0.1:${String(await closedPort())}` };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A refusal is one or two lines on stderr, nothing on stdout, and no stack trace. */
function expectBadUsage(result: CliResult, said: RegExp, lines = 2): void {
  expect(result.stderr).toMatch(said);
  expect(result.stderr).not.toMatch(/^\s+at /m);
  expect(result.stderr.trim().split('\n').length).toBeLessThanOrEqual(lines);
  expect(result.stdout).toBe('');
  expect(result.code).toBe(2);
}

describe('the client without a server', () => {
  it('shows every process', async () => {
    const result = await runClient(['processes', '--json'], env);
    const ingestion = { name: 'document-ingestion', takesFiles: true, approvers: ['role:reviewer'] };
    expect(jsonOf(result)).toEqual({ processes: expect.arrayContaining([expect.objectContaining(ingestion)]) });
    expect(result.code).toBe(0);
  });

  it('explains every command with an example', async () => {
    const helps: CliResult[] = [];
    for (const command of commands) helps.push(await runClient([command, '--help'], env));
    helps.forEach((help, at) => {
      expect(help.stdout).toMatch(new RegExp(`Examples?:\n {2}npm run client -- ${commands[at] ?? ''}`));
      expect(help.stdout).toContain('--json');
      expect(help.code).toBe(0);
    });
  });

  it.each([
    [['nope'], /unknown command 'nope'/],
    [[], /which command/],
    [['list', '--nope'], /unknown option '--nope'/],
    [['list', '--limit', 'many'], /whole number/],
    [['reject', 'x', '--as', 'ada'], /--reason/],
    [['start', 'nope'], /no process 'nope'/],
    [['start', 'document-ingestion', '--input', '/nowhere.json'], /cannot read \/nowhere\.json/],
    [['start', 'document-ingestion', '--set', 'hash'], /expected key=value/],
    [['start', 'document-ingestion', '--file', 'x', '--id', 'y'], /cannot be used together/],
    [['signal', 'x', 'y', '--data', '{'], /--data is not JSON/],
    [['search', 'word'], /DATABASE_URL/],
  ])('refuses %j in one or two lines', async (args, said) => {
    expectBadUsage(await runClient(args, env), said);
  });

  it('reports bad usage as one JSON document', async () => {
    const result = await runClient(['start', '--json'], env);
    expect(jsonOf(result)).toEqual({ error: { code: 'badInput', message: expect.stringContaining("'process'") } });
    expect(result.code).toBe(2);
  });

  it('checks the input before it looks for a server', async () => {
    const input = JSON.stringify({ hash: 'short', name: '', size: 1.5 });
    const result = await runClient(['start', 'document-ingestion', '--input', '-'], env, input);
    expectBadUsage(result, /cannot start with this input/, 5);
  });

  it('refuses settings that cannot be used', async () => {
    expectBadUsage(await runClient(['list'], { ...env, FERMATA_PORT: 'x' }), /FERMATA_PORT/);
  });

  it('gives up in the time it has when no server answers, and says so', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const soon = { ...env, FERMATA_CONNECT_TIMEOUT_S: '0.5' };
    const [text, json, doctor] = await Promise.all([
      runClient(['list'], { ...soon, TEMPORAL_ADDRESS: `127.0.0.1:${String(port)}` }),
      runClient(['approve', 'x', '--as', 'ada', '--json'], soon),
      runClient(['doctor', '--json'], soon),
    ]);
    silent.close();
    expect(text.stderr).toMatch(/cannot reach a Temporal server at 127.*\n.*npm start/);
    expect(jsonOf(json)).toEqual({ error: { code: 'unreachable', message: expect.any(String) } });
    const server: unknown = expect.objectContaining({ name: 'server', ok: false });
    expect(jsonOf(doctor)).toMatchObject({ ok: false, checks: expect.arrayContaining([server]) });
    expect([text.code, json.code, doctor.code]).toEqual([3, 3, 3]);
  });

  it('names every file that is missing or too large, and starts none', async () => {
    const large = join(folder, 'large.txt');
    writeFileSync(large, 'x'.repeat(2_000));
    const missing = join(folder, 'missing.pdf');
    const limited = { ...env, FERMATA_MAX_DOCUMENT_MB: '0.001' };
    const result = await runClient(['start', 'document-ingestion', '--file', missing, large], limited);
    expectBadUsage(
      result,
      /nothing was started:\n.*missing\.pdf: there is no such file\n.*large\.txt: .* more than/,
      3,
    );
  });
});

/** A port that nothing listens on. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

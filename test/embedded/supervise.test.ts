import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startChild, type Child } from '../../src/embedded/child.ts';
import { commandLine, endProcess, identify, isAlive } from '../../src/embedded/process-identity.ts';
import { supervise } from '../../src/embedded/supervise.ts';
import { until } from '../support/until.ts';

let folder: string;
const said: string[] = [];
const say = (line: string): void => {
  said.push(line);
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fermata-child-'));
  said.length = 0;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const sleeper = (): Promise<Child> =>
  startChild({
    command: 'sleep',
    args: ['60'],
    recordFile: join(folder, 'run', 'sleeper.json'),
    logFile: join(folder, 'sleeper.log'),
  });

const saidSoFar = (): string => said.join('\n');

describe('a supervised child', () => {
  it('is started again when it dies, and says so', async () => {
    const children: Child[] = [];
    const launch = async (): Promise<Child> => {
      children.push(await sleeper());
      return children.at(-1) as Child;
    };
    const part = await supervise('sleeper', { launch, say, pauseMs: 10 });
    children[0]?.kill();
    await until(() => said.includes('sleeper is up again'), saidSoFar);
    expect(said).toEqual(['sleeper died (SIGKILL); starting it again in 0.0 s', 'sleeper is up again']);
    await part.stop();
    expect(children).toHaveLength(2);
    expect(children[1]?.end).toBe('SIGTERM');
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('is tried again with growing pauses when it cannot be started', async () => {
    let launches = 0;
    let first: Child | undefined;
    const launch = async (): Promise<Child> => {
      launches += 1;
      if (launches > 1 && launches < 4) throw new Error('no luck');
      const child = await sleeper();
      first ??= child;
      return child;
    };
    const part = await supervise('sleeper', { launch, say, pauseMs: 100 });
    first?.kill();
    await until(() => said.includes('sleeper is up again'), saidSoFar);
    expect(said.slice(1)).toEqual(['no luck; next try in 0.2 s', 'no luck; next try in 0.4 s', 'sleeper is up again']);
    await part.stop();
  });

  it('stays down once it was stopped', async () => {
    let launches = 0;
    const launch = (): Promise<Child> => {
      launches += 1;
      return sleeper();
    };
    const part = await supervise('sleeper', { launch, say, pauseMs: 10 });
    await part.stop();
    // In the time in which another one comes back, it would have come back as well.
    const others: Child[] = [];
    const launchOther = async (): Promise<Child> => {
      others.push(await sleeper());
      return others.at(-1) as Child;
    };
    const other = await supervise('other', { launch: launchOther, say, pauseMs: 10 });
    others[0]?.kill();
    await until(() => said.includes('other is up again'), saidSoFar);
    await other.stop();
    expect(launches).toBe(1);
    expect(said.filter((line) => line.startsWith('sleeper'))).toEqual([]);
  });

  it('is killed when it does not end in time', async () => {
    const child = await startChild({
      command: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo deaf; while :; do sleep 1; done'],
      recordFile: join(folder, 'run', 'stubborn.json'),
      logFile: join(folder, 'stubborn.log'),
      patienceMs: 200,
    });
    await until(() => readFileSync(join(folder, 'stubborn.log'), 'utf8').includes('deaf'), 'the child said nothing');
    await child.stop();
    expect(child.end).toBe('SIGKILL');
  });
});

describe('ending a recorded process', () => {
  it('ends that process, and never a later one with the same number', async () => {
    const child = await sleeper();
    const identity = identify(child.pid);
    expect(commandLine(child.pid)).toContain('sleep 60');
    if (identity === undefined) throw new Error('the child has no identity');
    await endProcess({ ...identity, started: 'another time' }, 'SIGKILL');
    expect(isAlive(identity)).toBe(true);
    await endProcess(identity, 'SIGTERM');
    expect(isAlive(identity)).toBe(false);
    expect(await child.ended).toBe('SIGTERM');
  });
});

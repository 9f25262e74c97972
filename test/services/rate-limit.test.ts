import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate, openDatabase, type Database } from '../../src/services/database.ts';
import { openRateLimit } from '../../src/services/rate-limit.ts';
import { testDatabase } from '../support/postgres.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await testDatabase();
  db = openDatabase(database.url, { max: 20 });
  await migrate(db);
});
afterAll(async () => {
  await db.destroy();
  await database.stop();
});

const never = new AbortController().signal;
const limitOf = (name: string, calls = 5, periodMs = 200, longestCallMs = 30_000) =>
  openRateLimit(db, { name, calls, periodMs, longestCallMs });

describe('a rate limit', () => {
  it('holds for all workers together, in every period', async () => {
    const workers = [limitOf('shared'), limitOf('shared'), limitOf('shared')];
    const starts: number[] = [];
    const call = async (index: number): Promise<void> =>
      workers[index % 3]?.run(async () => {
        starts.push(performance.now());
        await new Promise((done) => setTimeout(done, Math.random() * 30));
      }, never);
    await Promise.all(Array.from({ length: 30 }, (_, index) => call(index)));
    expect(starts).toHaveLength(30);
    const busiest = Math.max(...starts.map((from) => starts.filter((at) => at >= from && at < from + 200).length));
    expect(busiest).toBeLessThanOrEqual(5);
  });

  it('gives the token back when the work fails, and frees the token of a worker that died', async () => {
    const limit = limitOf('failing', 1, 200, 300);
    await expect(limit.run(() => Promise.reject(new Error('broken')), never)).rejects.toThrow('broken');
    await db.updateTable('rate_tokens').set({ taken: 99 }).where('name', '=', 'failing').execute();
    expect(await limit.run(() => Promise.resolve('done'), never)).toBe('done');
  });

  it('stops waiting when it is cancelled', async () => {
    const limit = limitOf('cancelled', 1, 60_000);
    await limit.run(() => Promise.resolve(), never);
    const waiting = limit.run(() => Promise.reject(new Error('was called')), AbortSignal.timeout(50));
    await expect(waiting).rejects.toThrow(/timeout/);
  });

  it('refuses numbers that make no sense', () => {
    expect(() => limitOf('none', 0)).toThrow("rate limit 'none': expected at least 1 call in a period above 0");
  });
});

/** Hands what an exploration covered to the reporter of the whole run. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explorations, shared, sharedSetting } from '../shared/shared.ts';
import type { Coverage } from './coverage.ts';

export async function tell(coverage: Coverage): Promise<void> {
  const line = JSON.stringify({
    runs: coverage.runs,
    repeats: coverage.repeats,
    outcomes: coverage.outcomes(),
    report: coverage.report(),
    holds: coverage.holds,
  });
  await appendFile(join(sharedSetting(shared.bundles), explorations), `${line}\n`);
}

/** Hands what an exploration covered to the reporter of the whole run. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { explorations, shared, sharedSetting } from '../shared/shared.ts';
import type { Coverage } from './coverage.ts';

export async function tell(coverage: Coverage): Promise<void> {
  const { runs, retried } = coverage;
  const line = JSON.stringify({ runs, repeated: retried, outcomes: coverage.outcomes(), report: coverage.report() });
  await appendFile(join(sharedSetting(shared.bundles), explorations), `${line}\n`);
}

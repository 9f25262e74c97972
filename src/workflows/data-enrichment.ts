import { proxyActivities } from '@temporalio/workflow';
import type { EnrichmentActivities, EnrichmentInput } from '../activities/enrichment.ts';
import type { EnrichmentCounts } from '../services/enrichment-store.ts';
import { ordinary } from './activity-options.ts';
import { batch, type BatchResult } from './patterns/batch.ts';
import { key, stage } from './patterns/stage.ts';

/**
 * What became of the rows. `skipped`: known already, or without a value to ask about. `partial`: some failed; the run can
 * be redriven and then does the chunks again in which they are.
 */
export type EnrichmentResult =
  | { readonly status: 'empty' }
  | ({
      readonly status: 'enriched' | 'partial';
      readonly rows: number;
      readonly skipped: number;
      readonly failed: number;
      readonly failures: BatchResult['failures'];
    } & EnrichmentCounts);

const rows = proxyActivities<EnrichmentActivities>(ordinary);
/** Waits its turn at the source, and waits out hours in which the source is down. */
const asking = proxyActivities<EnrichmentActivities>({
  ...ordinary,
  startToCloseTimeout: '30 minutes',
  retry: { initialInterval: '1 second', maximumInterval: '1 minute', maximumAttempts: 1_000 },
});

/** Asks an outside source about each row of a data set, never oftener than it allows, and stores what it says. */
export async function dataEnrichment(input: EnrichmentInput): Promise<EnrichmentResult> {
  const run = key('enrich');
  const { dataset, column, maxAgeHours } = input;
  const opened = await stage('open', () => rows.openDataset(run, input));
  if (opened.rows === 0) return { status: 'empty' };

  const { total, skipped, failed, failures } = await stage('enrich', () =>
    batch(
      (cursor, size) => rows.listDataRows(dataset, cursor, size),
      (range) => asking.enrichRows(run, { dataset, column, maxAgeHours }, range),
      { batchSize: 50, maxConcurrency: 4, toleratedFailures: '10%' },
    ),
  );
  // In no stage: a run that is redriven has to count again.
  const counts = await rows.countEnriched(run);
  return { status: failed === 0 ? 'enriched' : 'partial', rows: total, ...counts, skipped, failed, failures };
}

import { proxyActivities } from '@temporalio/workflow';
import type { Backup, EtlActivities, EtlInput } from '../activities/etl.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import type { ColumnProfile, LoadCounts } from '../services/etl-store.ts';
import { bestEffort, ordinary } from './activity-options.ts';
import { batch } from './patterns/batch.ts';
import { parallel } from './patterns/parallel.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';

/** What became of something that is done only where it is asked for. The rows are loaded, whatever became of it. */
type Optional<T> = T | 'failed' | 'not asked for';

/** What became of a load. `partial`: rows are missing; the run can be redriven and then loads just those. */
export type EtlResult =
  | { readonly status: 'invalid'; readonly problems: readonly string[] }
  | ({ readonly status: 'partial'; readonly told: Optional<'told'> } & LoadCounts)
  | ({
      readonly status: 'loaded';
      readonly analytics: Optional<readonly ColumnProfile[]>;
      readonly told: Optional<'told'>;
      readonly backup: Optional<Backup>;
    } & LoadCounts);

const batchSize = 1_000;

const rows = proxyActivities<EtlActivities>(ordinary);
/** Goes through all rows, so it takes longer the more there are. */
const whole = proxyActivities<EtlActivities>({ ...ordinary, startToCloseTimeout: '2 hours' });
const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Loads a source into a data set, a thousand rows at a time; every row that was read is loaded or rejected. */
export async function etlPipeline(input: EtlInput): Promise<EtlResult> {
  const load = await stage('extract', () => whole.planLoad(key('load'), input, batchSize));
  if ('problems' in load) return { status: 'invalid', problems: load.problems };

  await stage('transform and load', () =>
    batch(
      (cursor) => rows.listChunks(load, cursor),
      (chunk) => rows.loadRows(load, chunk),
      { batchSize, maxConcurrency: 8, toleratedFailures: '10%' },
    ),
  );
  // In no stage: a run that is redriven has to count again.
  const counts = await whole.reconcileLoad(load);
  if (counts.missing > 0) {
    const told = await stage('tell what is missing', () => tell(input, 'partial', counts));
    return { status: 'partial', ...counts, told };
  }
  const afterwards = await parallel({
    analytics: () => ifAsked(input.analytics === true, () => whole.profileLoad(load)),
    told: () => tell(input, 'loaded', counts),
    backup: () => ifAsked(input.backup === true, () => whole.backUpLoad(load)),
  });
  return { status: 'loaded', ...counts, ...afterwards };
}

async function ifAsked<T>(asked: boolean, work: () => Promise<T>): Promise<Optional<T>> {
  return asked ? withFallback(work, 'failed') : 'not asked for';
}

async function tell(input: EtlInput, status: string, counts: LoadCounts): Promise<Optional<'told'>> {
  const { dataset, notify: to = [] } = input;
  const { read, loaded, rejected, missing, reasons } = counts;
  const sums = `${String(read)} rows: ${String(loaded)} loaded, ${String(rejected)} rejected, ${String(missing)} missing`;
  const text = [sums, ...reasons.map((each) => `${String(each.rows)} rejected: ${each.reason}`)].join('\n');
  return ifAsked(to.length > 0, async () => {
    await mail.notify(key(`told ${status}`), { to, subject: `Data set ${dataset}: ${status}`, text });
    return 'told' as const;
  });
}

import {
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { InventoryActivities, Need, Quote, StockPolicy } from '../activities/inventory.ts';
import { persistent } from './activity-options.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import { parallel } from './patterns/parallel.ts';
import { poll } from './patterns/poll.ts';
import { saga } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { remind } from './remind.ts';

/** An article to watch, and how. `state` is the watch's own: it goes along from run to run. */
export interface StockWatch extends StockPolicy {
  /** Hours between two looks at the stock. */
  readonly checkHours: number;
  /** A buyer approves what costs more than this, in cents. */
  readonly approveAboveCents: number;
  /** Who set it up, and so may not approve its orders. */
  readonly requester?: string;
  readonly state?: WatchState;
}

/** What came of the watch so far. */
interface WatchState {
  /** Times that something was to be ordered; also names the order. */
  readonly orders: number;
  readonly received: number;
  /** Not approved, or not to be had. */
  readonly dropped: number;
  /** Moment, in ms, before which nothing is ordered. */
  readonly holdUntil: number;
  readonly stopped: boolean;
}

/** `invalid`: nothing can be watched; `stopped`: by the signal `stop`. */
export type ReorderResult =
  | { readonly status: 'invalid'; readonly problems: readonly string[] }
  | { readonly status: 'stopped'; readonly orders: number; readonly received: number; readonly dropped: number };

type Outcome = 'received' | 'dropped' | 'quiet';
type Changeable = Partial<Pick<StockWatch, 'threshold' | 'coverDays' | 'approveAboveCents'>>;

const changeSignal = defineSignal<[Changeable]>('change');
const stopSignal = defineSignal('stop');
const inventory = proxyActivities<InventoryActivities>(persistent);

/** So many looks at the stock make one run, so that its history stays short. */
const looks = 200;
const holdMs = 7 * 24 * 3_600_000;
const fresh: WatchState = { orders: 0, received: 0, dropped: 0, holdUntil: 0, stopped: false };

/** Watches one article for as long as it is sold, orders when it runs low, and continues as new after each order. */
export async function inventoryReorder(watch: StockWatch): Promise<ReorderResult> {
  const desk = openDesk({ ...watch, state: { ...fresh, ...watch.state } });
  const { problems } = await stage('check', () => inventory.checkStockPolicy(watch));
  if (problems.length > 0) return { status: 'invalid', problems };

  const need = await untilLow(desk);
  const outcome = need === undefined ? 'quiet' : await reorder(desk.watch, need);
  note(desk, outcome);

  const { orders, received, dropped, stopped } = desk.watch.state;
  if (stopped) return { status: 'stopped', orders, received, dropped };
  return continueAsNew<typeof inventoryReorder>(desk.watch);
}

/** Looks again and again until units are to be ordered. `undefined`: for long there were none, or a message came. */
async function untilLow(desk: Desk): Promise<Need | undefined> {
  const { checkHours } = desk.watch;
  const first = await parallel(
    {
      message: () => condition(() => desk.heard),
      low: () =>
        poll(() => inventory.reviewStock(desk.watch, new Date().toISOString()), {
          every: `${checkHours} hours`,
          timeout: `${checkHours * looks} hours`,
          until: ({ order }) => order > 0 && Date.now() >= desk.watch.state.holdUntil,
        }),
    },
    { join: 'any' },
  );
  return first.branch === 'low' && first.value.status === 'done' ? first.value.value : undefined;
}

/** Orders, if need be after a buyer's approval, and waits until the goods are there. */
async function reorder(watch: Desk['watch'], need: Need): Promise<Outcome> {
  const cycle = String(watch.state.orders + 1);
  const lot = { warehouse: watch.warehouse, sku: watch.sku, quantity: need.order };
  const quote = await stage('quote', () => inventory.quoteSupply(key(`quote ${cycle}`), lot));
  if (quote.status === 'declined') return 'dropped';
  if (quote.totalCents > watch.approveAboveCents && !(await isApproved(watch, need, quote))) return 'dropped';

  return saga<Outcome>(async (tx) => {
    const supply = await tx.step(
      `order ${cycle}`,
      (id) => inventory.orderSupply(id, lot, quote.unitCents),
      (_, id) => inventory.cancelSupplyOrder(id),
    );
    if (supply.status === 'declined') return 'dropped';
    const delivery = await poll(() => inventory.trackSupply(supply.order), {
      every: '1 hour',
      backoff: { coefficient: 2, maximum: '12 hours' },
      timeout: '30 days',
      until: ({ status }) => status === 'delivered',
      failed: ({ status }) => status === 'cancelled',
    });
    if (delivery.status !== 'done') {
      await tx.compensate();
      return 'dropped';
    }
    // What was delivered is taken in, whoever has cancelled meanwhile.
    return CancellationScope.nonCancellable(async (): Promise<Outcome> => {
      tx.pivot();
      await tx.step(`receive ${cycle}`, () => inventory.receiveSupply(supply.key));
      return 'received';
    });
  });
}

/** A buyer has three days. */
async function isApproved(watch: StockWatch, need: Need, { unitCents, totalCents, leadDays }: Quote): Promise<boolean> {
  const { sku, warehouse, threshold, requester } = watch;
  const decision = await approvalGate({
    name: 'purchase',
    subject: { sku, warehouse, threshold, ...need, unitCents, totalCents, leadDays },
    approvers: ['role:buyer'],
    requester,
    timeout: '3 days',
    remindEvery: '1 day',
    notify: remind,
  }).decision();
  return decision.status === 'approved';
}

/** What messages write to. */
interface Desk {
  /** This very object goes along to the next run: a message that comes while that is about to start is not lost. */
  readonly watch: StockWatch & { state: WatchState };
  /** Whether a message came. */
  heard: boolean;
}

function openDesk(watch: Desk['watch']): Desk {
  const desk: Desk = { watch, heard: watch.state.stopped };
  setHandler(changeSignal, (change) => {
    Object.assign(watch, allowed(change));
    watch.state = { ...watch.state, holdUntil: 0 };
    desk.heard = true;
  });
  setHandler(stopSignal, () => {
    watch.state = { ...watch.state, stopped: true };
    desk.heard = true;
  });
  return desk;
}

/** Only what may change, and only numbers from 0 on: a signal has no answer that could refuse it. */
function allowed(change: unknown): Changeable {
  const given = (typeof change === 'object' && change !== null ? change : {}) as Record<keyof Changeable, unknown>;
  const names = ['threshold', 'coverDays', 'approveAboveCents'] as const;
  const kept = names.filter((name) => isAmount(given[name])).map((name) => [name, given[name]] as const);
  return Object.fromEntries(kept);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

/** What was dropped is not asked for again for a week, or until somebody changes the policy. */
function note({ watch }: Desk, outcome: Outcome): void {
  if (outcome === 'quiet') return;
  const { state } = watch;
  watch.state = { ...state, orders: state.orders + 1, [outcome]: state[outcome] + 1 };
  if (outcome === 'dropped') watch.state = { ...watch.state, holdUntil: Date.now() + holdMs };
}

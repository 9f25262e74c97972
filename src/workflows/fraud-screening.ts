import {
  CancellationScope,
  CancelledFailure,
  condition,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CardTransaction, Facts, FraudActivities, FraudScore, TransactionEnding } from '../activities/fraud.ts';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort, ordinary, persistent } from './activity-options.ts';
import { answerEarly } from './early-answer.ts';
import { approvalGate } from './patterns/approval-gate.ts';
import type { AuditEntry } from './patterns/gate-messages.ts';
import { parallel } from './patterns/parallel.ts';
import { route } from './patterns/route.ts';
import { saga, type SagaScope } from './patterns/saga.ts';
import { key, stage } from './patterns/stage.ts';
import { withFallback } from './patterns/with-fallback.ts';
import { withTimeout } from './patterns/with-timeout.ts';
import { remind } from './remind.ts';

export interface FraudInput extends CardTransaction {
  /** The caller has its answer within this time from the start, in milliseconds. @default 3000 */
  readonly answerWithinMs?: number | undefined;
}

/** What the caller is told, by the update `screened`; `step-up`: hold it until the run ends. */
export interface Screening {
  readonly decision: 'pass' | 'step-up' | 'block';
  /** 0 to 1, higher for what could not be found out in time; `null` if nothing could be scored. */
  readonly score: number | null;
  /** What could not be found out in time. */
  readonly missing: readonly string[];
  readonly reason: string;
  readonly answeredInMs: number;
  readonly model: FraudScore['model'] | null;
}

/** How the customer answered the step-up. `failed`: three wrong codes; `unreachable`: the code could not be sent or checked. */
type CustomerAnswer = 'confirmed' | 'failed' | 'silent' | 'unreachable';

/** What became of a transaction. `by`: the investigators, or `policy`. */
export type FraudResult = { readonly screening: Screening } & (
  | { readonly status: 'passed'; readonly by: readonly string[] }
  | ({ readonly status: 'released'; readonly by: readonly string[] } & Investigated)
  | ({ readonly status: 'blocked'; readonly by: string; readonly reason: string } & Partial<Investigated>)
);

interface Investigated {
  readonly customer: CustomerAnswer;
  readonly audit: readonly AuditEntry[];
}

/** From these scores on: the customer is asked, or the transaction is blocked. */
const thresholds = { stepUp: 0.1, block: 0.75 };
/** The share of the time left that finding out may take, and of the rest that scoring may. */
const shares = { gather: 0.6, score: 0.6 };
const codeTries = 3;

const looking = proxyActivities<FraudActivities>({
  ...ordinary,
  retry: { initialInterval: '100 milliseconds', maximumAttempts: 3 },
});
const settling = proxyActivities<FraudActivities>(persistent);
const sending = proxyActivities<FraudActivities & NotifyActivities>(bestEffort);
const screened = defineUpdate<Screening>('screened');
const codeSignal = defineSignal<[unknown]>('confirm');

/** Lets a card transaction pass, holds it or blocks it, and answers in time with what is known by then. */
export async function fraudScreening(input: FraudInput): Promise<FraudResult> {
  const codes = receiveCodes();
  return answerEarly<Screening, FraudResult>(screened, (answer) =>
    saga(async (tx) => {
      const screening = await screen(tx, input);
      passOnCancellation();
      answer(screening);
      return route(screening.decision, {
        pass: () => settle(tx, input, { screening, status: 'passed', by: ['policy'] }),
        'step-up': () => investigate(tx, input, screening, codes),
        block: () => settle(tx, input, { screening, status: 'blocked', by: 'policy', reason: screening.reason }),
      });
    }),
  );
}

/** Finds out what it can in time; what is missing then makes the score higher, never lower. */
async function screen(tx: SagaScope, input: FraudInput): Promise<Screening> {
  const due = workflowInfo().startTime.getTime() + (input.answerWithinMs ?? 3000);
  const share = (part: number): number => Math.max(1, Math.round((due - Date.now()) * part));
  const id = key('record');
  const found = await stage('gather', () =>
    parallel(
      {
        transaction: () => looking.describeTransaction(input),
        history: async () => {
          await tx.step(
            'record',
            (own) => looking.recordTransaction(own, input),
            (_, own) => settling.withdrawTransaction(own),
          );
          return looking.recallHistory(id, input);
        },
        device: () => looking.lookUpDevice(id, input),
      },
      { join: 'settled', timeout: share(shares.gather) },
    ),
  );
  const { transaction, history, device } = found;
  const facts: Facts = {
    ...(transaction.status === 'fulfilled' ? { transaction: transaction.value } : {}),
    ...(history.status === 'fulfilled' ? { history: history.value.features } : {}),
    ...(device.status === 'fulfilled' ? { device: device.value.features } : {}),
  };
  const scored = await stage('score', () =>
    withFallback(() => withTimeout(() => looking.scoreTransaction(facts), share(shares.score)), null),
  );
  const standing = [history, device].some((part) => part.status === 'fulfilled' && part.value.isBlocked);
  return {
    ...judge(scored, standing),
    score: scored?.score ?? null,
    missing: Object.entries(found).flatMap(([name, { status }]) => (status === 'fulfilled' ? [] : [name])),
    answeredInMs: Date.now() - workflowInfo().startTime.getTime(),
    model: scored?.model ?? null,
  };
}

/** Ignorance alone blocks nobody: that takes what is known. */
function judge(scored: FraudScore | null, standing: boolean): Pick<Screening, 'decision' | 'reason'> {
  if (standing) return { decision: 'block', reason: 'a block on the customer or the device stands' };
  if (!scored) return { decision: 'step-up', reason: 'could not be scored in time' };
  const score = `score ${scored.score.toFixed(2)}`;
  if (scored.known >= thresholds.block) return { decision: 'block', reason: score };
  return { decision: scored.score >= thresholds.stepUp ? 'step-up' : 'pass', reason: score };
}

/** Asks the customer, then an investigator, who sees what the customer answered. Nobody decides: it stays blocked. */
async function investigate(
  tx: SagaScope,
  input: FraudInput,
  screening: Screening,
  codes: string[],
): Promise<FraudResult> {
  const customer = await stage('step-up', () => withFallback(() => askCustomer(input, codes), 'unreachable' as const));
  const decision = await approvalGate({
    name: 'investigation',
    subject: { transaction: input, screening, customer },
    approvers: ['role:investigator'],
    timeout: '24 hours',
    remindEvery: '4 hours',
    escalate: [{ after: '12 hours', approvers: ['role:compliance'] }],
    notify: remind,
  }).decision();
  passOnCancellation();
  const investigated = { screening, customer, audit: decision.audit };
  switch (decision.status) {
    case 'approved':
      return settle(tx, input, { ...investigated, status: 'released', by: decision.by });
    case 'rejected':
      return settle(tx, input, { ...investigated, status: 'blocked', by: decision.by, reason: decision.reason });
    case 'expired':
      return settle(tx, input, {
        ...investigated,
        status: 'blocked',
        by: 'policy',
        reason: 'no investigator decided within 24 hours',
      });
  }
}

/** The customer has ten minutes and three tries for the code that was mailed. */
async function askCustomer(transaction: CardTransaction, codes: string[]): Promise<CustomerAnswer> {
  const id = key('record');
  await sending.sendStepUpCode(id, transaction);
  const due = Date.now() + 600_000;
  for (let tries = 0; tries < codeTries; tries += 1) {
    const inTime = await condition(() => codes.length > 0, Math.max(1, due - Date.now()));
    if (!inTime) return 'silent';
    if (await looking.verifyStepUpCode(id, codes.shift() ?? '')) return 'confirmed';
  }
  return 'failed';
}

/** Codes as they arrive, by the signal `confirm`; anything else is ignored. */
function receiveCodes(): string[] {
  const codes: string[] = [];
  setHandler(codeSignal, (code) => {
    if (typeof code === 'string' && code.length <= 20 && codes.length < codeTries) codes.push(code);
  });
  return codes;
}

/** What follows is shielded: a cancellation that came with the last answer still counts. */
function passOnCancellation(): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled before it was decided');
}

/** The caller may have been told: from here on the decision stands, whoever cancels. */
function settle(tx: SagaScope, transaction: CardTransaction, result: FraudResult): Promise<FraudResult> {
  tx.pivot();
  return CancellationScope.nonCancellable(async () => {
    await stage('settle', () => settling.settleTransaction(key('record'), transaction, endingOf(result)));
    if (result.status === 'blocked' && result.by === 'policy') await alert(transaction, result.reason);
    return result;
  });
}

function endingOf(result: FraudResult): TransactionEnding {
  const { status, by, screening } = result;
  return {
    status,
    score: screening.score,
    by: [by].flat().join(', '),
    reason: 'reason' in result ? result.reason : null,
  };
}

/** An alert that cannot be mailed unblocks nothing. */
function alert({ customer, amount, currency, device }: CardTransaction, reason: string): Promise<void> {
  const text = `Customer ${customer}, device ${device}, ${amount} ${currency}: ${reason}. See run ${workflowInfo().workflowId}.`;
  const message = { to: ['role:investigator'], subject: `Card transaction blocked: ${customer}`, text };
  return stage('alert', () => withFallback(() => sending.notify(key('alert'), message), undefined));
}

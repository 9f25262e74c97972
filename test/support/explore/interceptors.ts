/** Runs inside the workflow: names every point that the run reaches, and hands the faults to the activities. */
import type { RetryPolicy } from '@temporalio/common';
import {
  CancellationScope,
  defaultPayloadConverter,
  proxySinks,
  workflowInfo,
  type ActivityInput,
  type LocalActivityInput,
  type Sinks,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import { listGates } from '../../../src/workflows/patterns/approval-gate.ts';
import { currentNode } from '../../../src/workflows/patterns/run-state.ts';
import { headerKey, memoKey, type ActivityPlan, type Plan, type Point, type PointKind } from './plan.ts';

/** Called before the task that reached the point is answered: what it does comes before anything else can happen. */
export interface ExploreSinks extends Sinks {
  explore: {
    reached(point: Point): void;
    /** The last call of every task. */
    answered(): void;
  };
}

/** Nodes that only group others. */
const silent = new Set(['workflow', 'parallel', 'saga']);

export const interceptors = (): WorkflowInterceptors => {
  const points = new Points();
  return {
    inbound: [
      {
        async execute(input, next): Promise<unknown> {
          points.reach('start', 'start');
          try {
            return await next(input);
          } finally {
            points.reach('close', 'close');
          }
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(points.activity('activity', input)),
        scheduleLocalActivity: (input, next) => next(points.activity('localActivity', input)),
        startTimer(input, next) {
          points.reach('timer', 'timer');
          return next(input);
        },
        startChildWorkflowExecution(input, next) {
          const label = points.reach('child', input.workflowType);
          const memo = { ...input.options.memo, [memoKey]: points.planBelow(`${label} / `) };
          return next({ ...input, options: { ...input.options, memo } });
        },
        continueAsNew(input, next) {
          const memo = { ...input.options.memo, [memoKey]: points.planAfter() };
          return next({ ...input, options: { ...input.options, memo } });
        },
      },
    ],
    internals: [
      {
        concludeActivation(input, next) {
          points.answered();
          return next(input);
        },
      },
    ],
  };
};

class Points {
  private readonly counts = new Map<string, number>();
  private readonly open = new Set<string>();
  private readonly sinks = proxySinks<ExploreSinks>();

  /** Read when it is needed: an interceptor is made before the run knows its memo. */
  private get plan(): Plan {
    return workflowInfo().memo?.[memoKey] as Plan;
  }

  planBelow(prefix: string): Plan {
    return { ...this.plan, prefix };
  }

  planAfter(): Plan {
    return this.planBelow(`${this.plan.prefix}next / `);
  }

  reach(kind: PointKind, name: string, more: Partial<Point> = {}): string {
    const path = `${this.plan.prefix}${[...pathOf(), name].join(' / ')}`;
    const count = (this.counts.get(path) ?? 0) + 1;
    this.counts.set(path, count);
    const label = `${path}#${String(count)}`;
    this.sinks.explore.reached({ label, kind, attempts: 0, ...more });
    return label;
  }

  activity<I extends ActivityInput | LocalActivityInput>(kind: 'activity' | 'localActivity', input: I): I {
    const label = this.reach(kind, input.activityType, { attempts: input.options.retry?.maximumAttempts ?? 0 });
    const faults = this.plan.faults.filter((fault) => fault.at === label).map((fault) => fault.kind);
    const own = { label, local: kind === 'localActivity', shielded: isShielded(), faults };
    const options = hastened(input.options, own);
    const sent: ActivityPlan = { ...own, attempts: options.retry?.maximumAttempts ?? 0 };
    const headers = { ...input.headers, [headerKey]: defaultPayloadConverter.toPayload(sent) };
    return { ...input, headers, options };
  }

  answered(): void {
    this.gates();
    this.sinks.explore.answered();
  }

  /** Reports gates that have opened since the last task. */
  private gates(): void {
    for (const gate of listGates()) {
      if (gate.state !== 'open') this.open.delete(gate.name);
      else if (!this.open.has(gate.name)) {
        this.open.add(gate.name);
        this.reach('gate', `gate ${gate.name}`, { gate: { name: gate.name, requester: gate.requester } });
      }
    }
  }
}

/** No cancellation of the run reaches the code that runs now. */
function isShielded(): boolean {
  type Scope = { readonly cancellable: boolean; readonly parent?: Scope };
  for (let scope = CancellationScope.current() as unknown as Scope | undefined; scope; scope = scope.parent) {
    if (!scope.cancellable) return true;
  }
  return false;
}

function pathOf(): string[] {
  const names: string[] = [];
  for (let node = currentNode(); node; node = node.parent) if (!silent.has(node.kind)) names.unshift(node.name);
  return names;
}

/** Where an activity fails or does not answer: few attempts, at once, and a short wait for its answer. */
function hastened<O extends ActivityInput['options'] | LocalActivityInput['options']>(
  options: O,
  own: Omit<ActivityPlan, 'attempts'>,
): O {
  if (!own.faults.some((kind) => kind.startsWith('fails') || kind.startsWith('unanswered'))) return options;
  const most = options.retry?.maximumAttempts ?? Infinity;
  const limit = own.faults.includes('unanswered') ? 2 : 3;
  const retry: RetryPolicy = {
    ...options.retry,
    initialInterval: 1,
    maximumInterval: 1,
    backoffCoefficient: 1,
    maximumAttempts: Math.min(most, limit),
  };
  if (!own.faults.some((kind) => kind.startsWith('unanswered'))) return { ...options, retry };
  return own.local
    ? { ...options, retry, startToCloseTimeout: '700 milliseconds' }
    : { ...options, retry, heartbeatTimeout: '300 milliseconds' };
}

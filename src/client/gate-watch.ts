import type { Runs } from '../runs.ts';

/** A gate that a run has come to. */
interface ReachedGate {
  readonly gate: string;
  /** What it shows; `undefined` when no worker answers. */
  readonly subject: unknown;
}

/** Tells when runs come to a gate: one question to the server for all of them, not one for each. */
export interface GateWatch {
  /** Resolves when the run waits at a gate; never, if it does not come to one. */
  next(id: string): Promise<ReachedGate>;
  forget(id: string): void;
  stop(): void;
}

const everyMs = 500;

/** Starts watching. {@link GateWatch.stop} ends it. */
export function gateWatch(runs: Runs): GateWatch {
  const asked = new Map<string, (gate: ReachedGate) => void>();
  let looking = false;
  const look = async (): Promise<void> => {
    if (looking || asked.size === 0) return;
    looking = true;
    try {
      const ids = [...asked.keys()].map((id) => `'${id.replaceAll("'", "\\'")}'`).join(', ');
      const query = `WorkflowId IN (${ids}) AND ExecutionStatus = 'Running' AND FermataGates IS NOT NULL`;
      for await (const { workflowId, runId } of runs.client.workflow.list({ query })) {
        const gate = await openGate(runs, workflowId, runId);
        if (gate) asked.get(workflowId)?.(gate);
      }
    } catch {
      // The server may be busy: the next look tries again, and following the run itself reports what is wrong.
    } finally {
      looking = false;
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  return {
    next: (id) =>
      new Promise((resolve) => {
        asked.set(id, resolve);
      }),
    forget: (id) => {
      asked.delete(id);
    },
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function openGate(runs: Runs, id: string, runId: string): Promise<ReachedGate | undefined> {
  const { gatesOf } = await import('../runs.ts');
  const gates = await gatesOf(runs, id, runId);
  const open = gates.find(({ state }) => state === 'open');
  return open && { gate: open.name, subject: open.subject };
}

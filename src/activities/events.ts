/** Activities on events from outside. Every effect has a key and may be repeated. */
import { catalog } from '../catalog.ts';
import type { Database } from '../services/database.ts';
import * as store from '../services/event-store.ts';
import type { EventEnding } from '../services/event-store.ts';
import { followUps, type FollowUp } from '../services/event-follow-ups.ts';
import { isEventType, problemsOf, type IncomingEvent } from '../services/event-types.ts';

export type { IncomingEvent } from '../services/event-types.ts';
export type { EventEnding } from '../services/event-store.ts';

export interface EventServices {
  readonly db: Database;
}

/** The process that an event starts. */
interface Planned {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: unknown;
}

export interface EventActivities {
  /** What is wrong with an event, a line each, and whether there is a way to handle it. */
  checkEvent(event: IncomingEvent): Promise<{ readonly problems: readonly string[]; readonly known: boolean }>;
  registerUser(key: string, event: IncomingEvent): Promise<string>;
  recordOrderPayment(key: string, event: IncomingEvent): Promise<string>;
  recordCancellation(key: string, event: IncomingEvent): Promise<string>;
  countUserAction(key: string, event: IncomingEvent): Promise<string>;
  recordAlert(key: string, event: IncomingEvent): Promise<string>;
  countBusinessEvent(key: string, event: IncomingEvent): Promise<string>;
  /** The process that goes on with an event; `undefined` when none is installed that takes it. */
  planFollowUp(runId: string, event: IncomingEvent): Promise<Planned | undefined>;
  /** Writes the ending of an event into the log; an event that was handled stays handled. */
  logEvent(runId: string, event: IncomingEvent, ending: EventEnding): Promise<void>;
  /** Brings the counts by day, source, type and outcome in line with the log. */
  countEvent(runId: string, event: IncomingEvent): Promise<void>;
}

export function createEventActivities({ db }: EventServices): EventActivities {
  return {
    checkEvent: async (event) => ({ problems: problemsOf(event), known: isEventType(event.type) }),
    registerUser: (key, event) => store.saveUser(db, key, event),
    recordOrderPayment: (key, event) => store.saveOrderPayment(db, key, event),
    recordCancellation: (key, event) => store.saveCancellation(db, key, event),
    countUserAction: (key, event) => store.addAction(db, key, event),
    recordAlert: (key, event) => store.saveAlert(db, key, event),
    countBusinessEvent: (key, event) => store.addFigure(db, key, event),
    async planFollowUp(runId, event) {
      const found = Object.hasOwn(followUps, event.type) ? followUps[event.type] : undefined;
      return found && plan(runId, found, event);
    },
    logEvent: (runId, event, ending) => store.logEnding(db, runId, event, ending),
    countEvent: (runId, event) => store.countEnding(db, runId, event),
  };
}

/** A process that is not installed, or that does not take what we have, starts nothing: the event is recorded anyway. */
function plan(runId: string, { process, inputFor }: FollowUp, event: IncomingEvent): Planned | undefined {
  const found = catalog.find(({ name }) => name === process);
  const input = inputFor(event);
  const parsed = input === undefined ? undefined : found?.input.safeParse(input);
  if (!found || parsed?.success !== true) return undefined;
  const workflowId = found.runId?.(parsed.data) ?? `${process}:${runId}`;
  return { workflowType: found.workflowType, workflowId, input: parsed.data };
}

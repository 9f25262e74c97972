/** Which process goes on with an event. */
import { dataOf, type IncomingEvent } from './event-types.ts';

/** A process of the catalog, by name, and what it takes. */
export interface FollowUp {
  readonly process: string;
  /** `undefined`: this event needs no process. */
  readonly inputFor: (event: IncomingEvent) => unknown;
}

/** By type of event. */
export const followUps: Readonly<Record<string, FollowUp>> = {
  'user.created': {
    process: 'customer-onboarding',
    inputFor(event) {
      const { userId, email, name } = dataOf('user.created', event);
      return { customerId: userId, email, name };
    },
  },
  system_alert: {
    process: 'incident-response',
    inputFor(event) {
      const { service, severity, message } = dataOf('system_alert', event);
      return severity === 'info' ? undefined : { service, severity, message, source: event.source };
    },
  },
};

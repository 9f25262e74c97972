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
      const { email, name } = dataOf('user.created', event);
      const told = ['company', 'country', 'documentNumber', 'birthDate', 'plan', 'language'].flatMap((field) =>
        Object.hasOwn(event.data, field) ? [[field, event.data[field]] as const] : [],
      );
      return { plan: 'starter', ...Object.fromEntries(told), email, name };
    },
  },
  system_alert: {
    process: 'incident-response',
    inputFor(event) {
      const { service, severity, message } = dataOf('system_alert', event);
      if (severity === 'info') return undefined;
      return {
        service,
        severity,
        title: message.slice(0, 200),
        description: message,
        id: `${event.source}:${event.id}`,
      };
    },
  },
};

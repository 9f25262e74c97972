/** The events we know, and what each has to say. */
import { z } from 'zod';

/** An event as it arrives. Its id is unique at its source. */
export interface IncomingEvent {
  readonly id: string;
  /** Who sent it: the name in the address of its webhook. */
  readonly source: string;
  readonly type: string;
  /** ISO time. */
  readonly occurredAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const text = z.string().trim().min(1).max(300);
const identifier = text.max(200);

/** What `data` has to hold, by type. More than that may be there and is kept. */
const eventTypes = {
  'user.created': z.object({ userId: identifier, email: z.email(), name: text }),
  'payment.completed': z.object({
    paymentId: identifier,
    orderId: identifier,
    amount: z.string().regex(/^\d{1,7}(\.\d{1,2})?$/, 'expected an amount like 129.50'),
    currency: z.string().regex(/^[A-Z]{3}$/, 'expected a currency such as EUR'),
  }),
  'order.cancelled': z.object({ orderId: identifier, reason: text }),
  user_action: z.object({ userId: identifier, action: text }),
  system_alert: z.object({
    service: text,
    severity: z.enum(['info', 'warning', 'critical']),
    message: text,
  }),
  business_event: z.object({ name: text, value: z.number().optional() }),
} as const;

export type EventType = keyof typeof eventTypes;
export type EventData<T extends EventType> = z.output<(typeof eventTypes)[T]>;

/** Whether we have a way to handle events of this type. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventTypes, type);
}

/** What is wrong with the data of an event, a line each; nothing is known about unknown types. */
export function problemsOf({ type, data }: IncomingEvent): string[] {
  if (!isEventType(type)) return [];
  const parsed = eventTypes[type].safeParse(data);
  return parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `data.${path.map(String).join('.')}: ${message}`);
}

/** The data of an event that has been checked. */
export function dataOf<T extends EventType>(type: T, event: IncomingEvent): EventData<T> {
  return eventTypes[type].parse(event.data) as EventData<T>;
}

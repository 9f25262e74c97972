/**
 * What each vendor can be asked, and what it answers. An expected no is an answer (`declined`), not a failure.
 *
 * Operations that undo another one name it by its idempotency key, because whoever undoes may never have seen the
 * answer: `payment.void`, `payment.refund`, `carrier.cancel`, `supplier.cancel`.
 */
import { z } from 'zod';

const text = z.string().min(1).max(500);
const cents = z.int().positive().max(1_000_000_000_000);
const quantity = z.int().positive().max(1_000_000);
const key = z.string().min(1).max(300);
const day = z.iso.date();
const declined = z.object({ status: z.literal('declined'), reason: z.string() });
const nothing = z.object({ status: z.literal('nothing') });

function says<S extends string>(status: S) {
  return z.object({ status: z.literal(status) });
}

/** An operation that changes something or costs something: its answer is kept under its key. */
function effect<Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) {
  return { body, answer, reads: false } as const;
}

/** An operation that only looks: every call is answered anew, its key does not matter. */
function reading<Body extends z.ZodType, Answer extends z.ZodType>(body: Body, answer: Answer) {
  return { body, answer, reads: true } as const;
}

/**
 * A check of somebody. `direct` asks and waits for the answer. A check that takes its time is ordered and collected:
 * `order` says how long it will take, `collect` gives the answer or `pending`.
 */
function check<Direct extends string, Body extends z.ZodType, Answers extends readonly [z.ZodType, ...z.ZodType[]]>(
  direct: Direct,
  body: Body,
  answers: Answers,
) {
  const own = { [direct]: effect(body, z.union(answers)) } as Record<
    Direct,
    ReturnType<typeof effect<Body, z.ZodUnion<Answers>>>
  >;
  return {
    ...own,
    order: effect(body, says('ordered').extend({ order: z.string(), turnaroundMs: z.int().min(0) })),
    collect: reading(
      // `waitedMs`: time since the order by the caller's clock; a sandbox takes it for its own, like a vendor's test clock.
      z.object({ order: text, waitedMs: z.int().min(0) }),
      z.union([says('pending'), ...answers]),
    ),
  };
}

const payment = {
  authorize: effect(
    z.object({ amountCents: cents, currency: z.string().regex(/^[A-Z]{3}$/), card: text }),
    z.union([says('authorized').extend({ authorization: z.string(), amountCents: cents }), declined]),
  ),
  capture: effect(
    z.object({ authorization: text, amountCents: cents }),
    says('captured').extend({ authorization: z.string(), amountCents: cents }),
  ),
  /** A part of a payment, or all that a capture took: the undo of that capture. */
  refund: effect(
    z.union([z.object({ captureKey: key }), z.object({ authorization: text, amountCents: cents })]),
    z.union([says('refunded').extend({ authorization: z.string(), amountCents: cents }), nothing]),
  ),
  /** The undo of `authorize`; refused while captured money has not been refunded. */
  void: effect(z.object({ authorizationKey: key }), z.union([says('voided'), nothing])),
};

const address = z.object({ name: text, street: text, postcode: text, city: text, country: z.string().length(2) });
const undone = z.union([says('cancelled'), says('too-late'), nothing]);

const carrier = {
  ship: effect(
    z.object({ orderId: text, address, weightGrams: quantity }),
    z.union([says('accepted').extend({ shipment: z.string(), tracking: z.string() }), declined]),
  ),
  track: reading(
    z.object({ shipment: text }),
    z.object({ status: z.enum(['announced', 'in-transit', 'delivered', 'cancelled']) }),
  ),
  /** The undo of `ship`; too late once delivered. */
  cancel: effect(z.object({ shipKey: key }), undone),
};

const supplier = {
  quote: effect(
    z.object({ sku: text, quantity }),
    z.union([says('quoted').extend({ unitCents: cents, totalCents: cents, leadDays: z.int() }), declined]),
  ),
  order: effect(
    z.object({ sku: text, quantity, maxUnitCents: cents.optional() }),
    z.union([says('accepted').extend({ order: z.string(), unitCents: cents, totalCents: cents }), declined]),
  ),
  status: reading(
    z.object({ order: text }),
    z.object({ status: z.enum(['confirmed', 'shipped', 'delivered', 'cancelled']) }),
  ),
  /** The undo of `order`; too late once delivered. */
  cancel: effect(z.object({ orderKey: key }), undone),
};

const paging = {
  page: effect(
    z.object({ recipient: text, message: text, severity: z.enum(['info', 'warning', 'critical']) }),
    says('sent').extend({ page: z.string() }),
  ),
  /** The first to acknowledge has it; who comes later is told whose it is. */
  acknowledge: effect(z.object({ page: text, by: text }), says('acknowledged').extend({ by: z.string() })),
  state: reading(z.object({ page: text }), z.union([says('sent'), says('acknowledged').extend({ by: z.string() })])),
};

const infrastructure = {
  restart: effect(z.object({ service: text }), z.union([says('restarting'), declined])),
  health: reading(z.object({ service: text }), z.object({ status: z.enum(['healthy', 'restarting', 'down']) })),
};

const checks = {
  identity: check(
    'verify',
    z.object({
      name: text,
      documentNumber: text,
      birthDate: day.optional(),
      country: z.string().length(2).optional(),
    }),
    [says('verified').extend({ confidence: z.number() }), says('failed').extend({ reason: z.string() })],
  ),
  credit: check('report', z.object({ name: text, taxId: text.optional() }), [
    says('reported').extend({ score: z.int().min(300).max(850), defaults: z.int() }),
    says('no-file'),
  ]),
  references: check('check', z.object({ name: text, referees: z.array(text).max(20) }), [
    says('checked').extend({
      replies: z.array(z.object({ referee: z.string(), verdict: z.enum(['positive', 'negative', 'no-reply']) })),
    }),
  ]),
  background: check('check', z.object({ name: text, birthDate: day.optional() }), [
    says('clear'),
    says('found').extend({ records: z.array(z.string()) }),
  ]),
};

/** Every vendor and its operations, each with the schemas of its body and its answer. */
export const contract = { ...checks, payment, carrier, supplier, paging, infrastructure };

type Contract = typeof contract;
export type Vendor = keyof Contract;
export type Operation<V extends Vendor> = keyof Contract[V] & string;

/** What an operation is asked with. */
export type Body<V extends Vendor, O extends Operation<V>> = Contract[V][O] extends {
  readonly body: infer B extends z.ZodType;
}
  ? z.output<B>
  : never;

/** What an operation answers. */
export type Answer<V extends Vendor, O extends Operation<V>> = Contract[V][O] extends {
  readonly answer: infer A extends z.ZodType;
}
  ? z.output<A>
  : never;

/** An operation whose types are not known: for adapters. */
export interface AnyOperation {
  readonly body: z.ZodType;
  readonly answer: z.ZodType;
  readonly reads: boolean;
}

/** Whether there is such a vendor. */
export function isVendor(name: string): name is Vendor {
  return Object.hasOwn(contract, name);
}

/** The schemas of an operation; `undefined` if the vendor has no such operation. */
export function operationOf(vendor: Vendor, operation: string): AnyOperation | undefined {
  const operations: Readonly<Record<string, AnyOperation>> = contract[vendor];
  return Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { categoryOf } from '../../src/failures.ts';
import type { Vendors } from '../../src/services/vendors.ts';
import { setBehaviour } from '../../src/services/vendors/behaviour.ts';
import { newKey, refusal, startVendors, ways, type TestVendors } from '../support/vendors.ts';

let test: TestVendors;

beforeAll(async () => {
  test = await startVendors();
});
afterEach(() => test.reset());
afterAll(() => test.stop());

async function balance(authorization: string) {
  const row = await test.db
    .selectFrom('vendor_payments')
    .selectAll()
    .where('id', '=', authorization)
    .executeTakeFirstOrThrow();
  return [row.authorized_cents, row.captured_cents, row.refunded_cents].map(Number);
}

const card = 'tok_visa';
const bill = { amountCents: 10_000, currency: 'EUR', card };
describe.each(ways)('payments by %s', (way) => {
  const vendors = { request: ((...args) => test.by(way).request(...args)) as Vendors['request'] };

  async function authorized(amountCents = 10_000): Promise<{ authorization: string; key: string }> {
    const key = newKey();
    const answer = await vendors.request('payment', 'authorize', { ...bill, amountCents }, { key });
    if (answer.status !== 'authorized') throw new Error('expected to be authorized');
    return { authorization: answer.authorization, key };
  }

  it('authorizes, captures and refunds to the cent', async () => {
    const { authorization } = await authorized();
    const capture = { authorization, amountCents: 7_000 };
    expect(await vendors.request('payment', 'capture', capture, { key: newKey() })).toEqual({
      status: 'captured',
      ...capture,
    });
    const refund = { authorization, amountCents: 2_500 };
    expect(await vendors.request('payment', 'refund', refund, { key: newKey() })).toMatchObject({ status: 'refunded' });
    expect(await balance(authorization)).toEqual([10_000, 7_000, 2_500]);
  });

  it.each([
    ['an amount that ends in 13', { ...bill, amountCents: 4_213 }, 'card declined'],
    ['the card tok_declined', { ...bill, card: 'tok_declined' }, 'card declined'],
    ['the card tok_insufficient', { ...bill, card: 'tok_insufficient' }, 'insufficient funds'],
  ])('declines %s as an answer, the same when asked again', async (__, body, reason) => {
    const key = newKey();
    const declined = { status: 'declined', reason };
    expect(await vendors.request('payment', 'authorize', body, { key })).toEqual(declined);
    expect(await vendors.request('payment', 'authorize', body, { key })).toEqual(declined);
  });

  it('never captures more than authorized, refunds more than captured, or voids what is captured', async () => {
    const { authorization, key } = await authorized();
    const over = { authorization, amountCents: 10_001 };
    expect(await refusal(vendors.request('payment', 'capture', over, { key: newKey() }))).toBe(
      'PaymentExceeded validation',
    );
    const part = { authorization, amountCents: 6_000 };
    await vendors.request('payment', 'capture', part, { key: newKey() });
    expect(await refusal(vendors.request('payment', 'capture', part, { key: newKey() }))).toBe(
      'PaymentExceeded validation',
    );
    const tooMuch = { authorization, amountCents: 6_001 };
    expect(await refusal(vendors.request('payment', 'refund', tooMuch, { key: newKey() }))).toBe(
      'PaymentExceeded validation',
    );
    expect(await refusal(vendors.request('payment', 'void', { authorizationKey: key }, { key }))).toBe(
      'PaymentCaptured validation',
    );
    expect(await balance(authorization)).toEqual([10_000, 6_000, 0]);
  });

  it('has one effect per key, however often and at the same time it is asked', async () => {
    const key = newKey();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => vendors.request('payment', 'authorize', bill, { key })),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const { authorization } = answers[0] as { authorization: string };
    const capture = { authorization, amountCents: 4_000 };
    const captureKey = newKey();
    await Promise.all(
      Array.from({ length: 8 }, () => vendors.request('payment', 'capture', capture, { key: captureKey })),
    );
    expect(await balance(authorization)).toEqual([10_000, 4_000, 0]);
  });

  it('refuses a key that belongs to another request', async () => {
    const { key } = await authorized();
    expect(await refusal(vendors.request('payment', 'authorize', { ...bill, amountCents: 1 }, { key }))).toBe(
      'VendorKeyReused validation',
    );
  });

  it('undoes capture and authorization by their keys, once, in the order of a saga', async () => {
    const { authorization, key } = await authorized();
    const captureKey = newKey();
    await vendors.request('payment', 'capture', { authorization, amountCents: 10_000 }, { key: captureKey });
    for (const undoKey of [captureKey, captureKey, newKey()]) {
      await vendors.request('payment', 'refund', { captureKey }, { key: undoKey });
    }
    expect(await balance(authorization)).toEqual([10_000, 10_000, 10_000]);
    for (const undoKey of [key, key, newKey()]) {
      expect(await vendors.request('payment', 'void', { authorizationKey: key }, { key: undoKey })).toEqual({
        status: 'voided',
      });
    }
    const late = { authorization, amountCents: 1 };
    expect(await refusal(vendors.request('payment', 'capture', late, { key: newKey() }))).toMatch(
      /^Payment(Voided|Exceeded) validation$/,
    );
  });

  it.each([
    ['authorize', { ...bill }, 'void', (key: string) => ({ authorizationKey: key })],
    ['capture', { authorization: 'pay_none', amountCents: 1 }, 'refund', (key: string) => ({ captureKey: key })],
  ] as const)(
    'undoes a %s that never came, and refuses it when it comes late',
    async (operation, body, undo, named) => {
      const key = newKey();
      const nothing = { status: 'nothing' };
      expect(await vendors.request('payment', undo, named(key) as never, { key })).toEqual(nothing);
      expect(await vendors.request('payment', undo, named(key) as never, { key })).toEqual(nothing);
      expect(await refusal(vendors.request('payment', operation, body as never, { key }))).toBe(
        'VendorUndone validation',
      );
    },
  );

  it('ends in one of two ways when a call and its undo race: voided, or refused', async () => {
    for (let round = 0; round < 10; round += 1) {
      const key = newKey();
      const [call, undo] = await Promise.allSettled([
        vendors.request('payment', 'authorize', bill, { key }),
        vendors.request('payment', 'void', { authorizationKey: key }, { key }),
      ]);
      const undone = undo.status === 'fulfilled' ? undo.value.status : 'failed';
      expect(undone).toBe(call.status === 'fulfilled' ? 'voided' : 'nothing');
    }
    const open = await test.db
      .selectFrom('vendor_payments')
      .innerJoin('vendor_calls', 'vendor_calls.key', 'vendor_payments.key')
      .select('vendor_payments.id')
      .where('vendor_calls.operation', '=', 'authorize')
      .where('vendor_calls.undone_at', 'is not', null)
      .where('vendor_payments.voided', '=', false)
      .execute();
    expect(open).toEqual([]);
  });
});

describe('payments under any sequence of calls', () => {
  it('keep refunded ≤ captured ≤ authorized and account for every cent', async () => {
    const vendors = test.by('the sandbox');
    const step = fc.record({
      operation: fc.constantFrom('capture', 'refund', 'void', 'undo capture'),
      amountCents: fc.integer({ min: 1, max: 120 }),
      key: fc.integer({ min: 1, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const key = newKey();
        const made = await vendors.request('payment', 'authorize', { ...bill, amountCents: 100 }, { key });
        const authorization = made.status === 'authorized' ? made.authorization : '';
        const captured = new Map<string, number>();
        const refunded = new Map<string, number>();
        for (const { operation, amountCents, key: number } of steps) {
          const own = `${key}-${number}`;
          try {
            if (operation === 'capture') {
              await vendors.request('payment', 'capture', { authorization, amountCents }, { key: own });
              captured.set(own, amountCents);
            } else if (operation === 'void') {
              await vendors.request('payment', 'void', { authorizationKey: key }, { key: own });
            } else {
              const body = operation === 'refund' ? { authorization, amountCents } : { captureKey: own };
              const answer = await vendors.request('payment', 'refund', body, { key: own });
              if (answer.status === 'refunded') refunded.set(own, answer.amountCents);
            }
          } catch (error) {
            expect(categoryOf(error)).toBe('validation');
          }
        }
        const sum = (cents: Map<string, number>) => [...cents.values()].reduce((a, b) => a + b, 0);
        expect(await balance(authorization)).toEqual([100, sum(captured), sum(refunded)]);
        expect(sum(captured)).toBeLessThanOrEqual(100);
        expect(sum(refunded)).toBeLessThanOrEqual(sum(captured));
      }),
      { numRuns: 25 },
    );
  });
});

describe('the set rate of declines', () => {
  it('hits about its share of keys, and always the same ones', async () => {
    const vendors = test.by('the sandbox');
    await setBehaviour(test.db, 'payment', { declineRate: 0.33 });
    const outcome = async (round: number, keys: number) => {
      const statuses = [];
      for (let n = 0; n < keys; n += 1) {
        // Another amount makes it another request; who is declined follows from the key alone.
        const key = `rate-${n}`;
        const body = { ...bill, amountCents: 1_000 + round * 100 };
        await test.db.deleteFrom('vendor_calls').where('key', '=', key).execute();
        await test.db.deleteFrom('vendor_payments').where('key', '=', key).execute();
        statuses.push((await vendors.request('payment', 'authorize', body, { key })).status);
      }
      return statuses;
    };
    const first = await outcome(0, 100);
    const declined = first.filter((status) => status === 'declined').length;
    expect(declined).toBeGreaterThan(20);
    expect(declined).toBeLessThan(47);
    expect(await outcome(1, 25)).toEqual(first.slice(0, 25));
  });

  it('refuses settings out of bounds', async () => {
    expect(await refusal(setBehaviour(test.db, 'payment', { declineRate: 2 }))).toBe('BadBehaviour validation');
  });
});

/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { poll, type PollResult } from '../../src/workflows/patterns/poll.ts';

interface Order {
  readonly state: 'open' | 'shipped' | 'lost';
}
const probe = async (): Promise<Order> => ({ state: 'open' });

describe('poll', () => {
  it('gives what its probe gives', () => {
    const call = () => poll(probe, { every: '1 minute', timeout: '1 day', until: ({ state }) => state === 'shipped' });
    expectTypeOf(call).returns.resolves.toEqualTypeOf<PollResult<Order>>();
  });

  it('gives no value when it timed out', () => {
    const valueOf = (result: PollResult<Order>) => {
      if (result.status === 'timedOut') return result.last;
      return result.value;
    };
    expectTypeOf(valueOf).returns.toEqualTypeOf<Order | undefined>();
    expectTypeOf<Extract<PollResult<Order>, { status: 'timedOut' }>>().not.toHaveProperty('value');
  });

  it('does not compile without a timeout', () => {
    // @ts-expect-error it would wait for ever
    const call = () => poll(probe, { every: '1 minute', until: () => true });
    expectTypeOf(call).toBeFunction();
  });

  it('does not compile when it asks for what the probe does not say', () => {
    // @ts-expect-error there is no such state
    const call = () => poll(probe, { every: 60, timeout: 90, until: ({ state }) => state === 'arrived' });
    expectTypeOf(call).toBeFunction();
  });
});

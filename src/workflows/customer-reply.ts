import type { Duration } from '@temporalio/common';
import { condition, defineSignal, setHandler } from '@temporalio/workflow';

export interface CustomerReply {
  /** The customer's words, also if they came before; `undefined` when the time passes without any. */
  within(time: Duration): Promise<string | undefined>;
}

const longest = 4_000;

/**
 * Listens for the signal `customerReplied`, which carries the customer's words. The first one counts. On cancellation
 * `within` ends with it; on replay the same words are there.
 */
export function customerReply(): CustomerReply {
  let reply: string | undefined;
  setHandler(defineSignal<[unknown]>('customerReplied'), (text) => {
    // A handler that throws would stop the run, whatever was sent.
    reply ??= (typeof text === 'string' ? text : '(no text)').slice(0, longest);
  });
  return {
    async within(time) {
      await condition(() => reply !== undefined, time);
      return reply;
    },
  };
}

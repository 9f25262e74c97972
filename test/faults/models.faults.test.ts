import { describe, expect, it } from '@jest/globals';
import type { AgentResult } from '../../src/workflows/patterns/agent.ts';
import type { Spent } from '../../src/workflows/patterns/budget.ts';
import { Bookings, explorerOf, onlyFault } from './booking.ts';
import type { Asked, Gathered } from './models.workflows.ts';

const bookings = new Bookings();
const oneCall = { usage: { inputTokens: 1, outputTokens: 1, calls: 1 }, cost: { microUsd: 1 } };
const models: Asked = {
  async ask(key) {
    bookings.book(key);
    return oneCall;
  },
  async summarize(key, text) {
    bookings.book(key);
    return text.slice(0, 40);
  },
  async chat({ messages }) {
    const told = messages.find(({ role }) => role === 'tool');
    const toolCalls = told ? [] : [{ id: '1', name: 'book', args: { name: 'a' } }];
    return { ...oneCall, value: { text: told ? `It said: ${told.text}` : 'I book it.', toolCalls } };
  },
};
const exploring = explorerOf(new URL('./models.workflows.ts', import.meta.url), bookings, {
  ...bookings.activities,
  ...models,
});

const lasting = /^(fails: |unanswered$)/;

describe('budget, at every fault', () => {
  it('is charged with every answer, and no call goes beyond it', async () => {
    await exploring('charged', [], (booked, explored) => {
      const { outcome } = explored;
      expect(outcome.status).not.toBe('failed');
      // A call whose answer never came has its effect, and nobody can charge it.
      const unanswered = explored.faults.some(({ kind }) => kind === 'unanswered');
      expect(booked.length).toBeLessThanOrEqual(unanswered ? 3 : 2);
      if (outcome.status !== 'completed') return;
      const { asked, spent } = outcome.result as { asked: number; spent: Spent };
      expect(spent.usage.calls).toBe(asked);
      expect(asked).toBe(2);
    });
  });
});

describe('contextWindow, at every fault', () => {
  it('never holds more than its bound, and keeps what it had when a summary fails', async () => {
    await exploring('gathered', [], (_booked, explored) => {
      const { outcome } = explored;
      expect(outcome.status).not.toBe('failed');
      if (outcome.status !== 'completed') return;
      const { entries, tokens, refused } = outcome.result as Gathered;
      expect(tokens).toBeLessThanOrEqual(100);
      const failed = lasting.test(onlyFault(explored, /summarize/) ?? '');
      expect(refused).toEqual(failed ? ['c'] : explored.faults.length < 2 ? [] : refused);
      expect(entries.map(({ role }) => role)).toEqual(refused.length > 0 ? ['a', 'b'] : ['summary', 'c']);
    });
  });
});

describe('agent, at every fault', () => {
  it('answers after its tool, tells the model when that fails, and fails only with the model', async () => {
    await exploring('assisted', [], (booked, explored) => {
      const { outcome } = explored;
      expect(outcome.status === 'failed').toBe(lasting.test(onlyFault(explored, /chat/) ?? ''));
      if (outcome.status !== 'completed') return;
      const result = outcome.result as AgentResult;
      expect(result).toMatchObject({ status: 'done', turns: 2, spent: { usage: { calls: 2 } } });
      const toolFailed = lasting.test(onlyFault(explored, /book/) ?? '');
      expect(result).toMatchObject({
        answer: expect.stringMatching(toolFailed ? /^It said: The tool failed/ : /^It said: .*\/a$/),
      });
      if (!toolFailed) expect(booked).toEqual(['a']);
    });
  });
});

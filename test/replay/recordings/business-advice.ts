import { businessAdviceProcess } from '../../../src/catalog/business-advice.ts';
import type { Recording } from './recording.ts';

const advice = {
  process: 'business-advice',
  workflowType: 'businessAdvice',
  args: () => Promise.resolve([businessAdviceProcess.sample]),
};
const nothing = { usage: { inputTokens: 100, outputTokens: 20, calls: 1 }, cost: { microUsd: 140 } };

export const recordings: readonly Recording[] = [
  { ...advice, name: 'limited' },
  {
    ...advice,
    name: 'advised',
    // A model that asks for one tool and then answers.
    faults: () => ({
      chatTurn: ({ messages }) => {
        const hasLooked = messages.some(({ role }) => role === 'tool');
        const toolCalls = hasLooked ? [] : [{ id: '1', name: 'queryOrders', args: { by: 'product' } }];
        const value = { text: hasLooked ? 'Order more tea.' : '', toolCalls };
        return Promise.resolve({ ...nothing, value, confidence: 0.5, model: 'recorded', cached: false });
      },
    }),
  },
];

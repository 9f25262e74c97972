import type { Price } from './settings.ts';
import type { Cost, Usage } from './types.ts';

export const nothing: Usage = { inputTokens: 0, outputTokens: 0, calls: 0 };

export function addUsage(one: Usage, other: Usage): Usage {
  return {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    calls: one.calls + other.calls,
  };
}

/** Dollars for a million tokens are millionths of a dollar for one. Without a price the cost is not known. */
export function costOf(usage: Usage, price: Price | undefined): Cost {
  if (!price) return { microUsd: usage.calls === 0 ? 0 : null };
  return { microUsd: Math.ceil(usage.inputTokens * price.input + usage.outputTokens * price.output) };
}

/** The sum of two costs; not known as soon as one is not. */
export function addCost(one: Cost, other: Cost): Cost {
  return { microUsd: one.microUsd === null || other.microUsd === null ? null : one.microUsd + other.microUsd };
}

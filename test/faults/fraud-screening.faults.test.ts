import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FraudInput, FraudResult } from '../../src/workflows/fraud-screening.ts';
import { explore, type Explored } from '../support/explore.ts';
import { startHarness, type Harness } from '../support/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.stop());

const transaction = (changes: Partial<FraudInput>): FraudInput[] => [
  {
    customer: `C-${randomUUID()}`,
    email: 'customer@shop.example',
    home: 'DE',
    amount: '380.00',
    currency: 'EUR',
    goods: 'electronics',
    country: 'BR',
    device: `D-${randomUUID()}`,
    at: '2026-11-20T14:05:00Z',
    answerWithinMs: 30_000,
    ...changes,
  },
];

async function invariant({ workflowId, outcome }: Explored): Promise<void> {
  const { db } = harness.services;
  const id = `${workflowId}/record`;
  const row = await db.selectFrom('card_transactions').selectAll().where('run_id', '=', id).executeTakeFirst();
  const blocks = await db.selectFrom('card_blocks').selectAll().where('run_id', '=', id).execute();
  const codes = await db.selectFrom('step_up_codes').selectAll().where('run_id', '=', id).execute();
  expect(blocks).toHaveLength(row?.status === 'blocked' ? 1 : 0);
  if (outcome.status !== 'completed') return;
  const result = outcome.result as FraudResult;
  expect(row?.status).toBe(result.status);
  expect(codes).toEqual([]);
  if (result.status === 'released') expect(result.by).toEqual(['hedy']);
  if (result.status === 'passed') expect(result.screening.decision).toBe('pass');
}

describe('fraud-screening at every point of failure', () => {
  it('releases nothing without an investigator, and blocks all that it says it blocks', async () => {
    await explore({
      harness,
      workflow: 'fraudScreening',
      args: () => transaction({}),
      votes: { investigation: [{ vote: 'approve', by: 'hedy', roles: ['investigator'] }] },
      signals: { 'start#1': { name: 'confirm', value: '000000' } },
      categories: ['validation', 'dependency'],
      survives: ({ at }) => /settle|close/.test(at),
      invariant,
    });
  });

  it('keeps a block that it has told of', async () => {
    await explore({
      harness,
      workflow: 'fraudScreening',
      args: () => transaction({ goods: 'gift-cards', amount: '4900.00', at: '2026-11-20T03:05:00Z' }),
      only: ({ label }) => /settle|alert|close/.test(label),
      categories: ['validation', 'dependency'],
      survives: ({ at }) => /settle|alert|close/.test(at),
      invariant,
    });
  });
});

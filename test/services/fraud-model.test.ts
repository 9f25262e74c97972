import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { trainFraudModel } from '../../src/services/fraud/model.ts';
import { fraudExamples } from '../support/fraud-examples.ts';

const transaction = { logAmount: 4, night: 0, abroad: 0, riskyGoods: 0 };
const history = { logRatio: 0, lastHour: 0, newCustomer: 0 };
const device = { newDevice: 0, others: 0 };

describe('the fraud model', () => {
  it('is trained on the examples that the documented rules give', async () => {
    expect(await readFile('samples/fraud/transactions.csv', 'utf8')).toBe(fraudExamples());
  });

  it('tells fraud from other transactions that training did not see', async () => {
    const { info } = await trainFraudModel();
    process.stdout.write(`fraud model: AUC ${info.heldBackAuc.toFixed(3)} on held-back examples\n`);
    expect(info.heldBackAuc).toBeGreaterThan(0.8);
  });

  it('is the same each time it is trained', async () => {
    const [one, other] = [await trainFraudModel(), await trainFraudModel()];
    expect(one.score({ transaction, history, device })).toEqual(other.score({ transaction, history, device }));
  });

  it.each([
    ['history', { transaction, device }],
    ['device', { transaction, history }],
    ['transaction', { history, device }],
  ] as const)('scores higher without the %s, and says so', async (part, facts) => {
    const model = await trainFraudModel();
    const scored = model.score(facts);
    expect(scored.missing).toEqual([part]);
    expect(scored.score).toBeGreaterThan(model.score({ transaction, history, device }).score);
    expect(scored.score).toBeGreaterThan(scored.known);
  });

  it('scores every suspicious fact higher than without it', async () => {
    const model = await trainFraudModel();
    const plain = model.score({ transaction, history, device }).score;
    const suspicious = [
      { transaction: { ...transaction, abroad: 1 }, history, device },
      { transaction: { ...transaction, riskyGoods: 1 }, history, device },
      { transaction: { ...transaction, night: 1 }, history, device },
      { transaction, history: { ...history, logRatio: 2 }, device },
      { transaction, history: { ...history, lastHour: 4 }, device },
      { transaction, history, device: { ...device, newDevice: 1 } },
      { transaction, history, device: { ...device, others: 3 } },
    ].map((facts) => model.score(facts).score);
    for (const score of suspicious) expect(score).toBeGreaterThan(plain);
  });
});

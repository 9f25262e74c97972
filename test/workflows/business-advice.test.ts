import { cancellationSignal } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { businessAdviceProcess } from '../../src/catalog/business-advice.ts';
import type { AdviceRequest, AdviceResult } from '../../src/workflows/business-advice.ts';
import { failure } from '../../src/failures.ts';
import { leftOpen } from '../support/history.ts';
import { startHarness, type Harness } from '../support/harness.ts';
import { startModelServer, type ModelRequest, type ModelServer } from '../support/model-server.ts';
import { failureOf } from '../support/pattern-harness.ts';
import { aborted, broken, runProcess, type Faults, type Handle } from '../support/process.ts';
import { until } from '../support/until.ts';

const request = businessAdviceProcess.sample as AdviceRequest;

const result = (handle: Handle): Promise<AdviceResult> => handle.result() as Promise<AdviceResult>;

async function sellTea(harness: Harness): Promise<void> {
  const { db } = harness.services;
  const order = async (key: string, sku: string, quantity: number, unit: number, status: 'shipped' | 'refused') => {
    const values = {
      key,
      customer: 'c',
      email: 'c@example.com',
      currency: 'EUR',
      total_cents: quantity * unit,
      status,
    };
    const { number } = await db.insertInto('orders').values(values).returning('number').executeTakeFirstOrThrow();
    await db.insertInto('order_lines').values({ order_number: number, sku, quantity, unit_cents: unit }).execute();
  };
  await order('a', 'TEA-SENCHA', 40, 1450, 'shipped');
  await order('b', 'TEA-ASSAM', 10, 890, 'shipped');
  await order('c', 'POT-CAST-IRON', 50, 6900, 'refused');
}

/** An activity that ends only when it is asked to. */
const untilCancelled = (): Promise<never> => aborted(cancellationSignal());

describe('business-advice with the local models', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness.stop());
  const ask = <T>(input: AdviceRequest, work: (handle: Handle) => Promise<T>, faults?: Faults): Promise<T> =>
    runProcess(harness, 'businessAdvice', input, work, faults);
  const keptOf = ({ workflowId }: Handle) =>
    harness.services.db.selectFrom('advice').selectAll().where('key', '=', `${workflowId}/report`).execute();

  it('says that it knows nothing where there are neither orders nor documents', async () => {
    await ask(request, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'limited', confidence: 0, cost: { microUsd: 0 } });
      expect(ended.advice).toContain('There are no orders yet');
    });
  });

  it('reports what the orders say with low confidence, keeps the report once and mails it', async () => {
    await sellTea(harness);
    await ask(request, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'limited', confidence: 0.3 });
      // 40 × 14.50 of 580.00 + 89.00; the refused order does not count.
      expect(ended.advice).toContain('Sencha tea, 100 g sells best: 40 units for 580.00, 87 % of all sales.');
      expect(ended.advice).not.toContain('teapot');
      expect(ended.cost.tokens).toBeGreaterThan(0);
      expect(await keptOf(handle)).toMatchObject([{ status: 'limited', report: ended.report }]);
      const page = new TextDecoder().decode(await harness.services.files.get(ended.report));
      expect(page).toContain('<h2>Next steps</h2>');
      const mails = await harness.services.db
        .selectFrom('mails')
        .selectAll()
        .where('subject', 'like', 'Advice: Which of our%')
        .execute();
      expect(mails.length).toBeGreaterThan(0);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('gives no advice when the orders cannot be queried', async () => {
    await ask(
      request,
      async (handle) => {
        expect(await failureOf(handle.result())).toContain('querySales broke');
        expect(await keptOf(handle)).toEqual([]);
      },
      () => ({
        querySales: (by) =>
          by === 'product'
            ? Promise.reject(failure('logic', 'querySales broke', { type: 'Broken' }))
            : untilCancelled(),
        searchPassages: untilCancelled,
      }),
    );
  });

  it('advises the same when no mail can be sent', async () => {
    await ask(
      request,
      async (handle) => expect(await result(handle)).toMatchObject({ status: 'limited' }),
      broken('notify', 'dependency'),
    );
  });
});

/** What a model is asked, in one text. */
const asked = ({ body }: ModelRequest): string => JSON.stringify(body.messages);
const roleOf = (sent: ModelRequest): string => /You are the (\w+) of a team/.exec(asked(sent))?.[1] ?? '';
const toolAnswers = ({ body }: ModelRequest): number => body.messages.filter(({ role }) => role === 'tool').length;

describe('business-advice with a model that converses', () => {
  let harness: Harness;
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer();
    harness = await startHarness({
      FERMATA_MODEL: `compatible:advisor@${server.url}`,
      FERMATA_MODEL_PRICES: 'advisor=1/2',
      FERMATA_MODEL_CACHE_HOURS: '0',
    });
    await sellTea(harness);
  });
  afterAll(async () => {
    await harness.stop();
    await server.stop();
  });
  const ask = <T>(input: AdviceRequest, work: (handle: Handle) => Promise<T>): Promise<T> =>
    runProcess(harness, 'businessAdvice', input, work);

  it('lets analyst, strategist and implementer speak in turn, each with what was said before, and says what it cost', async () => {
    server.script((sent) => {
      const role = roleOf(sent);
      if (role === 'analyst' && toolAnswers(sent) === 0) {
        return { tools: [{ id: 't1', name: 'queryOrders', args: { by: 'product' } }] };
      }
      return { text: `word of the ${role}` };
    });
    await ask(request, async (handle) => {
      const ended = await result(handle);
      expect(ended.status).toBe('advised');
      expect(ended.advice).toBe(
        '## What we know\n\nword of the analyst\n\n## Options\n\nword of the strategist\n\n## Next steps\n\nword of the implementer',
      );
      expect(server.requests.map(roleOf)).toEqual(['analyst', 'analyst', 'strategist', 'implementer']);
      expect(asked(server.requests[1] as ModelRequest)).toContain('Sencha tea');
      expect(asked(server.requests[3] as ModelRequest)).toContain('word of the strategist');
      // Four turns of 100 tokens in at 1 dollar a million, and 20 out at 2.
      expect(ended.cost).toEqual({ tokens: 480, microUsd: 560 });
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });

  it('ends with what there is when the budget is spent', async () => {
    server.script((sent) => ({ text: `word of the ${roleOf(sent)}`, tokens: [900, 200] }));
    await ask({ ...request, budget: { tokens: 1000 } }, async (handle) => {
      const ended = await result(handle);
      expect(ended).toMatchObject({ status: 'partial', cost: { tokens: 1100 } });
      expect(ended.advice).toBe('## What we know\n\nword of the analyst');
    });
  });

  it('runs no tool that is not in the table', async () => {
    server.script((sent) =>
      toolAnswers(sent) === 0
        ? { tools: [{ id: 't1', name: 'dropTables', args: {} }] }
        : { text: `answered: ${asked(sent).includes("There is no tool 'dropTables'") ? 'refused' : 'ran'}` },
    );
    await ask(request, async (handle) => expect((await result(handle)).advice).toContain('answered: refused'));
  });

  it('fails when the key of the model is refused, instead of pretending to advise', async () => {
    server.script(() => ({ status: 401, message: 'bad key' }));
    await ask(request, async (handle) => expect(await failureOf(handle.result())).toContain('ModelKeyRefused'));
  });

  it('ends as cancelled while a model is silent, and gives the request up', async () => {
    server.script('silence');
    await ask(request, async (handle) => {
      await until(() => server.requests.length > 0, 'the model was not asked');
      await handle.cancel();
      expect(await failureOf(handle.result())).toMatch(/^CancelledFailure/);
      expect(server.givenUp()).toBe(1);
      expect(await leftOpen(handle)).toEqual({ activities: [], timers: [] });
    });
  });
});

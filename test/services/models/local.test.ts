import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { openLocalModels } from '../../../src/services/models/local.ts';

const models = openLocalModels();
const moods = ['positive', 'negative', 'neutral'];

let speech: string;
beforeAll(async () => {
  const file = new URL('../../../samples/articles/inaugural-1961-kennedy.txt', import.meta.url);
  speech = await readFile(fileURLToPath(file), 'utf8');
});

describe('local models: classify', () => {
  it('tell sentiment, at no cost, and say how sure they are', async () => {
    const good = await models.classify({ task: 'sentiment', text: 'I love it, excellent quality', labels: moods });
    expect(good).toMatchObject({ value: { label: 'positive' }, cost: { microUsd: 0 }, model: 'local', cached: false });
    expect(good.usage).toMatchObject({ inputTokens: 6, calls: 1 });
    expect(Object.values(good.value.scores ?? {}).reduce((sum, score) => sum + score, 0)).toBeCloseTo(1);
    const bad = await models.classify({ task: 'sentiment', text: 'Terrible. It does not work.', labels: moods });
    expect(bad.value.label).toBe('negative');
    expect(bad.confidence).toBeLessThan(0.9);
  });

  it('answer many texts in their order, as sure as of the least sure', async () => {
    const texts = ['Terrible. It does not work.', 'I love it, excellent quality'];
    const { value, confidence } = await models.classifyMany({ task: 'sentiment', texts, labels: moods });
    expect(value.map(({ label }) => label)).toEqual(['negative', 'positive']);
    expect(confidence).toBe(Math.min(...value.map((each) => each.confidence)));
  });

  it('keep to the labels they are given, and are unsure where another one fits better', async () => {
    const text = 'I love it, excellent quality';
    const { value, confidence } = await models.classify({ task: 'sentiment', text, labels: ['negative', 'neutral'] });
    expect(['negative', 'neutral']).toContain(value.label);
    expect(confidence).toBeLessThan(0.5);
  });

  it('refuse what they were not trained for', async () => {
    const labels = ['red', 'blue'];
    await expect(models.classify({ task: 'colour', text: 'x', labels })).rejects.toMatchObject({ type: 'ModelCannot' });
    await expect(models.classify({ task: 'sentiment', text: 'x', labels })).rejects.toThrow("it does not know 'red'");
  });

  it('do not start when the caller has given up', async () => {
    const signal = AbortSignal.abort(new Error('gone'));
    await expect(models.summarize({ text: speech, maxWords: 50 }, { signal })).rejects.toThrow('gone');
  });
});

describe('local models: extract', () => {
  const text =
    'On 12 March 2024 Angela Merkel met John F. Kennedy of Acme Corp. in Berlin. The price was $1,250.50 and €99. ' +
    'Mail bob@example.com or see https://x.org/a by 2024-05-01. Call about 42 items.';

  it('find people, organizations, places, dates, amounts, addresses and numbers', async () => {
    const { value, confidence } = await models.extract({
      text,
      fields: {
        who: { kind: 'person' },
        company: { kind: 'organization' },
        where: { kind: 'place' },
        when: { kind: 'date' },
        price: { kind: 'amount' },
        mail: { kind: 'email' },
        link: { kind: 'url' },
        count: { kind: 'number' },
      },
    });
    expect(value).toEqual({
      who: ['Angela Merkel', 'John F. Kennedy'],
      company: ['Acme Corp'],
      where: ['Berlin'],
      when: ['2024-03-12', '2024-05-01'],
      price: ['1250.50 $', '99.00 EUR'],
      mail: ['bob@example.com'],
      link: ['https://x.org/a'],
      count: ['1250.5', '99', '42'],
    });
    expect(confidence).toBe(0.6);
  });

  it('keep a date as written that can be read in two ways, and are less sure', async () => {
    const found = await models.extract({ text: 'It starts on 03/04/2024.', fields: { start: { kind: 'date' } } });
    expect(found.value).toEqual({ start: ['03/04/2024'] });
    expect(found.confidence).toBe(0.6);
  });

  it('are unsure where they find nothing', async () => {
    const found = await models.extract({ text: 'Nothing to see.', fields: { mail: { kind: 'email' } } });
    expect(found).toMatchObject({ value: { mail: [] }, confidence: 0.5 });
  });

  it('refuse fields that only their description tells apart', async () => {
    const two = { issued: { kind: 'date' }, due: { kind: 'date' } } as const;
    await expect(models.extract({ text, fields: two })).rejects.toMatchObject({ type: 'ModelCannot' });
    const free = { reason: { kind: 'text' } } as const;
    await expect(models.extract({ text, fields: free })).rejects.toMatchObject({ type: 'ModelCannot' });
  });
});

describe('local models: summarize', () => {
  it('keep to the length, to the words of the text and to their order', async () => {
    const { value, confidence } = await models.summarize({ text: speech, maxWords: 100 });
    expect(value.split(/\s+/u).length).toBeLessThanOrEqual(110);
    expect(value.split(/\s+/u).length).toBeGreaterThan(50);
    const places = value.split(/(?<=[.!?]) (?=[A-Z])/u).map((part) => speech.replace(/\s+/gu, ' ').indexOf(part));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(confidence).toBe(0.6);
  });

  it('prefer what the reader asks for', async () => {
    const { value } = await models.summarize({ text: speech, maxWords: 60, focus: 'poverty' });
    expect(value).toMatch(/poverty|poor/u);
  });

  it('leave a text alone that is short enough, and cut one whose sentences are all too long', async () => {
    expect(await models.summarize({ text: 'Short.', maxWords: 5 })).toMatchObject({ value: 'Short.', confidence: 1 });
    const cut = await models.summarize({ text: speech, maxWords: 3 });
    expect(cut).toMatchObject({ value: 'Vice President Johnson, …', confidence: 0.2 });
  });
});

describe('local models: score, draft, choose and chat', () => {
  const criteria = { readability: 'plain English', length: '5 to 40 words', structure: '', variety: '' };

  it('mark a text by what can be measured, and say what to do better', async () => {
    const good = await models.score({ text: 'We sent your card. It will be there on Monday.', criteria });
    expect(good).toMatchObject({ value: { score: 1, remarks: [] }, confidence: 0.5 });
    const long = await models.score({ text: 'We sent your card. '.repeat(30), criteria });
    expect(long.value.criteria).toMatchObject({ length: 0.33, variety: 0 });
    expect(long.value.remarks).toEqual([
      'Cut: 120 words, at most 40 are wanted.',
      'Drop sentences that repeat others.',
    ]);
    expect(await models.score({ text: '', criteria })).toMatchObject({ value: { score: 0 } });
    await expect(models.score({ text: 'x', criteria: { truth: '' } })).rejects.toMatchObject({ type: 'ModelCannot' });
  });

  it('fill a template with facts, and never without one of them', async () => {
    const template = 'Dear {{name}}, it takes {{ days }} days.';
    const filled = await models.draft({ purpose: 'reply', facts: { name: '$& Ann', days: '3' }, template });
    expect(filled).toMatchObject({ value: 'Dear $& Ann, it takes 3 days.', confidence: 0.9 });
    const refused = models.draft({ purpose: 'reply', facts: { name: 'Ann' }, template });
    await expect(refused).rejects.toThrow("the template wants the fact 'days'");
  });

  it('set facts under the points that they belong to, and promise no point without one', async () => {
    const { value, confidence } = await models.draft({
      purpose: 'article',
      facts: { customerCount: '12', history: 'Tea came from China.', growing: 'Growing tea needs rain.' },
      outline: ['The history', 'Growing it', 'Prices'],
    });
    expect(value).toBe(
      'Customer Count: 12.\n\n## The history\n\nTea came from China.\n\n## Growing it\n\nGrowing tea needs rain.',
    );
    expect(confidence).toBe(0.5);
  });

  it('choose the route that shares most words, never surely, and not at all sure of a stranger', async () => {
    const routes = { billing: 'invoices, charges and refunds', technical: 'errors and crashes' };
    const refund = await models.choose({ text: 'The invoice was charged twice, refund me', routes });
    expect(refund).toMatchObject({ value: { route: 'billing' }, confidence: 0.6 });
    expect(await models.choose({ text: 'zzz', routes })).toMatchObject({ confidence: 0 });
  });

  it('do not converse', async () => {
    const chat = models.chat({ instructions: '', messages: [{ role: 'user', text: 'hello' }] });
    await expect(chat).rejects.toMatchObject({ type: 'ModelCannot' });
  });
});

import { describe, expect, it } from '@jest/globals';
import { clean, duration, shellWord, table, timeLeft, treeLines } from '../../src/client/format.ts';
import { findProcess, type Process } from '../../src/catalog.ts';
import { inputFor, withSettings } from '../../src/client/input.ts';
import type { ProgressNode } from '../../src/workflows/patterns/run-state.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

describe('times', () => {
  it.each([
    [0, '0 ms'],
    [999, '999 ms'],
    [59_949, '59.9 s'],
    [minute, '1 min'],
    [3 * minute + 20 * second, '3 min 20 s'],
    [23 * hour + 59 * minute + 59 * second, '23 h 59 min'],
    [50 * hour, '2 d 2 h'],
  ])('shows %d ms as %s', (ms, shown) => {
    expect(duration(ms)).toBe(shown);
  });

  it('says how long is left, or since when it is overdue', () => {
    const now = Date.parse('2026-03-01T12:00:00Z');
    expect(timeLeft('2026-03-01T14:00:00Z', now)).toBe('2 h left');
    expect(timeLeft('2026-03-01T11:55:00Z', now)).toBe('overdue by 5 min');
  });
});

describe('what is shown from documents and people', () => {
  it('cannot move the cursor, break the line or turn the text around', () => {
    expect(clean('a\u001b[2Jb\r\nc\u202ed')).toBe('a [2Jb c d');
    expect(table(['name'], [['x\u001b[31m\ny']])).toBe('name\nx [31m y');
  });

  it('is quoted where a shell would take it apart', () => {
    expect(shellWord('document-ingestion-4f2a')).toBe('document-ingestion-4f2a');
    expect(shellWord("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  });
});

describe('the progress tree', () => {
  const node = (name: string, state: ProgressNode['state'], children: ProgressNode[] = []): ProgressNode => ({
    name,
    kind: 'stage',
    state,
    start: '2026-03-01T12:00:00.000Z',
    end: '2026-03-01T12:00:00.250Z',
    children,
  });

  it('marks each node by its state, children under their parent', () => {
    const root = node('root', 'done', [node('read', 'done', [node('page', 'failed')]), node('review', 'cancelled')]);
    expect(treeLines(root)).toEqual(['✓ read  250 ms', '  ✗ page  250 ms', '⊘ review  250 ms']);
  });

  it('keeps what failed in sight when there are too many to show', () => {
    const many = Array.from({ length: 100 }, (_, at) => node(`n${String(at)}`, at === 50 ? 'failed' : 'done'));
    const lines = treeLines(node('root', 'failed', many));
    expect(lines).toContain('✗ n50  250 ms');
    expect(lines.at(-1)).toBe('  … and 79 more');
  });
});

describe('--set', () => {
  it('sets nested values, JSON where it parses, and leaves the given input alone', () => {
    const given = { a: { b: 1 }, list: [{ x: 1 }] };
    const set = withSettings(given, ['a.b=2', 'a.c={"d":true}', 'name=Ada = me', 'list.0.x=null', 'new.deep=1']);
    expect(set).toEqual({ a: { b: 2, c: { d: true } }, list: [{ x: null }], name: 'Ada = me', new: { deep: 1 } });
    expect(given).toEqual({ a: { b: 1 }, list: [{ x: 1 }] });
  });

  it('keeps a text that looks like a number a text where there was one', () => {
    const given = { amount: '1.00', count: 1, note: 'x' };
    const set = withSettings(given, ['amount=129.50', 'count=2', 'note=null', 'other=3.50']);
    expect(set).toEqual({ amount: '129.50', count: 2, note: null, other: 3.5 });
  });

  it('takes the place of a sample that stands in its way', async () => {
    expect(await inputFor(named('content-publishing'), { set: ['topic=Tides'] })).toEqual({ topic: 'Tides' });
    const given = named('content-publishing').sample as object;
    expect(await inputFor(named('content-publishing'), { set: ['title=Tides'] })).toEqual({ ...given, title: 'Tides' });
    expect(await inputFor(named('content-publishing'), { set: ['colour=red'] })).toEqual({ ...given, colour: 'red' });
  });

  it.each(['noValue', '=1', '__proto__.x=1', 'a..b=1', 'a.b.c=1'])('refuses %s', (pair) => {
    expect(() => withSettings({ a: { b: 1 } }, [pair])).toThrow(/--set/);
  });
});

describe('--as', () => {
  it('says who asks, where the process has it', async () => {
    expect(await inputFor(named('expense-approval'), { as: 'zoe' })).toMatchObject({ employee: 'zoe' });
    expect(await inputFor(named('due-diligence'), { as: 'zoe' })).toMatchObject({ requester: 'zoe' });
  });

  it('is refused by a process that does not ask', async () => {
    await expect(inputFor(named('order-fulfilment'), { as: 'zoe' })).rejects.toThrow(
      '--as zoe: order-fulfilment does not take who asks for it; leave --as out.',
    );
  });
});

function named(name: string): Process {
  const process = findProcess(name);
  if (!process) throw new Error(`there is no process ${name}`);
  return process;
}

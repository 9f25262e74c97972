import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import proto from '@temporalio/proto';
import { readGraphs } from '../../src/graph/read-process.ts';
import { explainHistory, type Explanation } from '../../src/runs/explain.ts';
import { picture } from '../../src/runs/explain/picture.ts';
import type { ProgressNode } from '../../src/workflows/patterns/run-state.ts';

const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const { History } = proto.temporal.api.history.v1;
const eventsOf = (name: string) =>
  History.fromObject(JSON.parse(readFileSync(path(`../replay/${name}.json`), 'utf8')) as object).events;

describe('explaining a run from its history', () => {
  const reviewed = explainHistory(eventsOf('document-ingestion.reviewed'), undefined);
  const stored = explainHistory(eventsOf('document-ingestion.stored'), undefined);
  const rolledBack = explainHistory(eventsOf('document-ingestion.rolled-back'), undefined);

  it('shows every activity, local activity and timer with how it ended', () => {
    const names = stored.bars.map(({ name, kind, outcome }) => `${name} ${kind} ${outcome}`);
    expect(names).toContain('receiveDocument activity done');
    expect(names).toContain('classifyDocument localActivity done');
    expect(names).toContain('extractParties localActivity done');
    const timers = reviewed.bars.filter(({ kind }) => kind === 'timer');
    expect(timers.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['timer of 24 h cancelled']);
  });

  it('splits the time of a run into working and waiting, and nothing else', () => {
    for (const each of [reviewed, stored, rolledBack]) {
      expect(each.workingMs + each.waitingMs).toBe(each.elapsedMs);
      expect(each.workMs).toBeGreaterThanOrEqual(each.workingMs);
      expect(each.bars.every(({ from, started, to }) => from <= started && started <= to)).toBe(true);
    }
  });

  it('follows the critical path from the first step to the last, one after the other', () => {
    const path = stored.criticalPath.map(({ name }) => name);
    expect(path[0]).toBe('receiveDocument');
    expect(path.at(-1)).toBe('completeDocument');
    const times = stored.criticalPath.map(({ from, to }) => [from, to] as const);
    expect(times.every(([from], at) => at === 0 || from >= (times[at - 1]?.[1] ?? 0) - 1)).toBe(true);
  });

  it('has the wait for a person on the critical path', () => {
    expect(reviewed.criticalPath).toContainEqual(expect.objectContaining({ kind: 'message', name: 'update decide' }));
  });

  it('counts billable actions: start, activities, retries, timer, vote, search attributes, one for local activities', () => {
    const events = eventsOf('document-ingestion.reviewed');
    const count = (pick: (event: (typeof events)[number]) => unknown): number => events.filter(pick).length;
    const tasksWithMarkers = new Set(
      events.flatMap(({ markerRecordedEventAttributes: marker }) =>
        marker ? [String(marker.workflowTaskCompletedEventId)] : [],
      ),
    );
    expect(reviewed.actions).toBe(
      1 +
        count((event) => event.activityTaskScheduledEventAttributes) +
        reviewed.retries +
        count((event) => event.timerStartedEventAttributes) +
        count((event) => event.workflowExecutionUpdateAcceptedEventAttributes) +
        count((event) => event.upsertWorkflowSearchAttributesEventAttributes) +
        tasksWithMarkers.size,
    );
  });

  it('ends what a running run has open at the present', () => {
    const events = eventsOf('document-ingestion.stored');
    const cut = events.findIndex((event) => event.activityTaskStartedEventAttributes);
    const start = Number(events[0]?.eventTime?.seconds) * 1_000;
    const running = explainHistory(events.slice(0, cut), undefined, start + 5_000);
    expect(running.bars).toEqual([expect.objectContaining({ name: 'receiveDocument', outcome: 'open' })]);
    expect(running.elapsedMs).toBeGreaterThan(3_000);
  });

  it('takes routes, branches and gates from the progress tree', () => {
    const start = new Date(Number(eventsOf('document-ingestion.stored')[0]?.eventTime?.seconds) * 1_000).toISOString();
    const node = (kind: string, name: string, children: readonly ProgressNode[] = []): ProgressNode => ({
      ...{ kind, name, state: 'done', start, end: start, children },
    });
    const tree = node('workflow', 'w', [node('route', 'review', [node('gate', 'review')]), node('branch', 'lines')]);
    const explained = explainHistory(eventsOf('document-ingestion.stored'), tree);
    expect(explained.routes).toEqual(['review']);
    expect(explained.bars.filter(({ kind }) => kind === 'gate' || kind === 'branch')).toHaveLength(2);
  });

  it('draws one file that needs nothing else and shows names as text', () => {
    const explanation: Explanation = { id: '<i>', process: 'p', state: 'completed', historyBytes: 1, ...stored };
    const html = picture(explanation, ['a & b']);
    expect(html.match(/<g>/g)).toHaveLength(stored.bars.length);
    expect(html).toContain('&lt;i&gt;');
    expect(html).toContain('a &amp; b');
    expect(html).not.toMatch(/<i>|src=|href=|NaN|Infinity/);
  });
});

describe('the graph of a process', () => {
  const graphs = readGraphs(path('../../src/workflows/index.ts'));
  const chart = graphs['documentIngestion'] ?? '';
  const boxOf = (label: string): string => new RegExp(`(n\\d+)\\W+${label}\\W`).exec(chart)?.[1] ?? 'none';

  it('is there for every workflow of the bundle', () => {
    expect(Object.values(graphs).every((each) => each.startsWith('flowchart TD\n'))).toBe(true);
    expect(Object.keys(graphs)).toEqual(expect.arrayContaining(['documentIngestion', 'expenseApproval']));
  });

  it('shows stages in order, branches side by side, routes with their names, and gates', () => {
    expect(chart).toContain(`${boxOf('read')} --> ${boxOf('classify')}`);
    expect(chart).toContain(`-->|"parties"| ${boxOf('extract parties')}`);
    expect(chart).toContain(`-->|"review"| ${boxOf('person: review')}`);
    expect(chart).toMatch(/subgraph g\d+\["saga: all or nothing"\]/);
  });

  it('leads every box to an end', () => {
    const boxes = [...chart.matchAll(/^\s*(n\d+)\W/gm)].map(([, id]) => id);
    const left = new Set([...chart.matchAll(/^ {2}(n\d+) -->/gm)].map(([, id]) => id));
    expect(boxes.filter((id) => !left.has(id))).toEqual([boxOf('end')]);
  });
});

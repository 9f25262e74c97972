/** Ingests the sample documents on a first run and says what became of them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import Table from 'cli-table3';
import { findProcess } from '../catalog.ts';
import type { Settings } from '../config.ts';
import { failureOf, listRuns, startRun, summaryOfRun, type Runs } from '../runs.ts';
import { openFileStore } from '../services/files.ts';
import { CannotStart, type Say } from './cannot-start.ts';

/** Where a sample document stands. */
type Outcome =
  | {
      readonly status: 'stored' | 'manual' | 'rejected';
      readonly kind: string;
      readonly format: string;
      readonly confidence: number;
    }
  | { readonly status: 'waits' }
  | { readonly status: 'failed'; readonly message: string };

interface Sample {
  readonly file: string;
  readonly runId: string;
  readonly existing: boolean;
}

/** What came of the samples. */
export interface SampleReport {
  /** How many there are, and how many of them were ingested by an earlier start. */
  readonly total: number;
  readonly earlier: number;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

const process = 'document-ingestion';
const extensions = new Set(['.pdf', '.xml', '.docx', '.eml', '.html', '.htm', '.csv', '.txt']);
/** Beyond this a run is reported as still running; it goes on all the same. */
const patienceMs = 10 * 60_000;

/** The documents in a samples folder: everything under `invoices` but licences and notes. */
export function sampleFiles(folder: string): string[] {
  const invoices = join(folder, 'invoices');
  if (!existsSync(invoices)) return [];
  return readdirSync(invoices, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extensions.has(extname(entry.name).toLowerCase()))
    .filter((entry) => !/^(licen[cs]e|notice|readme|copying)/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/**
 * Starts one run for each document, which is none for a document that was ingested before, and waits until each has
 * ended or waits for a person.
 */
export async function ingestSamples(
  runs: Runs,
  settings: Settings,
  files: readonly string[],
  say: Say,
): Promise<SampleReport> {
  const samples = await startAll(runs, settings, files);
  const earlier = [...samples.values()].filter(({ existing }) => existing).length;
  if (earlier < samples.size) say(`reading ${String(samples.size - earlier)} sample documents`);
  const outcomes = new Map<string, Outcome>();
  const deadline = Date.now() + patienceMs;
  for (let said = Date.now(); outcomes.size < samples.size && Date.now() < deadline;) {
    await settle(runs, samples, outcomes);
    if (outcomes.size === samples.size) break;
    if (Date.now() - said > 3_000) {
      said = Date.now();
      say(`${String(outcomes.size)} of ${String(samples.size)} read`);
    }
    await pause(300);
  }
  const named = [...samples].map(([id, { file }]) => [basename(file), outcomes.get(id)] as const);
  const known = named.filter((each): each is [string, Outcome] => each[1] !== undefined);
  return { total: samples.size, earlier, outcomes: new Map(known) };
}

/** The report as a person reads it: a table the first time, afterwards only what still needs somebody. */
export function showSamples(report: SampleReport): string {
  const { total, earlier, outcomes } = report;
  const count = (status: Outcome['status']): number =>
    [...outcomes.values()].filter((outcome) => outcome.status === status).length;
  const counts = [
    [count('stored'), 'stored'],
    [count('waits'), 'waiting for a reviewer'],
    [count('manual'), 'for manual processing'],
    [count('rejected'), 'rejected'],
    [count('failed'), 'failed'],
    [total - outcomes.size, 'still being read'],
  ] as const;
  const summary = counts.filter(([number]) => number > 0).map(([number, what]) => `${String(number)} ${what}`);
  const before = earlier === total ? ' (from an earlier start)' : '';
  const line = `${String(total)} sample documents${before}: ${summary.join(', ')}`;
  const rows = [...outcomes].filter(([, { status }]) => earlier < total || status === 'waits' || status === 'failed');
  if (rows.length === 0) return line;
  const table = new Table({
    head: ['document', 'outcome', 'kind', 'format', 'confidence'],
    style: { head: [], border: [], compact: true },
  });
  for (const [file, outcome] of rows) table.push([file, ...cellsOf(outcome)]);
  return `${table.toString()}\n${line}`;
}

function cellsOf(outcome: Outcome): string[] {
  switch (outcome.status) {
    case 'waits':
      return ['waits for a reviewer', '', '', ''];
    case 'failed':
      return [`failed: ${outcome.message.slice(0, 60)}`, '', '', ''];
    case 'stored':
    case 'manual':
    case 'rejected':
      return [outcome.status, outcome.kind, outcome.format, outcome.confidence.toFixed(2)];
  }
}

async function startAll(runs: Runs, settings: Settings, files: readonly string[]): Promise<Map<string, Sample>> {
  const ingestion = findProcess(process);
  const fromFile = ingestion?.fromFile;
  if (ingestion === undefined || fromFile === undefined) throw new CannotStart(`the process ${process} is missing`);
  const store = openFileStore(settings);
  const samples = new Map<string, Sample>();
  for (const file of files) {
    const bytes = readFileSync(file);
    const hash = await store.put(bytes);
    const run = await startRun(runs, ingestion, fromFile({ hash, name: basename(file), size: bytes.length }));
    if (!samples.has(run.id)) samples.set(run.id, { file, runId: run.runId, existing: run.existing });
  }
  return samples;
}

/** Adds the outcomes of the runs that have come to an end or to a person since the last look. */
async function settle(runs: Runs, samples: ReadonlyMap<string, Sample>, outcomes: Map<string, Outcome>): Promise<void> {
  const running = new Map(
    (await listRuns(runs, { process, state: 'running', limit: 5_000 })).map((run) => [run.id, run]),
  );
  for (const [id, { runId }] of samples) {
    if (outcomes.has(id)) continue;
    const run = running.get(id);
    if (run !== undefined && run.gates.length > 0) outcomes.set(id, { status: 'waits' });
    if (run !== undefined) continue;
    const ended = await standingOf(runs, id, runId);
    if (ended !== undefined) outcomes.set(id, ended);
  }
}

/** Where a run stands that visibility did not list; `undefined` while it is neither at an end nor at a person. */
async function standingOf(runs: Runs, id: string, runId: string): Promise<Outcome | undefined> {
  const { state, gates } = await summaryOfRun(runs, id);
  if (state === 'running') return gates.length > 0 ? { status: 'waits' } : undefined;
  try {
    return (await runs.client.workflow.getHandle(id, runId).result()) as Outcome;
  } catch (error) {
    return { status: 'failed', message: failureOf(error).message };
  }
}

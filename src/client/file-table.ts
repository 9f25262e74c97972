import { failureLine, table } from './format.ts';
import type { FileRun } from './files.ts';
import { isRecord } from './input.ts';

const head = ['file', 'status', 'kind', 'number', 'total', 'confidence', 'run'];

/** The table that ends `start --file`: a row a file, and below it why some failed. */
export function fileTable(runs: readonly FileRun[]): string {
  const failures = runs.flatMap((run) =>
    run.failure === undefined ? [] : [`${run.file}: ${failureLine(run.failure)}`],
  );
  return [table(head, runs.map(rowOf)), ...failures].join('\n');
}

function rowOf(run: FileRun): readonly string[] {
  const shown = isRecord(run.result) ? run.result : isRecord(run.subject) ? run.subject : {};
  const fields = isRecord(shown['fields']) ? shown['fields'] : {};
  const confidence = shown['confidence'];
  return [
    run.file,
    `${statusOf(run)}${run.existing ? ' (earlier run)' : ''}`,
    text(shown['kind']),
    text(fields['number']),
    totalOf(fields),
    typeof confidence === 'number' ? confidence.toFixed(2) : '',
    run.id,
  ];
}

/** What a gate shows, in a few words; empty when it is not a document. */
export function subjectLine(subject: unknown): string {
  if (!isRecord(subject)) return '';
  const document = isRecord(subject['document']) ? subject['document'] : {};
  const fields = isRecord(subject['fields']) ? subject['fields'] : {};
  const parts = [
    text(document['name']),
    text(subject['kind']),
    text(fields['number']),
    text(fields['seller']),
    totalOf(fields),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function totalOf(fields: Record<string, unknown>): string {
  return [text(fields['grandTotal']), text(fields['currency'])].join(' ').trim();
}

function statusOf(run: FileRun): string {
  if (run.waitingFor !== undefined) return `waiting for ${run.waitingFor}`;
  const status = isRecord(run.result) ? run.result['status'] : undefined;
  return typeof status === 'string' ? status : run.state;
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/**
 * How well documents are read: every field of every e-invoice in the folders against its XML, and the same PDFs once
 * more by their visible text alone. Runs the functions of the activities in this process, without server or database.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import Table from 'cli-table3';
import { Decimal } from 'decimal.js';
import { loadSettings } from '../src/config.ts';
import { judge, type Judgement } from '../src/services/documents/judge.ts';
import { openReader, type Reader } from '../src/services/documents/reader.ts';
import { storeThreshold, reviewThreshold } from '../src/services/documents/text-assess.ts';
import { extractAll, gatherMore } from '../src/services/documents/text-invoice.ts';
import type { DocumentKind, Reading } from '../src/services/documents/types.ts';
import { benchCommand, printJson } from './arguments.ts';
import { truthOfPdf, truthOfXml, type Truth } from './extraction-truth.ts';

interface Options {
  readonly json?: boolean;
  readonly details?: boolean;
  readonly textOnly?: boolean;
}

interface WrongField {
  readonly field: string;
  readonly expected: string | null;
  readonly read: string | null;
}

interface Outcome {
  readonly file: string;
  readonly group: string;
  readonly state: 'stored' | 'review' | 'manual' | 'failed';
  readonly confidence: number;
  /** Fields compared. */
  readonly compared: number;
  readonly wrong: readonly WrongField[];
  readonly reason: string;
}

type Judged = Judgement & { readonly kind: DocumentKind };

/** What the workflow's steps do with a reading: extract, judge, and look again below the review threshold. */
function understand(reading: Reading): Judged {
  const extractions = extractAll(reading);
  const judged = { ...judge(reading, extractions), kind: extractions.kind.value };
  if (judged.confidence >= reviewThreshold) return judged;
  const more = gatherMore(reading);
  const again = judge(reading, more.extractions);
  const confidence = Math.min(again.confidence, more.confidence);
  return confidence > judged.confidence ? { ...again, confidence, kind: more.extractions.kind.value } : judged;
}

/** The reading that the same PDF would give without its attachments. */
function withoutData(reading: Reading): Reading {
  const ofText = reading.problems.filter(({ code }) => code === 'text-cut' || code === 'no-text');
  return { ...reading, format: 'pdf', structured: null, problems: ofText };
}

function sameAmount(expected: string, read: string | null): boolean {
  try {
    return read !== null && new Decimal(expected).eq(read);
  } catch {
    return false;
  }
}

const squeeze = (text: string): string => text.replace(/\s+/gu, ' ').trim();

function compareLines(truth: Truth, judged: Judged): WrongField[] {
  const { lines } = judged.fields;
  if (lines.length !== truth.lines.length) {
    return [{ field: 'lines', expected: String(truth.lines.length), read: String(lines.length) }];
  }
  return truth.lines.flatMap((line, index): WrongField[] => {
    const read = lines[index];
    const name = (part: string): string => `lines[${String(index)}].${part}`;
    const wrong: WrongField[] = [];
    if (line.description !== null && squeeze(line.description) !== squeeze(read?.description ?? '')) {
      wrong.push({ field: name('description'), expected: line.description, read: read?.description ?? null });
    }
    for (const part of ['quantity', 'netAmount'] as const) {
      const expected = line[part];
      if (expected === null || sameAmount(expected, read?.[part] ?? null)) continue;
      wrong.push({ field: name(part), expected, read: read?.[part] ?? null });
    }
    return wrong;
  });
}

/** Fields that the XML leaves out are not compared: what the reader derives for them has no truth to stand against. */
function compare(truth: Truth, judged: Judged): { compared: number; wrong: readonly WrongField[] } {
  const { fields } = judged;
  const texts = ['type', 'number', 'issueDate', 'seller', 'buyer', 'currency'] as const;
  const amounts = ['taxTotal', 'grandTotal', 'amountDue'] as const;
  const wrong: WrongField[] = [];
  if (judged.kind !== truth.kind) wrong.push({ field: 'kind', expected: truth.kind, read: judged.kind });
  for (const field of texts) {
    const expected = truth[field];
    if (expected !== null && squeeze(expected) !== squeeze(fields[field] ?? ''))
      wrong.push({ field, expected, read: fields[field] });
  }
  for (const field of amounts) {
    const expected = truth[field];
    if (expected !== null && !sameAmount(expected, fields[field])) wrong.push({ field, expected, read: fields[field] });
  }
  const stated = [...texts, ...amounts].filter((field) => truth[field] !== null).length;
  return { compared: 1 + stated + 3 * truth.lines.length, wrong: [...wrong, ...compareLines(truth, judged)] };
}

function outcome(file: string, group: string, truth: Truth | undefined, reading: Reading): Outcome {
  const judged = understand(reading);
  const { confidence } = judged;
  const state = confidence >= storeThreshold ? 'stored' : confidence >= reviewThreshold ? 'review' : 'manual';
  const { compared, wrong } = truth === undefined ? { compared: 0, wrong: [] } : compare(truth, judged);
  return {
    file,
    group,
    state,
    confidence,
    compared,
    wrong,
    reason: judged.problems.map(({ code }) => code).join(', '),
  };
}

async function truthOf(bytes: Uint8Array): Promise<Truth | undefined> {
  try {
    return Buffer.from(bytes.subarray(0, 5)).toString('latin1') === '%PDF-'
      ? await truthOfPdf(bytes)
      : truthOfXml(bytes);
  } catch {
    return undefined;
  }
}

async function measure(reader: Reader, file: string, textOnly: boolean): Promise<readonly Outcome[]> {
  const bytes = readFileSync(file);
  const truth = await truthOf(bytes);
  const isPdf = bytes.subarray(0, 5).toString('latin1') === '%PDF-';
  const group = truth === undefined ? 'no e-invoice' : isPdf ? 'facturx' : truth.format;
  try {
    const reading = await reader.read(bytes, file);
    const text = isPdf && truth !== undefined ? [outcome(file, 'text-only', truth, withoutData(reading))] : [];
    return textOnly ? text : [outcome(file, group, truth, reading), ...text];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const failed: Outcome = { file, group, state: 'failed', confidence: 0, compared: 0, wrong: [], reason };
    return textOnly && !isPdf ? [] : [failed];
  }
}

function filesIn(folder: string): readonly string[] {
  if (statSync(folder).isFile()) return [folder];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return names
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && /\.(?:pdf|xml)$/i.test(path));
}

function summaryOf(group: string, outcomes: readonly Outcome[]) {
  const count = (test: (one: Outcome) => boolean): number => outcomes.filter(test).length;
  const compared = outcomes.reduce((total, one) => total + one.compared, 0);
  const wrong = outcomes.reduce((total, one) => total + Math.min(one.wrong.length, one.compared), 0);
  return {
    group,
    documents: outcomes.length,
    storedWithoutReview: count((one) => one.state === 'stored'),
    wrongAmongStored: count((one) => one.state === 'stored' && one.wrong.length > 0),
    sentToPerson: count((one) => one.state === 'review' || one.state === 'manual'),
    failed: count((one) => one.state === 'failed'),
    fullyRight: count((one) => one.compared > 0 && one.wrong.length === 0),
    fieldsCompared: compared,
    fieldsRight: compared - wrong,
  };
}

type Summary = ReturnType<typeof summaryOf>;

function printTable(groups: readonly Summary[]): void {
  const head = [
    'group',
    'documents',
    'stored without review',
    'of those wrong',
    'sent to a person',
    'failed',
    'every field right',
    'fields right',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const one of groups) {
    table.push([
      one.group,
      one.documents,
      one.storedWithoutReview,
      one.wrongAmongStored,
      one.sentToPerson,
      one.failed,
      one.fullyRight,
      `${String(one.fieldsRight)} / ${String(one.fieldsCompared)}`,
    ]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

function printDetails(outcomes: readonly Outcome[], root: string): void {
  for (const one of outcomes) {
    process.stdout.write(
      `${relative(root, one.file)} [${one.group}] ${one.state} ${String(one.confidence)} ${one.reason}\n`,
    );
    for (const { field, expected, read } of one.wrong) {
      process.stdout.write(`    ${field}: expected ${JSON.stringify(expected)}, read ${JSON.stringify(read)}\n`);
    }
  }
}

async function run(folders: readonly string[], options: Options): Promise<void> {
  const reader = openReader(loadSettings().documents);
  const outcomes: Outcome[] = [];
  try {
    for (const file of folders.flatMap(filesIn))
      outcomes.push(...(await measure(reader, file, options.textOnly === true)));
  } finally {
    await reader.close();
  }
  const names = [...new Set(outcomes.map((one) => one.group))];
  const groups = names.map((name) =>
    summaryOf(
      name,
      outcomes.filter((one) => one.group === name),
    ),
  );
  if (options.json === true) {
    printJson({
      bench: 'extraction',
      folders,
      groups,
      total: summaryOf('all', outcomes),
      ...(options.details === true ? { outcomes } : {}),
    });
    return;
  }
  if (options.details === true) printDetails(outcomes, process.cwd());
  printTable([...groups, summaryOf('all', outcomes)]);
}

await benchCommand('bench:extraction', 'Reads e-invoices and compares every field with the XML')
  .argument('[folders...]', 'folders or files with PDF and XML documents', ['samples/invoices'])
  .option('--text-only', 'only the PDFs, by their visible text')
  .option('--details', 'print every document with its wrong fields')
  .action(run)
  .parseAsync();

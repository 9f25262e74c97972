/** Dates as people write them, in German, French, English and Italian. */
import { valuesBeside, type Labelled, type Row } from './text-layout.ts';
import type { DocumentFields, Extraction, Reading } from './types.ts';

/** Whether `03/04/2018` has the day or the month first; `unknown` when nothing in the document tells. */
export type DateOrder = 'day' | 'month' | 'unknown';

const months: readonly (readonly string[])[] = [
  ['januar', 'jänner', 'january', 'janvier', 'gennaio', 'jan', 'janv', 'gen'],
  ['februar', 'february', 'février', 'fevrier', 'febbraio', 'feb', 'févr', 'fév'],
  ['märz', 'maerz', 'march', 'mars', 'marzo', 'mär', 'mar', 'mrz'],
  ['april', 'avril', 'aprile', 'apr', 'avr'],
  ['mai', 'may', 'maggio', 'mag'],
  ['juni', 'june', 'juin', 'giugno', 'jun', 'giu'],
  ['juli', 'july', 'juillet', 'luglio', 'jul', 'juil', 'lug'],
  ['august', 'août', 'aout', 'agosto', 'aug', 'ago'],
  ['september', 'septembre', 'settembre', 'sep', 'sept', 'set'],
  ['oktober', 'october', 'octobre', 'ottobre', 'okt', 'oct', 'ott'],
  ['november', 'novembre', 'nov'],
  ['dezember', 'december', 'décembre', 'decembre', 'dicembre', 'dez', 'dec', 'déc', 'dic'],
];

function monthOf(word: string): number {
  return months.findIndex((names) => names.includes(word.toLowerCase())) + 1;
}

function isoDate(year: string, month: number, day: number): string | undefined {
  const full = year.length === 2 ? `20${year}` : year;
  const text = `${full}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : undefined;
}

function numeric(first: number, second: number, year: string, order: DateOrder): string | undefined {
  if (first > 12 || first === second || order === 'day') return isoDate(year, second, first);
  if (second > 12 || order === 'month') return isoDate(year, first, second);
  return undefined;
}

const written = {
  iso: /(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/u,
  point: /(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})(?![\d.]*\d)/u,
  slash: /(?<![\d/])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])/u,
  dayName: /(?<!\d)(\d{1,2})(?:\.|er|st|nd|rd|th)?\s+(?:de\s+|of\s+)?(\p{L}+)\.?,?\s+(\d{4})(?!\d)/u,
  nameDay: /(\p{L}+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)/u,
};

/** The first date in a text as ISO date; `undefined` for none or one that can be read in two ways. */
export function parseDate(text: string, order: DateOrder): string | undefined {
  const iso = written.iso.exec(text);
  if (iso) return isoDate(iso[1] ?? '', Number(iso[2]), Number(iso[3]));
  const point = written.point.exec(text);
  if (point) return isoDate(point[3] ?? '', Number(point[2]), Number(point[1]));
  const slash = written.slash.exec(text);
  if (slash) return numeric(Number(slash[1]), Number(slash[3]), slash[4] ?? '', order);
  const dayName = written.dayName.exec(text);
  if (dayName && monthOf(dayName[2] ?? '') > 0)
    return isoDate(dayName[3] ?? '', monthOf(dayName[2] ?? ''), Number(dayName[1]));
  const nameDay = written.nameDay.exec(text);
  if (nameDay && monthOf(nameDay[1] ?? '') > 0)
    return isoDate(nameDay[3] ?? '', monthOf(nameDay[1] ?? ''), Number(nameDay[2]));
  return undefined;
}

/** Tells the order of day and month from dates with a part above twelve; else from the language, except English. */
export function dateOrder(rows: readonly Row[], language: Reading['language']): DateOrder {
  const seen = new Set<DateOrder>();
  for (const row of rows) {
    for (const match of row.text.matchAll(new RegExp(written.slash, 'gu'))) {
      if (Number(match[1]) > 12 && Number(match[3]) <= 12) seen.add('day');
      if (Number(match[3]) > 12 && Number(match[1]) <= 12) seen.add('month');
    }
  }
  const [only] = seen;
  if (seen.size === 1 && only !== undefined) return only;
  return seen.size === 0 && language !== null && language !== 'en' ? 'day' : 'unknown';
}

const issueLabel =
  /^(?:rechnungsdatum|belegdatum|ausstellungsdatum|gutschriftsdatum|date de (?:la )?facture|date d['’][ée]mission|date de facturation|invoice date|date of (?:issue|invoice)|issue date|date of invoice|data (?:fattura|documento)|issued (?:at|on))(?![\p{L}])/iu;
const looseIssueLabel = /^(?:datum|date|data)(?=\s*:|\s*$)/iu;
const dueLabel =
  /^(?:f[äa]llig(?:keit|keitsdatum)?(?: am| bis)?|zahlbar bis(?: zum)?|date d['’][ée]ch[ée]ance|[ée]ch[ée]ance|due date|payment due(?: date| by)?|payable by|due on|scadenza)(?![\p{L}])/iu;
/** `Invoice # 4711 issued at …`; between title and date stands the number only, so that no order's date is taken. */
const titleDate =
  /^(?:[\p{L}][\p{L} ()-]*\(\d{2,3}\)|\p{L}*rechnung|gutschrift|rechnungskorrektur|facture|avoir|invoice|credit note|fattura)\s*(?:nr\.?|no\.?|n°|#)?\s*(?=\S*\d)\S+\s+(?:vom|von|du|dated|issued at|issued on|del)\s+(.+)$/iu;
const payBy = /(?:bis zum|bis|until|avant le|au plus tard le|no later than|by)\s+([\d.\p{L} ,/-]+)/giu;

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

function dates(found: readonly Labelled[], order: DateOrder): readonly string[] {
  return distinct(found.map(({ value }) => parseDate(value, order)));
}

/** Due dates in a table: a column headed `Fälligkeit`, the date alone in a cell of the row below. */
function dueColumn(rows: readonly Row[], order: DateOrder): readonly (string | undefined)[] {
  return rows.flatMap((row, index) =>
    row.cells.some((cell, place) => place > 0 && dueLabel.test(cell))
      ? (rows[index + 1]?.cells ?? []).filter((cell) => cell.length <= 10).map((cell) => parseDate(cell, order))
      : [],
  );
}

function payByDates(rows: readonly Row[], order: DateOrder): readonly string[] {
  const asked = rows.filter((row) => /überweis|zahl|pay|remit|règle|regle|netto/iu.test(row.text));
  return distinct(
    asked.flatMap((row) => [...row.text.matchAll(payBy)].map((match) => parseDate(match[1] ?? '', order))),
  );
}

/**
 * Issue date and due date of a text. Proven (0.95) when every labelled issue date agrees and a due date, if one is
 * given, is labelled as such; a due date that only a sentence names is carried, but leaves the group unproven.
 */
export function datesOf(
  rows: readonly Row[],
  language: Reading['language'],
): Extraction<Pick<DocumentFields, 'issueDate' | 'dueDate'>> {
  const order = dateOrder(rows, language);
  const titled = distinct(rows.slice(0, 40).map((row) => parseDate(titleDate.exec(row.text)?.[1] ?? '', order)));
  const beside = valuesBeside(rows, issueLabel);
  const firm = beside.filter(({ where }) => where !== 'near');
  const labelled = distinct([...titled, ...dates(firm, order)]);
  const loose = labelled.length === 0 ? dates([...beside, ...valuesBeside(rows, looseIssueLabel)], order) : [];
  const issueDate =
    labelled.length === 1 ? labelled[0] : labelled.length === 0 && loose.length === 1 ? loose[0] : undefined;

  // A sentence that begins with the label goes on after the date: it is no labelled date.
  const dueLabelled = valuesBeside(rows, dueLabel).filter(({ value }) => value.length <= 24);
  const due = distinct([...dates(dueLabelled, order), ...dueColumn(rows, order)]);
  const mentioned = payByDates(rows, order);
  const single = mentioned.length === 1 ? mentioned[0] : undefined;
  const dueDate = due.length === 1 ? due[0] : due.length === 0 ? single : undefined;
  const dueProven = due.length === 1 || (due.length === 0 && dueDate === undefined);

  const plausible = issueDate === undefined || dueDate === undefined || dueDate >= issueDate;
  const proven = labelled.length === 1 && dueProven && plausible;
  return {
    value: { issueDate: issueDate ?? null, dueDate: plausible ? (dueDate ?? null) : null },
    confidence: issueDate === undefined ? 0 : proven ? 0.95 : labelled.length === 1 ? 0.85 : 0.7,
    problems:
      issueDate === undefined
        ? [{ code: 'missing-issue-date', message: 'no unambiguous issue date found in the text', field: 'issueDate' }]
        : [],
  };
}

/** The item table of a text: rows whose quantity × price gives their net amount. */
import { amountText, quantityText } from './amounts.ts';
import { decimalMark, parseAmount, type Amount, type DecimalMark } from './text-amounts.ts';
import type { Row } from './text-layout.ts';
import { ordered, solve, type Columns, type Solution } from './text-line-sums.ts';
import type { DocumentFields, DocumentLine, Extraction } from './types.ts';

const words = {
  description:
    /^(?:.*\s)?(?:beschreibung|bezeichnung|artikelbeschreibung|artikelbezeichnung|produkt|leistung|description|d[ée]signation|libell[ée]|product|item|service|descrizione)\b/iu,
  quantity: /^(?:menge|anzahl|amount|quantity|qty\.?|quantit[ée]|qt[ée]\.?|quantità)\b/iu,
  price: /(?:preis|price|prix|\bp\.?u\.?\b|prezzo)/iu,
  discount: /(?:^|\s)(?:rabatt|rem\.|remise|disc\.|discount|sconto)/iu,
  article: /^(?:art(?:ikel)?\.?[- ]?nr|artikelnummer|item (?:no|code)|sku|r[ée]f(?:[ée]rence)?\.?$|code)/iu,
  position: /^(?:pos\.?|position|nr\.?|no\.?|#|lfd\.?)$/iu,
};

const tableEnd =
  /^(?:umsatzsteueraufschl|steueraufschl|belegsummen|positionssumme|taxe?\s|rechnungssumme|nettobetrag|netto|net total|net amount|summe|zwischensumme|sub-?total|gesamt|zuzüglich|zzgl|total|montant|tva\b|vat\b|ust\b|mwst|r[èe]glement|payment|notes?|zahlungs|zu- und abschl|imponibile)/iu;
const property = /^(?:•|-\s|\()|\p{L}[\p{L} /-]*\s?:(?:\s|$)|^getLine/u;
/** `GTIN: 4012345001235`: says something about the item, and is no part of its name. */
const attribute = /^\p{L}[\p{L} .-]*\s?:\s*\S*\d\S*$/u;
const code = /^(?=\S*\d)[\p{Lu}\d][\p{Lu}\d\-/._]*$/u;
const unitWord =
  /^(?:stk|stck|stück|st|pcs?|pce|units?|unit\(s\)|liter\(s\)|kg|g|t|l|m|m²|m³|km|h|std|stunden?|hours?|tage?|tag\(e\)|days?|jours?|mon|monate?|psch|pauschal|ea|each|pi[èe]ces?|heures?)\.?$/iu;

interface Header extends Columns {
  readonly row: number;
  readonly hasPosition: boolean;
  /** A column of article numbers, which may run into the description. */
  readonly hasArticle: boolean;
}

function headerOf(row: Row, index: number, rows: readonly Row[]): Header | undefined {
  const place = (word: RegExp): number => row.cells.findIndex((cell) => word.test(cell));
  const [quantity, price] = [place(words.quantity), place(words.price)];
  // Headings wrap: quantity and price may stand a row higher than the rest.
  const above = (rows[index - 1]?.cells ?? []).some((cell) => words.quantity.test(cell));
  if (place(words.description) === -1 || row.cells.length < 3 || (quantity === -1 && price === -1 && !above))
    return undefined;
  return {
    row: index,
    hasPosition: words.position.test(row.cells[0] ?? ''),
    hasDiscount: place(words.discount) !== -1,
    hasArticle: rows
      .slice(Math.max(0, index - 2), index + 3)
      .some((near) => near.cells.some((cell) => words.article.test(cell))),
    quantityFirst: quantity === -1 || price === -1 ? undefined : quantity < price,
  };
}

/** The rows of the item table, over page breaks. */
function tableRows(rows: readonly Row[], header: Header): readonly Row[] {
  const end = rows.findIndex((row, index) => index > header.row && tableEnd.test(row.text));
  return rows
    .slice(header.row + 1, end === -1 ? rows.length : end)
    .filter((row, index, all) => headerOf(row, index, all) === undefined);
}

interface Parts {
  readonly position: string | null;
  readonly texts: readonly string[];
  readonly unit: string | null;
  readonly numbers: readonly Amount[];
}

function partsOf(row: Row, header: Header, mark: DecimalMark): Parts {
  const cells = [...row.cells];
  const position = header.hasPosition && /^\d{1,4}\.?$/u.test(cells[0] ?? '') ? (cells.shift() ?? null) : null;
  const texts: string[] = [];
  const numbers: Amount[] = [];
  let unit: string | null = null;
  for (const cell of cells) {
    const amount = parseAmount(cell, mark);
    if (amount !== undefined && !/^\d{8,}$/u.test(cell)) numbers.push(amount);
    else if (unitWord.test(cell)) unit = cell;
    else texts.push(cell);
  }
  return { position, texts, unit, numbers };
}

/** Quantity and price by their places alone, for lines whose product is another amount; never proven. */
function guess(draft: Draft, header: Header): Solution | undefined {
  const plain = draft.parts.numbers.filter((number) => !number.percent);
  const net = draft.net ?? plain[2];
  const [first, second] = plain;
  if (
    first === undefined ||
    second === undefined ||
    net === undefined ||
    plain.length > (draft.net === undefined ? 3 : 2)
  ) {
    return undefined;
  }
  return { ...ordered(first, second, header, { net, rate: undefined }), exact: false };
}

interface Draft {
  readonly parts: Parts;
  net: Amount | undefined;
  /** Rows of text that may belong to the name. */
  readonly wraps: string[];
  closed: boolean;
  doubtful: boolean;
}

function isLineStart(parts: Parts): boolean {
  const plain = parts.numbers.filter((number) => !number.percent);
  const priced = plain.length < parts.numbers.length && plain.some((number) => number.unit !== null);
  return parts.texts.length > 0 && (plain.length >= 2 || priced);
}

/** Takes a row that starts no line: the net amount set one row lower, a wrapped name, a property, or nothing known. */
function continueDraft(draft: Draft, row: Row, parts: Parts): void {
  const [amount, ...more] = parts.numbers.filter((number) => !number.percent);
  const text = parts.texts.filter((cell) => !code.test(cell) && !property.test(cell) && !cell.startsWith('/'));
  if (/^(?:getLine|•)/u.test(row.text)) return;
  if (amount !== undefined && more.length === 0 && amount.places >= 2 && draft.net === undefined && !draft.closed) {
    draft.net = amount;
    draft.wraps.push(...text);
    draft.closed = true;
    return;
  }
  if (property.test(row.text) && (draft.closed || attribute.test(row.text))) return;
  if (parts.numbers.length > 0) draft.doubtful = true;
  else if (!draft.closed) draft.wraps.push(...parts.texts.filter((cell) => !code.test(cell)));
}

function draftsOf(
  rows: readonly Row[],
  header: Header,
  mark: DecimalMark,
): { drafts: readonly Draft[]; stray: boolean } {
  const drafts: Draft[] = [];
  let stray = false;
  for (const row of rows) {
    const parts = partsOf(row, header, mark);
    const current = drafts.at(-1);
    if (isLineStart(parts)) drafts.push({ parts, net: undefined, wraps: [], closed: false, doubtful: false });
    else if (current !== undefined) continueDraft(current, row, parts);
    else if (parts.numbers.length > 0) stray = true;
    // A position number on a row that starts no line is a line whose cells were torn apart.
    if (parts.position !== null && !isLineStart(parts)) stray = true;
  }
  return { drafts, stray };
}

interface Read {
  readonly line: DocumentLine;
  readonly proven: boolean;
}

/** An article number that ran into the description: `BR-4529-ZFIM-712 Stoßfänger`. */
const runInCode = /^(?=\S*\d)[\p{Lu}\d][\p{Lu}\d\-/._]{2,}\s+(?=\p{L})/u;
const anyCode = /(?<!\S)(?=\S*\d)(?=\S*\p{Lu})[\p{Lu}\d\-/._]{6,}(?!\S)|^\p{Lu}{3,}\s/u;

function describe({ texts }: Parts, wraps: readonly string[], header: Header): { text: string; sure: boolean } {
  const isCoded = texts.length > 1 && code.test(texts[0] ?? '');
  const names = isCoded ? texts.slice(1) : texts;
  const joined = [...names, ...wraps].join(' ').replace(/:$/u, '');
  const mayRunIn = header.hasArticle && !isCoded;
  const text = mayRunIn ? joined.replace(runInCode, '') : joined;
  const single = names.length === 1 && wraps.length === 0 && texts.length <= 2;
  return { text, sure: single && !/[:–]/u.test(text) && !(mayRunIn && (text !== joined || anyCode.test(joined))) };
}

function readDraft(draft: Draft, header: Header): Read {
  const inRow = solve(draft.parts.numbers, undefined, header);
  const solution = inRow ?? solve(draft.parts.numbers, draft.net, header) ?? guess(draft, header);
  const description = describe(draft.parts, draft.wraps, header);
  const net =
    solution?.net ?? draft.net ?? draft.parts.numbers.findLast((number) => !number.percent && number.places >= 2);
  const quantity = solution?.quantity ?? draft.parts.numbers.find((number) => number.unit !== null);
  const rate =
    solution?.rate ?? (header.hasDiscount ? undefined : draft.parts.numbers.find((number) => number.percent));
  return {
    line: {
      description: description.text,
      quantity: quantity === undefined ? null : quantityText(quantity.value),
      unit: quantity?.unit ?? draft.parts.unit,
      unitPrice: solution === undefined ? null : amountText(solution.price.value),
      netAmount: net === undefined ? null : amountText(net.value),
      taxRate: rate === undefined ? null : quantityText(rate.value),
    },
    proven:
      solution?.exact === true &&
      description.sure &&
      !draft.doubtful &&
      solution.net.value.isNeg() === solution.quantity.value.isNeg(),
  };
}

function consecutive(drafts: readonly Draft[], header: Header): boolean {
  if (!header.hasPosition) return true;
  const numbers = drafts.map((draft) =>
    draft.parts.position === null ? Number.NaN : Number.parseInt(draft.parts.position, 10),
  );
  const [first] = numbers;
  return (first === 0 || first === 1) && numbers.every((number, index) => number === first + index);
}

/**
 * Lines of a text. Proven (0.92) when every row of one item table was understood: quantity × price (less a stated
 * discount) is the net amount to the cent, each description ends where its row ends, positions count up without gaps.
 */
export function linesOf(rows: readonly Row[]): Extraction<Pick<DocumentFields, 'lines'>> {
  const mark = decimalMark(rows);
  const headers = rows.map(headerOf).filter((header) => header !== undefined);
  const [header] = headers;
  if (header === undefined) return nothing('no item table found in the text');
  const { drafts, stray } = draftsOf(tableRows(rows, header), header, mark);
  const read = drafts.map((draft) => readDraft(draft, header));
  if (read.length === 0) return nothing('the item table holds no row that could be read');
  // An article number missing from one row only may have run into its description.
  const shapes = new Set(drafts.map((draft) => draft.parts.texts.length));
  const proven = !stray && shapes.size === 1 && consecutive(drafts, header) && read.every((one) => one.proven);
  const complete = read.every(({ line }) => line.netAmount !== null && line.quantity !== null);
  return {
    value: { lines: read.map(({ line }) => line) },
    confidence: proven ? 0.92 : complete ? 0.75 : 0.5,
    problems: [],
  };
}

function nothing(message: string): Extraction<Pick<DocumentFields, 'lines'>> {
  return { value: { lines: [] }, confidence: 0, problems: [{ code: 'missing-lines', message, field: 'lines' }] };
}

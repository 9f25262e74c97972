/** What a document is for the business, by its type code or by its words. */
import { layOut, type Row } from './text-layout.ts';
import type { DocumentKind, Extraction, Reading } from './types.ts';

/** UNTDID 1001 codes that take back; every other code of an e-invoice asks for payment. */
const creditCodes: ReadonlySet<string> = new Set([
  '381',
  '261',
  '262',
  '296',
  '308',
  '396',
  '420',
  '458',
  '532',
  '81',
  '83',
]);

/** The kind that a UNTDID 1001 code names. */
function kindOfType(type: string): 'invoice' | 'creditNote' {
  return creditCodes.has(type) ? 'creditNote' : 'invoice';
}

/** Titles, strongest first. They count at the start of a cell near the top. */
const titles: readonly (readonly [DocumentKind, RegExp])[] = [
  [
    'reminder',
    /^(?:(?:zahlungs)?erinnerung|mahnung|\d\. mahnung|rappel(?: de paiement)?|relance|payment reminder|reminder|overdue notice|sollecito)(?![\p{L}])/iu,
  ],
  ['quote', /^(?:angebot|kostenvoranschlag|devis|offre de prix|quotation|quote|preventivo|offerta)(?![\p{L}])/iu],
  [
    'order',
    /^(?:bestellung|auftragsbestätigung|auftrag|bon de commande|commande|purchase order|order(?: confirmation)?|ordine)(?=\s*(?:$|[:#\d]|nr|n°|no\.|number))/iu,
  ],
  [
    'deliveryNote',
    /^(?:lieferschein|bon de livraison|bordereau de livraison|delivery note|packing slip|bolla|documento di trasporto)(?![\p{L}])/iu,
  ],
  [
    'creditNote',
    /^(?:rechnungskorrektur|storno(?:rechnung)?|gutschrift|avoir|facture d['’]avoir|note de crédit|credit (?:note|memo)|nota di credito)(?![\p{L}])/iu,
  ],
  [
    'invoice',
    /^(?:\p{L}*rechnung|rechnung des \p{L}+|facture(?: (?:proforma|d['’]acompte))?|(?:tax |commercial |pro ?forma )?invoice|fattura)(?=\s*(?:$|[:#(\d]|nr|n°|n\.|no\.|number|[\p{L}]*[-/]?\d|von|vom|du))/iu,
  ],
  [
    'contract',
    /^(?:[\p{L}]*vertrag|vereinbarung|contrat|convention|contract|[\p{L} ]*agreement|contratto)(?=\s*(?:$|[:#\d]|nr|n°|no\.|zwischen|between|entre))/iu,
  ],
  [
    'report',
    /^(?:[\p{L}]*bericht|protokoll|rapport|compte[- ]rendu|(?:annual |quarterly |monthly )?report|minutes|relazione)(?![\p{L}])/iu,
  ],
];

const coded = /^[\p{L}][\p{L} ()-]*\((\d{2,3})\)\s+(?:Nr\.|No\.|n°)/u;
const greeting =
  /^(?:sehr geehrte|liebe[rs]?\s|dear\s|madame|monsieur|chère?\s|gentile|egregio|hello\s|hi\s|hallo\s)/iu;
const closing =
  /(?:mit freundlichen grüßen|freundliche grüße|yours (?:sincerely|faithfully|truly)|(?:kind|best) regards|sincerely|cordialement|salutations|cordiali saluti)/iu;
/** Words by which an invoice shows even when its title was not understood. */
const invoiceTraces =
  /rechnung|invoice|facture|fattura|avoir(?!\p{L})|gutschrift|credit note|amount due|zahlbetrag|net à payer|total ttc|(?<!\p{L})iban(?!\p{L})|ust\.?-?id|(?<!\p{L})mwst|(?<!\p{L})tva(?!\p{L})|umsatzsteuer/giu;

/** Words that name a kind anywhere; at the head of a text they speak against `other`. */
const otherKinds =
  /(?<!\p{L})(?:contract|agreement|\p{L}*vertrag|contrat|\p{L}*bericht|report|rapport|protokoll|angebot|quotation|devis|mahnung|reminder|lieferschein|delivery note|bestellung|purchase order)(?!\p{L})/iu;

interface Hit {
  readonly kind: DocumentKind;
  /** Stands where titles stand and is no sentence. */
  readonly prominent: boolean;
}

function titleHits(rows: readonly Row[]): readonly Hit[] {
  return rows.slice(0, 45).flatMap((row, index) =>
    row.cells.flatMap((cell): Hit[] => {
      const hit = cell.length <= 90 ? titles.find(([, pattern]) => pattern.test(cell)) : undefined;
      return hit === undefined
        ? []
        : [{ kind: hit[0], prominent: index < 12 && cell.length <= 60 && !/[.,;!?]$/u.test(cell) }];
    }),
  );
}

const say = (value: DocumentKind, confidence: number, note?: string): Extraction<DocumentKind> => ({
  value,
  confidence,
  problems: note === undefined ? [] : [{ code: 'uncertain-kind', message: note }],
});

function byTitle(
  hits: readonly Hit[],
  rows: readonly Row[],
  format: Reading['format'],
): Extraction<DocumentKind> | undefined {
  const [first] = hits;
  if (first === undefined) return undefined;
  const kinds = new Set(hits.map((hit) => hit.kind));
  if (first.kind === 'creditNote')
    return say('creditNote', 0.8, 'such a title also heads invoices: self-billing and corrections');
  if (kinds.size === 1 && first.kind === 'invoice') return say('invoice', hasMoney(rows) ? 0.95 : 0.7);
  // Reminders, quotes and orders name invoices and carry amounts; an invoice names orders. A person tells them apart.
  if (kinds.size === 1) return say(first.kind, first.prominent && traces(rows) < 2 && format !== 'email' ? 0.92 : 0.75);
  if (
    first.kind === 'invoice' &&
    ['order', 'deliveryNote'].some((kind) => kinds.has(kind as DocumentKind)) &&
    kinds.size === 2
  )
    return say('invoice', 0.9);
  return say(first.kind, 0.7, `titles of several kinds: ${[...kinds].join(', ')}`);
}

function hasMoney(rows: readonly Row[]): boolean {
  return rows.some((row) => /\d[.,]\d{2}(?:\D|$)/u.test(row.text));
}

function traces(rows: readonly Row[]): number {
  const seen = new Set(
    rows.flatMap((row) => [...row.text.matchAll(invoiceTraces)].map((match) => match[0].toLowerCase())),
  );
  return seen.size;
}

/** Without a title: a letter greets and closes, a report or article runs on in sentences. Traces of an invoice forbid both. */
function byBody(rows: readonly Row[], reading: Reading): Extraction<DocumentKind> {
  const suspicious = traces(rows);
  if (suspicious >= 3 || (suspicious === 2 && hasMoney(rows)))
    return say('invoice', 0.6, 'looks like an invoice, but no title says so');
  const marks = [greeting, closing].map((mark) => rows.some((row) => mark.test(row.text)));
  const letter = marks.every(Boolean);
  const letterLike = marks.some(Boolean);
  if (letter || reading.format === 'email') return say('letter', suspicious === 0 ? 0.92 : 0.75);
  const characters = rows.reduce((total, row) => total + row.text.length, 0);
  if (characters < 20) return say('other', 0.4, 'hardly any text to tell the kind from');
  const named = rows.slice(0, 15).some((row) => otherKinds.test(row.text));
  const prose = characters >= 500 && !letterLike && !named && !hasMoney(rows);
  return say('other', suspicious === 0 && prose ? 0.9 : 0.75);
}

/**
 * Tells the kind of a document. E-invoices say it with their type code. Text says it with its title; the confidence is
 * 0.9 or more only when nothing in the text speaks for another kind, and above all nothing for an unread invoice.
 */
export function classifyReading(reading: Reading): Extraction<DocumentKind> {
  const { structured } = reading;
  if (structured !== null) {
    return structured.type === null
      ? say('invoice', 0.7, 'the e-invoice carries no type code')
      : say(kindOfType(structured.type), 0.99);
  }
  const { rows } = layOut(reading);
  if (rows.length === 0) return say('other', 0.3, 'no text to tell the kind from');
  const types = new Set(
    rows
      .slice(0, 45)
      .map((row) => coded.exec(row.text)?.[1])
      .filter((type) => type !== undefined),
  );
  const [type] = types;
  if (types.size === 1 && type !== undefined) return say(kindOfType(type), 0.95);
  const titled = byTitle(titleHits(rows), rows, reading.format);
  if (reading.format === 'csv')
    return titled?.value === 'invoice' ? say('invoice', 0.7) : say('table', traces(rows) < 2 ? 0.95 : 0.75);
  return titled ?? byBody(rows, reading);
}

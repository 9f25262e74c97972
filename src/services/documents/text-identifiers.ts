/** Number, type code and order reference of a text. */
import { valuesBeside, type Row } from './text-layout.ts';
import type { DocumentFields, Extraction } from './types.ts';

const numberLabel =
  /^(?:(?:rechnungs|gutschrifts?|beleg|korrektur)[- ]?(?:nummer|nr\.?|no\.?)|(?:rechnung|gutschrift)s?\s+(?:nr\.?|no\.?|nummer|#)|re[.-]?nr\.?|(?:facture|avoir)\s+(?:n[°ºo]\.?|num[ée]ro)|(?:n[°ºo]\.?|num[ée]ro)\s+(?:de\s+(?:la\s+)?|d['’])(?:facture|avoir)|(?:invoice|credit note)\s+(?:number|no\.?|nr\.?|#|id)|(?:fattura|nota di credito)\s+(?:n[°.]?|nr\.?|numero)|numero\s+(?:fattura|documento))(?![\p{L}])/iu;
const titleNumber =
  /^(?:rechnung|gutschrift|rechnungskorrektur|stornorechnung|facture|avoir|invoice|credit note|fattura|nota di credito)\s+#?\s*((?=\S*\d)[\p{L}\d][\p{L}\d\-/._]*)(?=$|\s+(?:vom|von|du|dated|issued|del)\b)/iu;
/** `Handelsrechnung (380) Nr. 471102 vom 05.03.2018`: a title that carries its UNTDID 1001 code. */
const codedTitle = /^[\p{L}][\p{L} ()-]*\((\d{2,3})\)\s+(?:Nr\.|No\.|n°)\s+(\S*\d\S*)/iu;
/** Titles of plain commercial invoices; partial, corrected and self-billed ones are called otherwise. */
const plainTitle =
  /^(?:(?:handels)?rechnung|facture|(?:commercial )?invoice|fattura)(?=\s*(?:$|[:#]|nr|n°|no\.|number)|\s+(?=\S*\d)\S+$)/iu;
const orderLabel =
  /^(?:bestellung|bestellnummer|bestell-nr\.?|ihre bestellung|your order|order (?:number|no\.?|reference)|purchase order|po number|num[ée]ro de commande|n[°o] de commande|votre commande|votre r[ée]f[ée]rence|your reference|ordine)(?![\p{L}])/iu;

function firstToken(value: string): string | undefined {
  const cut = value.replace(/^#\s*/u, '').split(/\s+(?:vom|von|du|dated|issued|del|date|datum)\b/iu)[0] ?? '';
  const token = cut.trim();
  return /^[\p{L}\d][\p{L}\d\-/._#]{0,39}$/u.test(token) && /\d/u.test(token) ? token : undefined;
}

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== undefined))];
}

/**
 * Identifiers of a text. Proven (0.95) when one number, and no other, stands beside an invoice number label or in the
 * title. The type is what a title's UNTDID code says; a plain
 * title makes it a commercial invoice, unproven; words such as `Gutschrift` mean two things and make nothing.
 */
export function identifiersOf(
  rows: readonly Row[],
): Extraction<Pick<DocumentFields, 'type' | 'number' | 'orderReference'>> {
  const head = rows.slice(0, 60);
  const coded = head.map((row) => codedTitle.exec(row.text)).filter((match) => match !== null);
  const types = distinct(coded.map((match) => match[1]));
  const isPlain =
    types.length === 0 && head.slice(0, 20).some((row) => row.cells.some((cell) => plainTitle.test(cell)));
  const titled = head.flatMap((row) => row.cells.map((cell) => titleNumber.exec(cell)?.[1]));
  const beside = valuesBeside(rows, numberLabel);
  const labelled = beside.filter(({ where }) => where !== 'near').map(({ value }) => firstToken(value));
  const sure = distinct([...coded.map((match) => match[2]), ...titled, ...labelled]);
  const numbers = sure.length > 0 ? sure : distinct(beside.map(({ value }) => firstToken(value)));
  const orders = distinct(valuesBeside(rows, orderLabel).map(({ value }) => firstToken(value)));

  const number = numbers.length === 1 ? (numbers[0] ?? null) : null;
  return {
    value: {
      type: types.length === 1 ? (types[0] ?? null) : isPlain ? '380' : null,
      number,
      orderReference: orders.length === 1 ? (orders[0] ?? null) : null,
    },
    confidence: number === null ? 0 : sure.length === 1 ? (isPlain ? 0.85 : 0.95) : 0.75,
    problems:
      number === null
        ? [
            numbers.length === 0
              ? { code: 'missing-number', message: 'no number found beside an invoice number label', field: 'number' }
              : {
                  code: 'ambiguous-number',
                  message: `several numbers: ${numbers.slice(0, 3).join(', ')}`,
                  field: 'number',
                },
          ]
        : [],
  };
}

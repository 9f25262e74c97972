/** Italian e-invoices, FatturaPA 1.0 to 1.2 (`FatturaElettronica`). */
import { Decimal } from 'decimal.js';
import { sum, ValueReader } from './amounts.ts';
import { type EInvoice, type EInvoiceLine, lineOf, toEInvoice } from './e-invoice.ts';
import type { InvoiceFigures } from './invoice-totals.ts';
import { all, first, textAt, type XmlElement } from './xml.ts';

/** Italian document types as UNTDID 1001 codes; what has no code of its own there is an invoice or a self-billed one. */
const typeCodes: Readonly<Record<string, string>> = {
  TD01: '380',
  TD02: '386',
  TD03: '386',
  TD04: '381',
  TD05: '383',
  TD06: '380',
  TD16: '389',
  TD17: '389',
  TD18: '389',
  TD19: '389',
  TD20: '389',
  TD21: '389',
  TD22: '389',
  TD23: '389',
  TD24: '380',
  TD25: '380',
  TD26: '380',
  TD27: '389',
  TD28: '389',
};

const isoDate = /^(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?$/;

function partyName(party: XmlElement | undefined): string | null {
  const registry = first(party, 'DatiAnagrafici', 'Anagrafica');
  const person = [textAt(registry, 'Nome'), textAt(registry, 'Cognome')].filter((each) => each !== null).join(' ');
  return textAt(registry, 'Denominazione') ?? (person === '' ? null : person);
}

function taxId(party: XmlElement | undefined): string | null {
  const registry = first(party, 'DatiAnagrafici');
  const code = textAt(registry, 'IdFiscaleIVA', 'IdCodice');
  if (code === null) return textAt(registry, 'CodiceFiscale');
  return `${textAt(registry, 'IdFiscaleIVA', 'IdPaese') ?? ''}${code}`;
}

/** The price after its discounts and surcharges, which apply one after the other. */
function netPrice(element: XmlElement, values: ValueReader): Decimal | null {
  let price = values.decimal(textAt(element, 'PrezzoUnitario'), 'lines');
  for (const step of all(element, 'ScontoMaggiorazione')) {
    if (price === null) return null;
    const percent = values.decimal(textAt(step, 'Percentuale'), 'lines');
    const amount = values.decimal(textAt(step, 'Importo'), 'lines') ?? price.times(percent ?? 0).div(100);
    price = textAt(step, 'Tipo') === 'MG' ? price.plus(amount) : price.minus(amount);
  }
  return price;
}

function readLine(element: XmlElement, values: ValueReader): EInvoiceLine {
  const quantity = values.decimal(textAt(element, 'Quantita'), 'lines');
  const line = lineOf({
    description: textAt(element, 'Descrizione'),
    quantity,
    unit: textAt(element, 'UnitaMisura'),
    unitPrice: netPrice(element, values),
    adjustment: new Decimal(0),
    net: values.decimal(textAt(element, 'PrezzoTotale'), 'lines'),
    taxRate: values.decimal(textAt(element, 'AliquotaIVA'), 'lines'),
  });
  return { ...line, quantity: quantity ?? new Decimal(1) };
}

/** What the net total has besides the lines: pension fund contributions and roundings. */
function beyondLines(body: XmlElement, values: ValueReader): Decimal {
  const funds = all(body, 'DatiGenerali', 'DatiGeneraliDocumento', 'DatiCassaPrevidenziale');
  const rows = all(body, 'DatiBeniServizi', 'DatiRiepilogo');
  return sum([
    ...funds.map((fund) => values.decimal(textAt(fund, 'ImportoContributoCassa'))),
    ...rows.map((row) => values.decimal(textAt(row, 'Arrotondamento'))),
  ]);
}

/** Stamp duty and rounding may or may not be part of the stated total; the rules allow both. */
function beyondTax(general: XmlElement | undefined, difference: Decimal, values: ValueReader): Decimal {
  const stamp = values.decimal(textAt(general, 'DatiBollo', 'ImportoBollo')) ?? new Decimal(0);
  const rounding = values.decimal(textAt(general, 'Arrotondamento')) ?? new Decimal(0);
  const allowed = [stamp, rounding, stamp.plus(rounding)];
  return allowed.find((each) => each.equals(difference)) ?? new Decimal(0);
}

/** Tax withheld by the buyer is part of the total, but may be left out of what is paid. */
function withheld(general: XmlElement | undefined, difference: Decimal, values: ValueReader): Decimal {
  const amounts = all(general, 'DatiRitenuta').map((each) => values.decimal(textAt(each, 'ImportoRitenuta')));
  const total = sum(amounts);
  return total.equals(difference) ? total : new Decimal(0);
}

function readFigures(
  body: XmlElement,
  lines: readonly EInvoiceLine[],
  values: ValueReader,
): Omit<InvoiceFigures, 'lines'> {
  const general = first(body, 'DatiGenerali', 'DatiGeneraliDocumento');
  const taxes = all(body, 'DatiBeniServizi', 'DatiRiepilogo').map((row) => ({
    base: values.decimal(textAt(row, 'ImponibileImporto'), 'netTotal'),
    rate: values.decimal(textAt(row, 'AliquotaIVA'), 'taxTotal'),
    tax: values.decimal(textAt(row, 'Imposta'), 'taxTotal'),
  }));
  const net = sum(taxes.map((row) => row.base));
  const tax = sum(taxes.map((row) => row.tax));
  const grand = values.decimal(textAt(general, 'ImportoTotaleDocumento'), 'grandTotal') ?? net.plus(tax);
  const payments = all(body, 'DatiPagamento', 'DettaglioPagamento').map((each) =>
    values.decimal(textAt(each, 'ImportoPagamento'), 'amountDue'),
  );
  const due = payments.length === 0 ? grand : sum(payments);
  return {
    lineTotal: sum(lines.map((line) => line.net)),
    allowances: null,
    charges: beyondLines(body, values),
    net,
    // Lines are rounded one by one, the summary once.
    netTolerance: new Decimal('0.05'),
    tax,
    grand,
    beyondTax: beyondTax(general, grand.minus(net).minus(tax), values),
    prepaid: withheld(general, grand.minus(due), values),
    rounding: null,
    due,
    taxes,
  };
}

function dueDate(body: XmlElement | undefined, values: ValueReader): string | null {
  const dates = all(body, 'DatiPagamento', 'DettaglioPagamento', 'DataScadenzaPagamento').map((each) => each.text);
  // Instalments have no one due date.
  return new Set(dates).size === 1 ? values.date(dates[0] ?? null, isoDate, 'dueDate') : null;
}

/** Reads the first invoice of a file; more than one is a problem. */
export function readFattura(root: XmlElement): EInvoice {
  const values = new ValueReader();
  const header = first(root, 'FatturaElettronicaHeader');
  const bodies = all(root, 'FatturaElettronicaBody');
  if (bodies.length > 1) {
    values.report('several-invoices', `the file holds ${String(bodies.length)} invoices; the first one is read`);
  }
  const body = bodies[0];
  const general = first(body, 'DatiGenerali', 'DatiGeneraliDocumento');
  const type = textAt(general, 'TipoDocumento');
  const [seller, buyer] = [first(header, 'CedentePrestatore'), first(header, 'CessionarioCommittente')];
  const lines = all(body, 'DatiBeniServizi', 'DettaglioLinee').map((line) => readLine(line, values));
  return toEInvoice({
    header: {
      type: type === null ? null : (typeCodes[type] ?? type),
      number: textAt(general, 'Numero'),
      issueDate: values.date(textAt(general, 'Data'), isoDate, 'issueDate'),
      dueDate: dueDate(body, values),
      seller: partyName(seller),
      buyer: partyName(buyer),
      sellerTaxId: taxId(seller),
      buyerTaxId: taxId(buyer),
      orderReference: textAt(body, 'DatiGenerali', 'DatiOrdineAcquisto', 'IdDocumento'),
      currency: textAt(general, 'Divisa'),
    },
    lines,
    figures: readFigures(body ?? root, lines, values),
    values,
    needsLines: true,
  });
}

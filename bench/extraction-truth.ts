/**
 * The truth about an e-invoice, read straight from its XML by paths. Shares no code with the product, so that a mistake
 * in one of them shows.
 */
import { XMLParser } from 'fast-xml-parser';
import { getDocumentProxy } from 'unpdf';

/** Fields as the XML has them; `null` where it does not say. */
export interface Truth {
  readonly format: 'ubl' | 'cii' | 'fatturapa';
  readonly kind: 'invoice' | 'creditNote';
  readonly type: string | null;
  readonly number: string | null;
  readonly issueDate: string | null;
  readonly seller: string | null;
  readonly buyer: string | null;
  readonly currency: string | null;
  readonly taxTotal: string | null;
  readonly grandTotal: string | null;
  readonly amountDue: string | null;
  readonly lines: readonly TruthLine[];
}

export interface TruthLine {
  readonly description: string | null;
  readonly quantity: string | null;
  readonly netAmount: string | null;
}

interface Node {
  readonly [name: string]: unknown;
}

const parser = new XMLParser({
  ignoreAttributes: false,
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
});

const creditCodes = ['81', '83', '261', '262', '296', '308', '381', '396', '420', '458', '532'];

/** Every element at a path such as `Party/PartyName/Name`; `A|B` takes either name. */
function all(node: unknown, path: string): unknown[] {
  return path.split('/').reduce<unknown[]>(
    (nodes, step) =>
      nodes.flatMap((one) =>
        step.split('|').flatMap((name) => {
          const child = typeof one === 'object' && one !== null ? (one as Node)[name] : undefined;
          return child === undefined ? [] : Array.isArray(child) ? (child as unknown[]) : [child];
        }),
      ),
    [node],
  );
}

function textOf(node: unknown): string | null {
  const text = typeof node === 'object' && node !== null ? (node as Node)['#text'] : node;
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null;
}

function first(node: unknown, path: string): string | null {
  return (
    all(node, path)
      .map(textOf)
      .find((text) => text !== null) ?? null
  );
}

function inCurrency(nodes: readonly unknown[], currency: string | null): string | null {
  const code = (node: unknown): unknown =>
    typeof node === 'object' && node !== null ? (node as Node)['@_currencyID'] : undefined;
  const match = nodes.find((node) => code(node) === currency) ?? nodes.find((node) => code(node) === undefined);
  return textOf(match);
}

function compactDate(text: string | null): string | null {
  const match = /^(\d{4})(\d{2})(\d{2})/.exec(text ?? '');
  return match === null ? text : `${match[1] ?? ''}-${match[2] ?? ''}-${match[3] ?? ''}`;
}

function kindOf(type: string | null): Truth['kind'] {
  return type !== null && creditCodes.includes(type) ? 'creditNote' : 'invoice';
}

function ciiTruth(root: unknown): Truth {
  const head = all(root, 'ExchangedDocument|HeaderExchangedDocument')[0];
  const trade = all(root, 'SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction')[0];
  const agreement = 'ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement';
  const settlement = 'ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement';
  const sums = `${settlement}/SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation`;
  const type = first(head, 'TypeCode');
  const currency = first(trade, `${settlement}/InvoiceCurrencyCode`);
  const lines = all(trade, 'IncludedSupplyChainTradeLineItem').map((line) => ({
    description: first(line, 'SpecifiedTradeProduct/Name'),
    quantity: first(line, 'SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery/BilledQuantity'),
    netAmount: first(
      line,
      'SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement/SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation/LineTotalAmount',
    ),
  }));
  return {
    format: 'cii',
    kind: kindOf(type),
    type,
    number: first(head, 'ID'),
    issueDate: compactDate(first(head, 'IssueDateTime/DateTimeString')),
    seller: first(trade, `${agreement}/SellerTradeParty/Name`),
    buyer: first(trade, `${agreement}/BuyerTradeParty/Name`),
    currency,
    taxTotal: inCurrency(all(trade, `${sums}/TaxTotalAmount`), currency),
    grandTotal: first(trade, `${sums}/GrandTotalAmount`),
    amountDue: first(trade, `${sums}/DuePayableAmount`),
    lines,
  };
}

function ublTruth(root: unknown, isCreditNote: boolean): Truth {
  const type = first(root, 'InvoiceTypeCode|CreditNoteTypeCode');
  const currency = first(root, 'DocumentCurrencyCode');
  const party = (role: string): string | null =>
    first(root, `${role}/Party/PartyLegalEntity/RegistrationName`) ?? first(root, `${role}/Party/PartyName/Name`);
  return {
    format: 'ubl',
    kind: isCreditNote ? 'creditNote' : kindOf(type),
    type,
    number: first(root, 'ID'),
    issueDate: first(root, 'IssueDate'),
    seller: party('AccountingSupplierParty'),
    buyer: party('AccountingCustomerParty'),
    currency,
    taxTotal: inCurrency(all(root, 'TaxTotal/TaxAmount'), currency),
    grandTotal: first(root, 'LegalMonetaryTotal/TaxInclusiveAmount'),
    amountDue: first(root, 'LegalMonetaryTotal/PayableAmount'),
    lines: all(root, 'InvoiceLine|CreditNoteLine').map((line) => ({
      description: first(line, 'Item/Name'),
      quantity: first(line, 'InvoicedQuantity|CreditedQuantity'),
      netAmount: first(line, 'LineExtensionAmount'),
    })),
  };
}

/** Exact sum of decimal strings in millionths, which is finer than any amount in a FatturaPA. */
function added(values: readonly unknown[]): string | null {
  const millionths = values.map((value) => Math.round(Number(textOf(value)) * 1e6));
  return values.length === 0 ? null : (millionths.reduce((total, value) => total + value, 0) / 1e6).toFixed(2);
}

function fatturaTruth(root: unknown): Truth {
  const body = all(root, 'FatturaElettronicaBody')[0];
  const document = all(body, 'DatiGenerali/DatiGeneraliDocumento')[0];
  const italian = first(document, 'TipoDocumento');
  const party = (role: string): string | null => {
    const name = all(root, `FatturaElettronicaHeader/${role}/DatiAnagrafici/Anagrafica`)[0];
    return (
      first(name, 'Denominazione') ?? ([first(name, 'Nome'), first(name, 'Cognome')].filter(Boolean).join(' ') || null)
    );
  };
  const isCredit = italian === 'TD04' || italian === 'TD08';
  return {
    format: 'fatturapa',
    kind: isCredit ? 'creditNote' : 'invoice',
    // The Italian codes are no UNTDID codes: only the kind is compared.
    type: null,
    number: first(document, 'Numero'),
    issueDate: first(document, 'Data'),
    seller: party('CedentePrestatore'),
    buyer: party('CessionarioCommittente'),
    currency: first(document, 'Divisa'),
    taxTotal: added(all(body, 'DatiBeniServizi/DatiRiepilogo/Imposta')),
    grandTotal: first(document, 'ImportoTotaleDocumento'),
    amountDue: added(all(body, 'DatiPagamento/DettaglioPagamento/ImportoPagamento')),
    lines: all(body, 'DatiBeniServizi/DettaglioLinee').map((line) => ({
      description: first(line, 'Descrizione'),
      quantity: first(line, 'Quantita'),
      netAmount: first(line, 'PrezzoTotale'),
    })),
  };
}

function decode(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const declared = /encoding=["']([\w-]+)["']/.exec(head)?.[1] ?? 'utf-8';
  return new TextDecoder(declared).decode(bytes);
}

/** The truth in an XML e-invoice; `undefined` for any other XML. */
export function truthOfXml(bytes: Uint8Array): Truth | undefined {
  const tree = parser.parse(decode(bytes)) as Node;
  const cii = tree['CrossIndustryInvoice'] ?? tree['CrossIndustryDocument'];
  if (cii !== undefined) return ciiTruth(cii);
  if (tree['Invoice'] !== undefined) return ublTruth(tree['Invoice'], false);
  if (tree['CreditNote'] !== undefined) return ublTruth(tree['CreditNote'], true);
  const fattura = tree['FatturaElettronica'];
  return fattura === undefined ? undefined : fatturaTruth(fattura);
}

/** The part of a PDF that is used here; the package's own types need a browser's. */
interface Attachments {
  getAttachments(): Promise<Readonly<Record<string, { filename: string; content: Uint8Array }>> | null>;
  destroy(): Promise<void>;
}

/** The truth in the first e-invoice that a PDF carries. */
export async function truthOfPdf(bytes: Uint8Array): Promise<Truth | undefined> {
  const opened: unknown = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 });
  const pdf = opened as Attachments;
  try {
    const attached = await pdf.getAttachments();
    // A newer e-invoice stands beside an older one for readers that know only that.
    const files = Object.values(attached ?? {}).sort(
      (a, b) => Number(a.filename.startsWith('ZUGFeRD')) - Number(b.filename.startsWith('ZUGFeRD')),
    );
    for (const { filename, content } of files) {
      const truth = filename.toLowerCase().endsWith('.xml') ? truthOfXml(content) : undefined;
      if (truth !== undefined) return truth;
    }
    return undefined;
  } finally {
    await pdf.destroy();
  }
}

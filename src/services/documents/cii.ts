/** Cross Industry Invoice: ZUGFeRD 1.0 (`CrossIndustryDocument`), ZUGFeRD 2, Factur-X, XRechnung (`CrossIndustryInvoice`). */
import { Decimal } from 'decimal.js';
import { sum, ValueReader } from './amounts.ts';
import {
  type EInvoice,
  type EInvoiceLine,
  type EInvoiceParts,
  foreignElements,
  lineOf,
  toEInvoice,
} from './e-invoice.ts';
import type { InvoiceFigures } from './invoice-totals.ts';
import type { DocumentFields } from './types.ts';
import { all, first, textAt, type XmlElement } from './xml.ts';

/** Local names of the roots read here; the last one is Order-X. */
export const ciiRoots = ['CrossIndustryInvoice', 'CrossIndustryDocument', 'SCRDMCCBDACIOMessageStructure'] as const;

const vocabulary = /^urn:(?:un:unece:uncefact:|ferd:CrossIndustryDocument:)/;
const profiles = [
  /^urn:cen\.eu:en16931:2017(?:$|#)/,
  /^urn:(?:factur-x\.eu|zugferd\.de):\d+p\d+:\w+$/,
  /^urn:ferd:(?:CrossIndustryDocument:invoice|invoice):1p0:(?:basic|comfort|extended)$/,
  /^urn:ferd:CrossIndustryDocument:invoice:1p0$/,
  /^urn:order-x\.eu:\d+p\d+:\w+$/,
];
const withoutLines = /:(?:minimum|basicwl)$/i;

/** ZUGFeRD 1.0, 2.x and Order-X name the same parts differently. */
const names = {
  document: ['ExchangedDocument', 'HeaderExchangedDocument'],
  context: ['ExchangedDocumentContext', 'SpecifiedExchangedDocumentContext'],
  transaction: ['SupplyChainTradeTransaction', 'SpecifiedSupplyChainTradeTransaction'],
  agreement: ['ApplicableHeaderTradeAgreement', 'ApplicableSupplyChainTradeAgreement'],
  settlement: ['ApplicableHeaderTradeSettlement', 'ApplicableSupplyChainTradeSettlement'],
  totals: ['SpecifiedTradeSettlementHeaderMonetarySummation', 'SpecifiedTradeSettlementMonetarySummation'],
  lineAgreement: ['SpecifiedLineTradeAgreement', 'SpecifiedSupplyChainTradeAgreement'],
  lineDelivery: ['SpecifiedLineTradeDelivery', 'SpecifiedSupplyChainTradeDelivery'],
  lineSettlement: ['SpecifiedLineTradeSettlement', 'SpecifiedSupplyChainTradeSettlement'],
  lineTotals: ['SpecifiedTradeSettlementLineMonetarySummation', 'SpecifiedTradeSettlementMonetarySummation'],
} as const;

function part(element: XmlElement | undefined, name: keyof typeof names): XmlElement | undefined {
  return element?.children.find((child) => (names[name] as readonly string[]).includes(child.name));
}

function readDate(element: XmlElement | undefined, field: 'issueDate' | 'dueDate', values: ValueReader): string | null {
  const date = element?.children[0];
  if (date === undefined || date.text === '') return null;
  const format = date.attributes.get('format');
  if (date.name === 'DateTime') return values.date(date.text, /^(\d{4})-(\d{2})-(\d{2})(?:T.*)?$/, field);
  if (format !== '102') {
    values.report(
      'bad-date',
      `the date “${date.text.slice(0, 40)}” does not say in a known way how it is written`,
      field,
    );
    if (format !== undefined) return null;
  }
  return values.date(date.text, /^(\d{4})(\d{2})(\d{2})$/, field);
}

function taxId(party: XmlElement | undefined): string | null {
  const ids = all(party, 'SpecifiedTaxRegistration', 'ID');
  const id = ids.find((each) => each.attributes.get('schemeID') === 'VA') ?? ids[0];
  return id === undefined || id.text === '' ? null : id.text;
}

/** Charges minus allowances. */
function adjustments(elements: readonly XmlElement[], values: ValueReader): Decimal {
  const amounts = elements.map((element) => {
    const amount = values.decimal(textAt(element, 'ActualAmount'), 'lines');
    const isCharge = textAt(element, 'ChargeIndicator', 'Indicator') === 'true';
    return isCharge ? amount : (amount?.negated() ?? null);
  });
  return sum(amounts);
}

function readLine(element: XmlElement, values: ValueReader): EInvoiceLine {
  const price = first(part(element, 'lineAgreement'), 'NetPriceProductTradePrice');
  const delivery = part(element, 'lineDelivery');
  const settlement = part(element, 'lineSettlement');
  const tax = first(settlement, 'ApplicableTradeTax');
  const quantity = first(delivery, 'BilledQuantity') ?? first(delivery, 'RequestedQuantity');
  const amount = values.decimal(textAt(price, 'ChargeAmount'), 'lines');
  const basis = values.decimal(textAt(price, 'BasisQuantity'), 'lines') ?? new Decimal(1);
  const rate = textAt(tax, 'RateApplicablePercent') ?? textAt(tax, 'ApplicablePercent');
  const product = first(element, 'SpecifiedTradeProduct');
  const line = lineOf({
    description: textAt(product, 'Name') ?? textAt(product, 'Description') ?? lineNote(element),
    quantity: values.decimal(quantity?.text ?? null, 'lines'),
    unit: quantity?.attributes.get('unitCode') ?? null,
    unitPrice: amount === null || basis.isZero() ? amount : amount.div(basis),
    adjustment: adjustments(all(settlement, 'SpecifiedTradeAllowanceCharge'), values),
    net: values.decimal(textAt(part(settlement, 'lineTotals'), 'LineTotalAmount'), 'lines'),
    taxRate: values.decimal(rate, 'lines'),
  });
  const reason = textAt(element, 'AssociatedDocumentLineDocument', 'LineStatusReasonCode');
  // Such lines repeat what others say, so the lines no longer add up to the total.
  return reason === 'GROUP' || reason === 'INFORMATION' ? { ...line, net: null } : line;
}

function lineNote(element: XmlElement): string | null {
  return textAt(element, 'AssociatedDocumentLineDocument', 'IncludedNote', 'Content');
}

function taxTotalText(totals: XmlElement | undefined, currency: string | null): string | null {
  const amounts = all(totals, 'TaxTotalAmount');
  const own = amounts.find((amount) => amount.attributes.get('currencyID') === currency);
  const chosen = own ?? amounts.find((amount) => !amount.attributes.has('currencyID')) ?? amounts[0];
  return chosen === undefined || chosen.text === '' ? null : chosen.text;
}

function readFigures(
  settlement: XmlElement | undefined,
  currency: string | null,
  values: ValueReader,
): Omit<InvoiceFigures, 'lines'> {
  const totals = part(settlement, 'totals');
  const total = (name: string, field?: keyof DocumentFields) => values.decimal(textAt(totals, name), field);
  const service = all(settlement, 'SpecifiedLogisticsServiceCharge').map((charge) =>
    values.decimal(textAt(charge, 'AppliedAmount')),
  );
  return {
    lineTotal: total('LineTotalAmount', 'netTotal'),
    allowances: total('AllowanceTotalAmount'),
    charges: total('ChargeTotalAmount') ?? (service.length === 0 ? null : sum(service)),
    net: total('TaxBasisTotalAmount', 'netTotal'),
    tax: values.decimal(taxTotalText(totals, currency), 'taxTotal'),
    grand: total('GrandTotalAmount', 'grandTotal'),
    prepaid: total('TotalPrepaidAmount'),
    rounding: total('RoundingAmount'),
    due: total('DuePayableAmount', 'amountDue'),
    taxes: all(settlement, 'ApplicableTradeTax').map((tax) => ({
      base: values.decimal(textAt(tax, 'BasisAmount'), 'taxTotal'),
      rate: values.decimal(textAt(tax, 'RateApplicablePercent') ?? textAt(tax, 'ApplicablePercent'), 'taxTotal'),
      tax: values.decimal(textAt(tax, 'CalculatedAmount'), 'taxTotal'),
    })),
  };
}

function readHeader(root: XmlElement, values: ValueReader): EInvoiceParts['header'] {
  const document = part(root, 'document');
  const transaction = part(root, 'transaction');
  const agreement = part(transaction, 'agreement');
  const settlement = part(transaction, 'settlement');
  const order = first(agreement, 'BuyerOrderReferencedDocument');
  const due = all(settlement, 'SpecifiedTradePaymentTerms', 'DueDateDateTime')[0];
  const [seller, buyer] = [first(agreement, 'SellerTradeParty'), first(agreement, 'BuyerTradeParty')];
  return {
    type: textAt(document, 'TypeCode'),
    number: textAt(document, 'ID'),
    issueDate: readDate(first(document, 'IssueDateTime'), 'issueDate', values),
    dueDate: readDate(due, 'dueDate', values),
    seller: textAt(seller, 'Name'),
    buyer: textAt(buyer, 'Name'),
    sellerTaxId: taxId(seller),
    buyerTaxId: taxId(buyer),
    orderReference: textAt(order, 'IssuerAssignedID') ?? textAt(order, 'ID'),
    currency: textAt(settlement, 'InvoiceCurrencyCode') ?? textAt(settlement, 'OrderCurrencyCode'),
  };
}

/** Reads a Cross Industry Invoice of any version. */
export function readCii(root: XmlElement): EInvoice {
  const values = new ValueReader();
  const header = readHeader(root, values);
  const transaction = part(root, 'transaction');
  const profile = textAt(part(root, 'context'), 'GuidelineSpecifiedDocumentContextParameter', 'ID') ?? '';
  if (!profiles.some((known) => known.test(profile))) {
    values.report('unknown-profile', `the profile “${profile.slice(0, 100)}” is none that the standards name`);
  }
  values.problems.push(...foreignElements(root, vocabulary, 'Signature'));
  return toEInvoice({
    header,
    lines: all(transaction, 'IncludedSupplyChainTradeLineItem').map((line) => readLine(line, values)),
    figures: readFigures(part(transaction, 'settlement'), header.currency, values),
    values,
    needsLines: !withoutLines.test(profile),
  });
}

/** UBL 2 `Invoice` and `CreditNote`. */
import { Decimal } from 'decimal.js';
import { sum, ValueReader } from './amounts.ts';
import { type EInvoice, type EInvoiceLine, foreignElements, lineOf, toEInvoice } from './e-invoice.ts';
import type { InvoiceFigures } from './invoice-totals.ts';
import type { DocumentFields } from './types.ts';
import { all, first, textAt, type XmlElement } from './xml.ts';

/** Namespaces of the roots read here. */
export const ublNamespace = /^urn:oasis:names:specification:ubl:schema:xsd:(?:Invoice|CreditNote)-2$/;

const vocabulary = /^urn:oasis:names:specification:ubl:schema:xsd:/;
const creditNoteCodes = ['81', '83', '261', '262', '296', '308', '381', '396', '420', '458', '502', '503', '532'];
const isoDate = /^(\d{4})-(\d{2})-(\d{2})(?:Z|[+-]\d{2}:\d{2})?$/;

function partyName(party: XmlElement | undefined): string | null {
  return textAt(party, 'PartyLegalEntity', 'RegistrationName') ?? textAt(party, 'PartyName', 'Name');
}

function taxId(party: XmlElement | undefined): string | null {
  const schemes = all(party, 'PartyTaxScheme');
  const vat = schemes.find((scheme) => textAt(scheme, 'TaxScheme', 'ID') === 'VAT');
  return textAt(vat ?? schemes[0], 'CompanyID');
}

/** Charges minus allowances. */
function adjustments(element: XmlElement, values: ValueReader): Decimal {
  const amounts = all(element, 'AllowanceCharge').map((each) => {
    const amount = values.decimal(textAt(each, 'Amount'), 'lines');
    return textAt(each, 'ChargeIndicator') === 'true' ? amount : (amount?.negated() ?? null);
  });
  return sum(amounts);
}

function readLine(element: XmlElement, values: ValueReader): EInvoiceLine {
  const quantity = first(element, 'InvoicedQuantity') ?? first(element, 'CreditedQuantity');
  const item = first(element, 'Item');
  const price = values.decimal(textAt(element, 'Price', 'PriceAmount'), 'lines');
  const basis = values.decimal(textAt(element, 'Price', 'BaseQuantity'), 'lines') ?? new Decimal(1);
  return lineOf({
    description: textAt(item, 'Name') ?? textAt(item, 'Description') ?? textAt(element, 'Note'),
    quantity: values.decimal(quantity?.text ?? null, 'lines'),
    unit: quantity?.attributes.get('unitCode') ?? null,
    unitPrice: price === null || basis.isZero() ? price : price.div(basis),
    adjustment: adjustments(element, values),
    net: values.decimal(textAt(element, 'LineExtensionAmount'), 'lines'),
    taxRate: values.decimal(textAt(item, 'ClassifiedTaxCategory', 'Percent'), 'lines'),
  });
}

function readFigures(root: XmlElement, currency: string | null, values: ValueReader): Omit<InvoiceFigures, 'lines'> {
  const totals = first(root, 'LegalMonetaryTotal');
  const total = (name: string, field?: keyof DocumentFields) => values.decimal(textAt(totals, name), field);
  const taxTotals = all(root, 'TaxTotal');
  const inCurrency = taxTotals.filter((each) => first(each, 'TaxAmount')?.attributes.get('currencyID') === currency);
  const taxTotal = inCurrency[0] ?? taxTotals[0];
  return {
    lineTotal: total('LineExtensionAmount', 'netTotal'),
    allowances: total('AllowanceTotalAmount'),
    charges: total('ChargeTotalAmount'),
    net: total('TaxExclusiveAmount', 'netTotal'),
    tax: values.decimal(textAt(taxTotal, 'TaxAmount'), 'taxTotal'),
    grand: total('TaxInclusiveAmount', 'grandTotal'),
    prepaid: total('PrepaidAmount'),
    rounding: total('PayableRoundingAmount'),
    due: total('PayableAmount', 'amountDue'),
    taxes: all(taxTotal, 'TaxSubtotal').map((row) => ({
      base: values.decimal(textAt(row, 'TaxableAmount'), 'taxTotal'),
      rate: values.decimal(textAt(row, 'TaxCategory', 'Percent'), 'taxTotal'),
      tax: values.decimal(textAt(row, 'TaxAmount'), 'taxTotal'),
    })),
  };
}

/** Amounts may say in which currency they are; one that says another than the document is read wrongly. */
function checkCurrencies(root: XmlElement, currency: string | null, values: ValueReader): void {
  const amounts = first(root, 'LegalMonetaryTotal')?.children ?? [];
  const other = amounts.find((amount) => (amount.attributes.get('currencyID') ?? currency) !== currency);
  if (other === undefined) return;
  values.report('currency-mismatch', `the totals are in ${other.attributes.get('currencyID') ?? ''}`, 'currency');
}

/** Reads a UBL invoice or credit note. */
export function readUbl(root: XmlElement): EInvoice {
  const values = new ValueReader();
  const isCreditNote = root.name === 'CreditNote';
  const type = textAt(root, isCreditNote ? 'CreditNoteTypeCode' : 'InvoiceTypeCode');
  if (type !== null && creditNoteCodes.includes(type) !== isCreditNote) {
    values.report('type-mismatch', `the type code ${type} does not belong in a UBL ${root.name}`, 'type');
  }
  const [seller, buyer] = ['AccountingSupplierParty', 'AccountingCustomerParty'].map((name) =>
    first(root, name, 'Party'),
  );
  const currency = textAt(root, 'DocumentCurrencyCode');
  const due = textAt(root, 'DueDate') ?? textAt(root, 'PaymentMeans', 'PaymentDueDate');
  checkCurrencies(root, currency, values);
  values.problems.push(...foreignElements(root, vocabulary, 'UBLExtensions'));
  return toEInvoice({
    header: {
      type,
      number: textAt(root, 'ID'),
      issueDate: values.date(textAt(root, 'IssueDate'), isoDate, 'issueDate'),
      dueDate: values.date(due, isoDate, 'dueDate'),
      seller: partyName(seller),
      buyer: partyName(buyer),
      sellerTaxId: taxId(seller),
      buyerTaxId: taxId(buyer),
      orderReference: textAt(root, 'OrderReference', 'ID'),
      currency,
    },
    lines: all(root, `${root.name}Line`).map((line) => readLine(line, values)),
    figures: readFigures(root, currency, values),
    values,
    needsLines: true,
  });
}

/** Totals of a text, taken only where label and arithmetic agree. */
import { Decimal } from 'decimal.js';
import { amountText, sum } from './amounts.ts';
import { currencyOf, decimalMark, parseAmount, parseMoney, type DecimalMark } from './text-amounts.ts';
import type { Row } from './text-layout.ts';
import type { DocumentFields, Extraction, Problem } from './types.ts';

type Role = 'net' | 'tax' | 'grand' | 'due' | 'paid' | 'adjustment';

/** Labels are matched whole: `Gesamtbetrag der Abschläge` is not `Gesamtbetrag`. */
const labels: Readonly<Record<Role, RegExp>> = {
  net: /^(?:rechnungssumme ohne ust\.?|(?:gesamt|rechnungs)?(?:summe|betrag)?\s*-?\s*netto(?:betrag|summe)?(?: gesamt)?|nettobetrag|summe netto|gesamt netto|zwischensumme(?: netto)?|netto|rechnungssumme netto(?: \(.*\))?|total (?:net )?h\.?t\.?|montant (?:total )?h\.?t\.?|sous-total(?: h\.?t\.?)?|net total|total net|net amount|total excl(?:uding|\.)? (?:vat|tax)|sub-?total|imponibile|totale imponibile)$/iu,
  tax: /^(?:steuerbetrag|(?:summe |gesamt )?(?:ust\.?|mwst\.?|umsatzsteuer|mehrwertsteuer)(?: gesamt|betrag|-betrag)?|(?:zzgl\.?|zuzüglich)(?: \d+(?:[.,]\d+)? ?%)? (?:ust\.?|mwst\.?|umsatzsteuer|mehrwertsteuer)(?: \d+(?:[.,]\d+)? ?%)?|(?:ust\.?|mwst\.?|umsatzsteuer|mehrwertsteuer|vat|tva|iva|sales tax) \(?\d+(?:[.,]\d+)? ?%\)?|\d+(?:[.,]\d+)? ?% (?:ust\.?|mwst\.?|umsatzsteuer|mehrwertsteuer|vat|tva)|total taxes?|total tva|montant tva|tva|tax total|total tax|vat total|total vat|vat|vat amount|tax|imposta|totale iva|iva)$/iu,
  grand:
    /^(?:bruttosumme|gesamtbetrag(?: brutto)?|rechnungsbetrag(?: brutto)?|rechnungsgesamtbetrag|gesamtsumme|gesamt(?: brutto)?|endbetrag|summe brutto|bruttobetrag|brutto|rechnungssumme brutto(?: \(.*\))?|total (?:t\.?t\.?c\.?)|montant (?:total )?t\.?t\.?c\.?|total|grand total|total amount|invoice total|gross total|gross amount|total incl(?:uding|\.)? (?:vat|tax)|totale(?: fattura| documento)?)$/iu,
  due: /^(?:zahlbetrag|offener betrag|zu zahlen(?:der betrag)?|noch zu zahlen|restbetrag|zahlbar|solde [àa] payer|net [àa] payer|reste [àa] payer|montant d[ûu]|amount due|balance due|total due|amount payable|due payable|payable amount|residual|netto a pagare|importo dovuto)$/iu,
  paid: /^(?:erhaltene anzahlungen|anzahlung(?:en)?|bereits bezahlt|abzüglich anzahlung|gezahlt|offene zahlungen|acomptes?(?: vers[ée]s?)?|d[ée]j[àa] (?:pay[ée]|r[ée]gl[ée])|prepaid(?: amount)?|amount paid|paid|deposit|payments?|acconto|rundung|rundungsbetrag|rounding)$/iu,
  adjustment:
    /^(?:gesamtbetrag der (?:zuschläge|abschläge)|zuschläge|abschläge|rabatt|versand(?:kosten)?|fracht|remise|frais de port|discount|shipping|freight)$/iu,
};

interface Candidate {
  readonly role: Role;
  readonly value: Decimal;
  readonly row: number;
}

function roleOf(label: string): Role | undefined {
  const bare = label
    .replace(/\s*\b(?:EUR|USD|GBP|CHF)\b\s*|[€$£]/gu, ' ')
    .replace(/[:\s]+$/u, '')
    .trim();
  return (Object.keys(labels) as Role[]).find((role) => labels[role].test(bare));
}

/** Splits `Nettobetrag: 496,00 €` when label and amount share a cell. */
function labelAndMoney(cell: string, mark: DecimalMark): { label: string; value: Decimal } | undefined {
  const match = /^(\D.*?)[:\s]\s*([-+–]?\s*(?:EUR|€|\$|£)?\s*\d[\d.,'’ ]*(?:\s*(?:EUR|€|\$|£|USD|GBP|CHF))?)$/u.exec(
    cell,
  );
  const value = match?.[2] === undefined ? undefined : parseMoney(match[2], mark);
  return match?.[1] === undefined || value === undefined ? undefined : { label: match[1], value };
}

function candidatesOf(rows: readonly Row[], mark: DecimalMark): readonly Candidate[] {
  return rows.flatMap((row, index) =>
    row.cells.flatMap((cell, place): Candidate[] => {
      const joined = labelAndMoney(cell, mark);
      const joinedRole = joined === undefined ? undefined : roleOf(joined.label);
      if (joined !== undefined && joinedRole !== undefined)
        return [{ role: joinedRole, value: joined.value, row: index }];
      const role = roleOf(cell);
      const following = row.cells.slice(place + 1).filter((next) => !/^(?:EUR|USD|GBP|CHF|[€$£:])$/u.test(next));
      const [next, ...more] = following;
      // `TVA 20 % 100,00 20,00` is a row of the breakdown, not a total.
      if (role === undefined || next === undefined || more.some((other) => parseMoney(other, mark))) return [];
      const value = parseMoney(next, mark);
      return value === undefined ? [] : [{ role, value, row: index }];
    }),
  );
}

interface TaxRow {
  readonly base: Decimal;
  readonly tax: Decimal;
}

/** Rows of the tax breakdown: a rate, a base and a tax for which rate × base = tax to the cent. */
function breakdownOf(rows: readonly Row[], mark: DecimalMark): readonly TaxRow[] {
  return rows.flatMap((row): TaxRow[] => {
    const inText = /(\d{1,2}(?:[.,]\d{1,2})?)\s*%/u.exec(row.text)?.[1];
    const amounts = row.cells.map((cell) => parseAmount(cell, mark)).filter((amount) => amount !== undefined);
    const money = amounts.filter((amount) => amount.places >= 2 && !amount.percent).map((amount) => amount.value);
    const bare = amounts.filter((amount) => amount.percent || amount.places < 2).map((amount) => amount.value);
    const rates = [...bare, ...(inText === undefined ? [] : [new Decimal(inText.replace(',', '.'))])];
    const [base, tax] = money.slice(-2);
    if (base === undefined || tax === undefined || money.length < 2 || money.length > 4) return [];
    const holds = rates.some((rate) => rate.lt(40) && base.mul(rate).div(100).minus(tax).abs().lte('0.005'));
    return holds && row.cells.length <= 6 ? [{ base, tax }] : [];
  });
}

/** More amounts than this under one kind of label are a list, not the totals of one invoice. */
const mostCandidates = 12;

function unique(candidates: readonly Candidate[], role: Role): readonly Decimal[] {
  const seen = new Map(candidates.filter((one) => one.role === role).map((one) => [one.value.toFixed(4), one.value]));
  return seen.size > mostCandidates ? [] : [...seen.values()];
}

interface Triple {
  readonly net: Decimal;
  readonly tax: Decimal;
  readonly grand: Decimal;
}

/**
 * Every way in which labelled amounts fulfil net + tax = grand; several tax labels may be the parts of one tax.
 * Without a tax label the sum of the breakdown stands in, without a grand total the amount due.
 */
function triplesOf(candidates: readonly Candidate[], summed: readonly Decimal[]): readonly Triple[] {
  const taxes = unique(candidates, 'tax');
  const parts = candidates.filter((one) => one.role === 'tax').map((one) => one.value);
  const options = [...taxes, ...(parts.length > 1 ? [sum(parts)] : []), ...(parts.length === 0 ? summed : [])];
  const grands = unique(candidates, 'grand');
  const totals = grands.length > 0 ? grands : unique(candidates, 'due');
  const found = unique(candidates, 'net').flatMap((net) =>
    options.flatMap((tax) => totals.filter((grand) => net.plus(tax).eq(grand)).map((grand) => ({ net, tax, grand }))),
  );
  return [...new Map(found.map((triple) => [`${triple.net.toFixed(4)} ${triple.tax.toFixed(4)}`, triple])).values()];
}

type Totals = Pick<DocumentFields, 'currency' | 'netTotal' | 'taxTotal' | 'grandTotal' | 'amountDue'>;

function dueProven(due: readonly Decimal[], grand: Decimal, candidates: readonly Candidate[]): boolean {
  const [only] = due;
  if (only === undefined || due.length > 1) return false;
  const paid = sum(unique(candidates, 'paid').map((value) => value.abs()));
  return only.eq(grand.minus(paid)) || (only.eq(grand) && paid.isZero());
}

function single(values: readonly Decimal[]): Decimal | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/**
 * Totals of a text. Proven (0.95): the currency is explicit, exactly one set of labelled amounts fulfils
 * net + tax = grand, the tax breakdown recomputes to the same net and tax, and the labelled amount due is the grand
 * total less what was paid.
 */
export function totalsOf(rows: readonly Row[]): Extraction<Totals> {
  const mark = decimalMark(rows);
  const currency = currencyOf(rows);
  const candidates = candidatesOf(rows, mark);
  const breakdown = breakdownOf(rows, mark);
  const triples = triplesOf(candidates, breakdown.length > 0 ? [sum(breakdown.map(({ tax }) => tax))] : []);
  const triple = triples.length === 1 ? triples[0] : undefined;
  const due = unique(candidates, 'due');

  const recomputed =
    triple !== undefined &&
    breakdown.length > 0 &&
    sum(breakdown.map(({ base }) => base)).eq(triple.net) &&
    sum(breakdown.map(({ tax }) => tax)).eq(triple.tax);
  const proven =
    triple !== undefined && recomputed && currency !== undefined && dueProven(due, triple.grand, candidates);

  const net = triple?.net ?? single(unique(candidates, 'net'));
  const tax = triple?.tax ?? single(unique(candidates, 'tax'));
  const grand =
    triple?.grand ??
    single(unique(candidates, 'grand')) ??
    (net === undefined || tax === undefined ? undefined : net.plus(tax));
  const implied = unique(candidates, 'paid').length === 0 && due.length === 0 ? grand : undefined;
  const amountDue = single(due) ?? implied;
  const text = (value: Decimal | undefined): string | null => (value === undefined ? null : amountText(value));
  return {
    value: {
      currency: currency?.code ?? null,
      netTotal: text(net),
      taxTotal: text(tax),
      grandTotal: text(grand),
      amountDue: text(amountDue),
    },
    confidence: proven ? 0.95 : triple !== undefined ? 0.85 : grand !== undefined ? 0.6 : 0,
    problems: problemsOf(currency?.code, grand, triple),
  };
}

function problemsOf(
  currency: string | undefined,
  grand: Decimal | undefined,
  triple: Triple | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  if (currency === undefined)
    problems.push({ code: 'missing-currency', message: 'no single currency is named', field: 'currency' });
  if (grand === undefined)
    problems.push({ code: 'missing-totals', message: 'no labelled grand total found', field: 'grandTotal' });
  else if (triple === undefined)
    problems.push({
      code: 'unproven-totals',
      message: 'net and tax that add up to the grand total were not found',
      field: 'grandTotal',
    });
  return problems;
}

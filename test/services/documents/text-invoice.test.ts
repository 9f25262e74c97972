import { describe, expect, it } from '@jest/globals';
import { judge } from '../../../src/services/documents/judge.ts';
import {
  extractAll,
  extractLines,
  extractParties,
  extractTotals,
  gatherMore,
} from '../../../src/services/documents/text-invoice.ts';
import type { DocumentFields, Reading } from '../../../src/services/documents/types.ts';

function reading(text: string, language: Reading['language']): Reading {
  return { format: 'pdf', pages: 1, sections: [{ title: 'page 1', text }], structured: null, problems: [], language };
}

/** An invoice whose every field is proven: labelled parties, a tax breakdown that recomputes, a coded title. */
const proven = [
  'Handelsrechnung (380) Nr. 471102 vom 05.03.2018',
  'Währung:\tEUR',
  'Verkäufer',
  'Nummer:\t549910',
  'Name:\tLieferant GmbH',
  'Anschrift:\tLieferantenstraße 20',
  'USt.-Id.-Nr.:\tDE123456788',
  'Käufer/Leistungsempfänger',
  'Nummer:\tGE2020211',
  'Name:\tKunden AG Mitte',
  'Anschrift:\tKundenstraße 15',
  'Positionsdaten',
  'Pos\tBeschreibung\tNettopreis\tMenge\tSteuersatz\tNettobetrag',
  '1\tTrennblätter A4\t9,9000\t20 Stk\t19 %\t198,00',
  '2\tJoghurt Banane\t5,5000\t50 Stk\t7 %\t275,00',
  'Umsatzsteueraufschlüsselung',
  'Umsatzsteuer\t275,00\t7\t19,25',
  'Umsatzsteuer\t198,00\t19\t37,62',
  'Belegsummen',
  'Rechnungssumme ohne USt.\t473,00',
  'Steuerbetrag\t56,87',
  'Bruttosumme\t529,87',
  'Erhaltene Anzahlungen\t-29,87',
  'Zahlbetrag\t500,00',
];

function read(lines: readonly string[], language: Reading['language'] = 'de') {
  const given = reading(lines.join('\n'), language);
  return judge(given, extractAll(given));
}

const changed = (from: string, to: string): string[] => {
  const result = proven.map((line) => line.replace(from, to));
  if (result.join() === proven.join()) throw new Error(`nothing to change: ${from}`);
  return result;
};

describe('an invoice read from its text', () => {
  it('is certain when every field is proven', () => {
    const { fields, confidence } = read(proven);
    expect(fields).toMatchObject({
      type: '380',
      number: '471102',
      issueDate: '2018-03-05',
      seller: 'Lieferant GmbH',
      buyer: 'Kunden AG Mitte',
      sellerTaxId: 'DE123456788',
      currency: 'EUR',
      netTotal: '473.00',
      taxTotal: '56.87',
      grandTotal: '529.87',
      amountDue: '500.00',
    });
    expect(fields.lines).toEqual([
      {
        description: 'Trennblätter A4',
        quantity: '20',
        unit: 'Stk',
        unitPrice: '9.90',
        netAmount: '198.00',
        taxRate: '19',
      },
      {
        description: 'Joghurt Banane',
        quantity: '50',
        unit: 'Stk',
        unitPrice: '5.50',
        netAmount: '275.00',
        taxRate: '7',
      },
    ]);
    expect(confidence).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['a line amount is another', '198,00', '199,00'],
    ['a quantity is another', '20 Stk', '21 Stk'],
    ['the tax is another', 'Steuerbetrag\t56,87', 'Steuerbetrag\t56,88'],
    ['the amount due does not follow', 'Zahlbetrag\t500,00', 'Zahlbetrag\t501,00'],
    ['there is a second number', 'Nummer:\t549910', 'Rechnungsnummer:\t99'],
    ['the currency is not named', 'Währung:\tEUR', 'Danke'],
    ['the seller may begin a row higher', 'Nummer:\t549910', 'MVM Musterhafter'],
    ['the buyer may go on in the next row', 'Anschrift:\tKundenstraße 15', 'Niederlassung Süd'],
    ['a position is missing', '2\tJoghurt', '3\tJoghurt'],
    ['an article number may be part of a name', 'Trennblätter A4', 'TRB: Trennblätter'],
    ['it says to be a Gutschrift', 'Handelsrechnung (380) Nr.', 'Gutschrift Nr.'],
    ['characters are unreadable', 'Kunden AG', 'K\uFFFDnden \uFFFD\uFFFD'],
  ])('is left to a person when %s', (_, from, to) => {
    const { confidence } = read(changed(from, to));
    expect(confidence).toBeGreaterThanOrEqual(0.5);
    expect(confidence).toBeLessThan(0.9);
  });

  it('never becomes wrong in silence when a row is lost, joined to the next or out of order', () => {
    const truth = read(proven).fields;
    const wrong: string[] = [];
    for (const [at, row] of proven.entries()) {
      const next = proven[at + 1] ?? '';
      const damages = {
        lost: proven.filter((_, index) => index !== at),
        joined: [...proven.slice(0, at), `${row} ${next}`, ...proven.slice(at + 2)],
        swapped: proven.map((line, index) => (index === at ? next : index === at + 1 ? row : line)),
        columnsLost: proven.map((line, index) => (index === at ? line.replaceAll('\t', ' ') : line)),
      };
      for (const [damage, lines] of Object.entries(damages)) {
        // A row that changes places with a heading belongs to the other party: that is what the text then says.
        if (damage === 'swapped' && /^(?:Ver)?[Kk]äufer/u.test(next)) continue;
        const { fields, confidence } = read(lines);
        if (confidence < 0.9) continue;
        const differs = (Object.keys(truth) as (keyof DocumentFields)[]).filter(
          (key) => fields[key] !== null && JSON.stringify(fields[key]) !== JSON.stringify(truth[key]),
        );
        if (differs.length > 0) wrong.push(`${damage} “${row}”: ${differs.join(', ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('layouts', () => {
  it('reads a German letter with sender line and address window', () => {
    const { fields, confidence } = read([
      'Muster & Söhne GmbH · Hauptstraße 5 · 10115 Berlin',
      'Kunde AG',
      'Marktplatz 3',
      '80331 München',
      'Rechnung',
      'Rechnungsnummer: 2024-0815\tRechnungsdatum: 03.04.2024',
      'Pos.\tBeschreibung\tMenge\tEinzelpreis\tGesamt',
      '1\tBeratung\t10 Std\t120,00 €\t1.200,00 €',
      '2\tAnfahrt\t2\t50,00 €\t100,00 €',
      'Nettobetrag\t1.300,00 €',
      'zzgl. 19 % MwSt.\t247,00 €',
      'Gesamtbetrag\t1.547,00 €',
    ]);
    expect(fields).toMatchObject({
      number: '2024-0815',
      issueDate: '2024-04-03',
      seller: 'Muster & Söhne GmbH',
      buyer: 'Kunde AG',
      currency: 'EUR',
      netTotal: '1300.00',
      taxTotal: '247.00',
      grandTotal: '1547.00',
    });
    expect(fields.lines.map((line) => line.description)).toEqual(['Beratung', 'Anfahrt']);
    expect(confidence).toBeGreaterThanOrEqual(0.7);
    expect(confidence).toBeLessThan(0.9);
  });

  it('reads a French invoice with thin spaces, discounts and a down payment', () => {
    const french = [
      'Facture FA-2017-0010',
      'Date de facture\t13/11/2017',
      "Date d'échéance\t13/12/2017",
      'Description\tQuantité\tRem.\tPrix HT',
      "Nougat de l'Abbaye 250g\t20 Unit(s)\t4,55 €\t10%\t81,90 €",
      "Huile d'olive\t1\u202f000 Liter(s)\t19,80 €\t19\u202f800,00 €",
      'Taxe\tBase\tMontant\tTotal HT\t19 881,90 €',
      'Total taxes\t1 105,38 €',
      'Total TTC\t20 987,28 €',
      'Solde à payer\t10 987,28 €',
    ];
    const { fields } = read(french, 'fr');
    expect(fields).toMatchObject({
      number: 'FA-2017-0010',
      issueDate: '2017-11-13',
      dueDate: '2017-12-13',
      netTotal: '19881.90',
      taxTotal: '1105.38',
      grandTotal: '20987.28',
      amountDue: '10987.28',
    });
    expect(fields.lines).toMatchObject([
      { quantity: '20', unitPrice: '4.55', netAmount: '81.90' },
      { quantity: '1000', unitPrice: '19.80', netAmount: '19800.00' },
    ]);
  });

  it('reads an English invoice with two parties side by side', () => {
    const english = [
      'INVOICE',
      'From\tBill to',
      'Acme Widgets Ltd\tBeta Corp',
      '1 High Street\t22 King Road',
      'Invoice number: INV-1002\tDate of issue: March 5, 2018',
      'Description\tQty\tUnit price\tAmount',
      'Blue widget\t3\t£10.00\t£30.00',
      'Subtotal\t£30.00',
      'VAT (20%)\t£6.00',
      'Total\t£36.00',
      'Amount due\t£36.00',
    ];
    expect(read(english, 'en').fields).toMatchObject({
      number: 'INV-1002',
      issueDate: '2018-03-05',
      seller: 'Acme Widgets Ltd',
      buyer: 'Beta Corp',
      currency: 'GBP',
      taxTotal: '6.00',
      amountDue: '36.00',
    });
  });

  it('takes the name of a party from all its rows, and is then not sure of it', () => {
    const { value, confidence } = extractParties(
      reading(
        'Verkäufer\nMVM Musterhafter\nName:\tVersicherungsverein a.G.\nAnschrift:\tMusterstr. 12\nKäufer\nName:\tMax Muster\nOrt:\tHier',
        'de',
      ),
    );
    expect(value.seller).toBe('MVM Musterhafter Versicherungsverein a.G.');
    expect(confidence).toBeLessThan(0.9);
  });

  it('does not take the total of the allowances for the grand total', () => {
    const { value } = extractTotals(reading('Gesamtbetrag der Abschläge\t-10,00\nGesamtbetrag\t119,00', 'de'));
    expect(value.grandTotal).toBe('119.00');
  });

  it('finds no lines in running text', () => {
    expect(extractLines(reading('Wir liefern 10 Stück zu 5,00 EUR.', 'de'))).toMatchObject({
      value: { lines: [] },
      confidence: 0,
    });
  });
});

describe('a second look', () => {
  const scattered = ['RECHNUNG', 'Rechnungsnummer: R-77', 'Zwischen-', 'Gesamtbetrag', '119,00 EUR', 'Muster GmbH'];

  it('finds values that stand on the row below their label', () => {
    const given = reading(scattered.join('\n'), 'de');
    const first = judge(given, extractAll(given));
    expect(first.confidence).toBeLessThan(0.7);
    const more = gatherMore(given);
    expect(more.fields).toMatchObject({ number: 'R-77', grandTotal: '119.00', currency: 'EUR' });
    expect(more.confidence).toBeGreaterThan(first.confidence);
  });

  it('never stores a document by itself', () => {
    expect(gatherMore(reading(proven.join('\n'), 'de')).confidence).toBeLessThan(0.9);
  });
});

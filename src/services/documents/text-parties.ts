/** Seller and buyer of a text: from labelled blocks, else from the sender line above the address window. */
import type { Row } from './text-layout.ts';
import type { DocumentFields, Extraction } from './types.ts';

interface Party {
  readonly name: string;
  readonly taxId: string | null;
  /** The text leaves no second reading of where the name begins and ends. */
  readonly proven: boolean;
}

const sellerHead =
  /^(?:verkäufer|rechnungssteller|rechnungsersteller|leistungserbringer|seller|supplier|vendor|bill from|from|vendeur|fournisseur|[ée]metteur|cedente|fornitore)(?:\s*\/.*)?\s*(?::|$)/iu;
const buyerHead =
  /^(?:käufer|rechnungsempfänger|leistungsempfänger|rechnungsadresse|rechnung an|buyer|bill(?:ed)? to|invoice to|customer|sold to|acheteur|factur[ée] [àa]|adresse de facturation|destinataire|client|cessionario|cliente|kunde)(?:\s*\/.*)?\s*(?::|$)/iu;
const otherHead =
  /^(?:abweichender|warenempfänger|lieferadresse|lieferanschrift|zahlungsempfänger|bemerkung|delivery address|ship to|adresse de livraison|positionsdaten|position|beschreibung|description|menge|notes?(?!\p{L}))/iu;
const labelCell = /^[\p{L}][\p{L}.\- /]{1,40}:$/u;
const nameLabel = /^(?:name|firma|company|nom|raison sociale|denominazione)\s*:?\s*(.*)$/iu;
const taxLabel = /^(?:ust\.?-?\s?id|ust-id|vat|tva|n° tva|partita iva|tax id)/iu;
const vatId =
  /\b(?:ATU\d{8}|BE[01]\d{9}|CH-?E-?\d{3}\.?\d{3}\.?\d{3}|DE ?\d{9}|ES[A-Z0-9]\d{7}[A-Z0-9]|FR[A-Z0-9]{2}\d{9}|GB\d{9}|IT\d{11}|LU\d{8}|NL\d{9}B\d{2}|PL\d{10}|[A-Z]{2}\d{8,12})\b/u;
const postal = /^(?:[A-Z]{1,2}[- ])?\d{4,5}\s+\p{Lu}/u;
const street =
  /(?:\p{L}[\p{L}.\- ']*\s+\d{1,4}\s?[a-z]?$|^\d{1,5},?\s+\p{L}|stra(?:ß|ss)e|str\.|\bweg\b|\bplatz\b|\ballee\b)/iu;
const salutation = /^(?:herrn?|frau|firma|an|monsieur|madame|m\.|mme|mr\.?|mrs\.?|ms\.?|spett\.?le)$/iu;
const notName =
  /@|https?:|www\.|(?<!\p{L})(?:tel|fon|fax|phone|mobil|iban|bic|siret|gln)(?!\p{L})|^[+\d]|^\P{L}*$|^(?=\S*\d)\S+$/iu;

/**
 * The column that a heading opens: cells at its place until the next heading. Beside a second column, rows of one cell
 * are left out: nothing tells to which column they belong.
 */
function blockUnder(rows: readonly Row[], start: number, place: number): readonly Row[] {
  const block: Row[] = [];
  const page = rows[start]?.page;
  const columns = rows[start]?.cells.length ?? 1;
  for (const row of rows.slice(start + 1, start + 16)) {
    const cell = row.cells[place] ?? '';
    if (row.page !== page || sellerHead.test(cell) || buyerHead.test(cell) || otherHead.test(cell)) break;
    if (row.cells.length > 1 || columns === 1) block.push(row);
  }
  return block;
}

function taxIdIn(block: readonly Row[]): string | null {
  const row = block.find((candidate) => candidate.cells.some((cell) => taxLabel.test(cell)));
  return vatId.exec(row?.text ?? '')?.[0].replace(/\s/gu, '') ?? null;
}

/** `Name:` in a block of labelled rows. A row without label beside it may be a part of the name. */
function namedParty(block: readonly Row[]): Party | undefined {
  const at = block.findIndex((row) => nameLabel.test(row.cells[0] ?? ''));
  const row = block[at];
  if (row === undefined) return undefined;
  const name = nameLabel.exec(row.cells[0] ?? '')?.[1]?.trim() || (row.cells[1] ?? '');
  if (name === '' || notName.test(name)) return undefined;
  const isLabelled = (near: Row | undefined): boolean =>
    labelCell.test(near?.cells[0] ?? '') && (near?.cells.length ?? 0) > 1;
  const before = block[at - 1];
  const alone = row.cells.length <= 2 && (before === undefined || isLabelled(before)) && isLabelled(block[at + 1]);
  // A label stands beside the middle of a name on two rows.
  const above =
    before?.cells.length === 1 && !labelCell.test(before.text) && !notName.test(before.text) ? `${before.text} ` : '';
  return { name: above + name, taxId: taxIdIn(block), proven: alone };
}

/** A block without labels: name, street, town, in this order and nothing between, is unambiguous. */
function plainParty(block: readonly Row[], place: number): Party | undefined {
  const cells = block.map((row) => row.cells[place] ?? '').filter((cell) => cell !== '' && !salutation.test(cell));
  const [name, second, third] = cells;
  if (name === undefined || notName.test(name)) return undefined;
  const untouched = block
    .slice(0, 3)
    .every((row) => row.cells.length > place && !salutation.test(row.cells[place] ?? ''));
  const proven = untouched && second !== undefined && third !== undefined && street.test(second) && postal.test(third);
  return { name, taxId: taxIdIn(block), proven };
}

function labelledParty(rows: readonly Row[], head: RegExp): Party | undefined {
  const found: Party[] = [];
  for (const [index, row] of rows.entries()) {
    for (const [place, cell] of row.cells.entries()) {
      const match = head.exec(cell);
      if (match === null) continue;
      const rest = cell.slice(match[0].length).trim();
      const block = blockUnder(rows, index, place);
      const party =
        rest === '' ? (namedParty(block) ?? plainParty(block, place)) : { name: rest, taxId: null, proven: false };
      if (party !== undefined && !notName.test(party.name)) found.push(party);
    }
  }
  const [first] = found;
  const same = found.every((party) => party.name === first?.name);
  return first === undefined ? undefined : { ...first, proven: first.proven && same };
}

interface SenderLine {
  readonly row: number;
  readonly name: string;
}

/** `Name · Street 1 · 12345 Town`, as it is printed above the window of an envelope or at the head of a page. */
function senderLine(rows: readonly Row[]): SenderLine | undefined {
  for (const [row, { text }] of rows.slice(0, 30).entries()) {
    const parts = text.split(/\s*[●•·|]\s*|\s+[-–]\s+|,\s+/u).map((part) => part.trim());
    const town = parts.findIndex((part) => postal.test(part));
    const [name] = parts;
    if (
      town >= 2 &&
      name !== undefined &&
      !notName.test(name) &&
      parts.slice(1, town).some((part) => street.test(part))
    )
      return { row, name };
  }
  return undefined;
}

const skipInWindow =
  /@|https?:|(?<!\p{L})(?:tel|fon|fax|phone|siret|tva|vat)(?!\p{L})|^\P{L}*$|^(?:adresse de livraison|delivery address)$|^(?:rechnung|facture|avoir|invoice|gutschrift|credit note)(?!\p{L})/iu;

function windowParty(rows: readonly Row[], sender: SenderLine): Party | undefined {
  const below = rows.slice(sender.row + 1, sender.row + 12);
  const kept = below.filter((row) => !skipInWindow.test(row.cells[0] ?? '') && !salutation.test(row.cells[0] ?? ''));
  const [name, second, third] = kept.map((row) => row.cells[0] ?? '');
  if (name === undefined || notName.test(name) || postal.test(name)) return undefined;
  const direct = below[0] === kept[0] && below[1] === kept[1] && below[2] === kept[2];
  const shaped = second !== undefined && third !== undefined && street.test(second) && postal.test(third);
  return { name, taxId: null, proven: direct && shaped };
}

/** The one VAT id of the document that no label gives to the customer. */
function onlyVatId(rows: readonly Row[]): string | null {
  const labelled = rows.filter(
    (row) => /ust|vat|tva/iu.test(row.text) && !/client|customer|kunde|käufer/iu.test(row.text),
  );
  const ids = [...new Set(labelled.map((row) => vatId.exec(row.text)?.[0].replace(/\s/gu, '')))].filter(
    (id) => id !== undefined,
  );
  return ids.length === 1 ? (ids[0] ?? null) : null;
}

/** The sender line proves the seller only when the same name stands alone elsewhere, on the letterhead or in the foot. */
function senderParty(rows: readonly Row[], sender: SenderLine): Party {
  const again = rows.some((row, index) => index !== sender.row && row.cells.includes(sender.name));
  const taxId = onlyVatId(rows);
  return { name: sender.name, taxId, proven: again && taxId !== null };
}

const legalForm =
  /(?<!\p{L})(?:gmbh(?: & co\.?(?: kg)?)?|ag|kg|ohg|ug|e\.\s?k\.|ltd\.?|limited|plc|llc|inc\.?|corp\.?|s\.?a\.?r\.?l\.?|sas|s\.?a\.?|s\.?p\.?a\.?|s\.?r\.?l\.?|b\.?v\.?)$/iu;

/** The name at the head of the page: over a street or a town, or with a legal form. A guess, never proven. */
function letterhead(rows: readonly Row[]): Party | undefined {
  const head = rows.slice(0, 6).map((row) => row.cells[0] ?? '');
  const name = head.find((cell, index) => {
    if (notName.test(cell) || skipInWindow.test(cell) || street.test(cell) || buyerHead.test(cell)) return false;
    const [next = '', after = ''] = head.slice(index + 1);
    return legalForm.test(cell) || (street.test(next) && (postal.test(after) || postal.test(next)));
  });
  return name === undefined ? undefined : { name, taxId: null, proven: false };
}

/**
 * Parties of a text. Proven (0.92) only when both names stand in blocks that say whose they are and where they end, or
 * when the sender line and the letterhead agree and the address window holds name, street and town and nothing else.
 */
export function partiesOf(
  rows: readonly Row[],
): Extraction<Pick<DocumentFields, 'seller' | 'buyer' | 'sellerTaxId' | 'buyerTaxId'>> {
  const sender = senderLine(rows);
  const seller =
    labelledParty(rows, sellerHead) ?? (sender === undefined ? letterhead(rows) : senderParty(rows, sender));
  const buyer = labelledParty(rows, buyerHead) ?? (sender === undefined ? undefined : windowParty(rows, sender));
  const same = seller !== undefined && seller.name === buyer?.name;
  const proven = seller?.proven === true && buyer?.proven === true && !same;
  const both = seller !== undefined && buyer !== undefined && !same;
  return {
    value: {
      seller: seller?.name ?? null,
      buyer: same ? null : (buyer?.name ?? null),
      sellerTaxId: seller?.taxId ?? (seller?.proven === false ? onlyVatId(rows) : null),
      buyerTaxId: buyer?.taxId ?? null,
    },
    confidence: proven ? 0.92 : both ? 0.7 : seller !== undefined || buyer !== undefined ? 0.4 : 0,
    problems: both ? [] : [{ code: 'missing-party', message: 'seller and buyer were not both found in the text' }],
  };
}

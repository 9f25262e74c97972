/** The language of a text, by its commonest small words. */
import type { Reading } from './types.ts';

type Language = NonNullable<Reading['language']>;

const words: Readonly<Record<Language, ReadonlySet<string>>> = {
  de: new Set(
    'der die das und ist nicht ein eine einen den dem des mit für von auf zu im bei sich als auch nach wir sie rechnung rechnungsnummer betrag menge steuer gesamtbetrag datum zahlbar umsatzsteuer gmbh bestellung'.split(
      ' ',
    ),
  ),
  fr: new Set(
    'le la les des est une et du au aux pour dans sur par avec que qui ne pas ce cette nous vous facture montant quantité taxe tva prix total conditions paiement commande livraison'.split(
      ' ',
    ),
  ),
  en: new Set(
    'the and of to in is that for it with as on be at by this are from or you we our invoice amount quantity price tax total date payment due order net'.split(
      ' ',
    ),
  ),
  it: new Set(
    'il lo gli della delle dei degli del nel una uno e di che per con non sono alla dal fattura importo quantità prezzo totale imponibile imposta iva pagamento data ordine descrizione aliquota'.split(
      ' ',
    ),
  ),
};

/** ISO 639-1, or `null` when there is too little text or no clear winner. */
export function detectLanguage(text: string): Reading['language'] {
  const counts: Record<Language, number> = { de: 0, fr: 0, en: 0, it: 0 };
  const languages = Object.keys(words) as Language[];
  for (const [word] of text
    .slice(0, 40_000)
    .toLowerCase()
    .matchAll(/\p{L}{1,30}/gu)) {
    for (const language of languages) if (words[language].has(word)) counts[language] += 1;
  }
  const [best, second] = languages.sort((a, b) => counts[b] - counts[a]);
  if (best === undefined || second === undefined) return null;
  return counts[best] >= 5 && counts[best] >= counts[second] * 1.5 ? best : null;
}

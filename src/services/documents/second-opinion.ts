/** A trained classifier beside the rules that tell the kind of a document. */
import type { DocumentKind, Extraction } from './types.ts';

/** What model-training is asked for, to have the kinds told apart by a trained classifier as well. */
export const kindTask = 'document-kind';

/** From this confidence on the rules need nobody, and a classifier is believed at all. */
const sure = { rules: 0.9, classifier: 0.7 } as const;
/** What a classifier says alone is looked at by a person. */
const atMostAlone = 0.85;

const kinds: ReadonlySet<string> = new Set<DocumentKind>([
  ...(['invoice', 'creditNote', 'order', 'deliveryNote', 'reminder', 'quote'] as const),
  ...(['contract', 'letter', 'report', 'table', 'other'] as const),
]);

/** The kind of a document by its words; `undefined` if no classifier was trained for it. */
export type TellKind = () => Promise<{ readonly label: string; readonly confidence: number } | undefined>;

/**
 * Asks a trained classifier where the rules are not sure. If it agrees, that counts; if it contradicts, a person decides;
 * where the rules know no kind, its word is taken, and a person looks at it.
 */
export async function withSecondOpinion(
  byRules: Extraction<DocumentKind>,
  tell: TellKind,
): Promise<Extraction<DocumentKind>> {
  if (byRules.confidence >= sure.rules) return byRules;
  const told = await tell();
  if (told === undefined || told.confidence < sure.classifier || !kinds.has(told.label)) return byRules;
  const kind = told.label as DocumentKind;
  if (kind === byRules.value) {
    return { ...byRules, confidence: Math.max(byRules.confidence, Math.min(told.confidence, 0.95)) };
  }
  const message = `the trained classifier takes it for: ${kind}`;
  const problems = [...byRules.problems, { code: 'uncertain-kind', message }];
  return byRules.value === 'other'
    ? { value: kind, confidence: Math.min(told.confidence, atMostAlone), problems }
    : { value: byRules.value, confidence: Math.min(byRules.confidence, 0.6), problems };
}

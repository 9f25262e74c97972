/** A trained classifier beside the rules that tell the kind of a document. */
import type { Prediction } from '../models/training/classifier.ts';
import { documentKinds, type DocumentKind, type Extraction } from './types.ts';

/** What model-training is asked for, to have the kinds told apart by a trained classifier as well. */
export const kindTask = 'document-kind';

/** Confidence from which the rules are not checked, and from which a classifier is heard at all. */
const enough = { rules: 0.9, classifier: 0.7 } as const;
/** What a classifier says alone is looked at by a person. */
const atMostAlone = 0.85;

/** The kind of a document by its words; `undefined` if no classifier was trained for it. */
export type TellKind = () => Promise<Pick<Prediction, 'label' | 'confidence'> | undefined>;

/**
 * Asks a trained classifier where the rules are not sure. If it agrees, that counts; if it contradicts, a person decides;
 * where the rules know no kind, its word is taken, and a person looks at it.
 */
export async function withSecondOpinion(
  byRules: Extraction<DocumentKind>,
  tell: TellKind,
): Promise<Extraction<DocumentKind>> {
  if (byRules.confidence >= enough.rules) return byRules;
  const told = await tell();
  if (told === undefined || told.confidence < enough.classifier) return byRules;
  const kind = documentKinds.find((each) => each === told.label);
  if (kind === undefined) return byRules;
  if (kind === byRules.value) {
    return { ...byRules, confidence: Math.max(byRules.confidence, Math.min(told.confidence, 0.95)) };
  }
  const message = `the trained classifier takes it for: ${kind}`;
  const problems = [...byRules.problems, { code: 'uncertain-kind', message }];
  return byRules.value === 'other'
    ? { value: kind, confidence: Math.min(told.confidence, atMostAlone), problems }
    : { value: byRules.value, confidence: Math.min(byRules.confidence, 0.6), problems };
}

import { describe, expect, it } from '@jest/globals';
import { withSecondOpinion } from '../../../src/services/documents/second-opinion.ts';
import type { DocumentKind, Extraction } from '../../../src/services/documents/types.ts';

const rules = (value: DocumentKind, confidence: number): Extraction<DocumentKind> => ({
  value,
  confidence,
  problems: [],
});
const says =
  (label: string, confidence = 0.97) =>
  async () => ({ label, confidence });

describe('a second opinion on the kind of a document', () => {
  it('is not asked for when the rules are sure', async () => {
    const asked = withSecondOpinion(rules('invoice', 0.95), () => Promise.reject(new Error('asked')));
    expect(await asked).toEqual(rules('invoice', 0.95));
  });

  it('changes nothing when nothing was trained, the classifier is unsure, or it names no kind of ours', async () => {
    for (const tell of [async () => undefined, says('contract', 0.69), says('poem')]) {
      expect(await withSecondOpinion(rules('other', 0.75), tell)).toEqual(rules('other', 0.75));
    }
  });

  it('makes surer what it agrees with, and never quite certain', async () => {
    expect(await withSecondOpinion(rules('order', 0.75), says('order', 0.93))).toEqual(rules('order', 0.93));
    expect(await withSecondOpinion(rules('order', 0.75), says('order', 0.99))).toEqual(rules('order', 0.95));
    expect(await withSecondOpinion(rules('order', 0.75), says('order', 0.71))).toEqual(rules('order', 0.75));
  });

  it('sends what it contradicts to the manual queue, and what it alone knows to a person', async () => {
    const problem = { code: 'uncertain-kind', message: 'the trained classifier takes it for: contract' };
    expect(await withSecondOpinion(rules('invoice', 0.8), says('contract'))).toEqual({
      value: 'invoice',
      confidence: 0.6,
      problems: [problem],
    });
    expect(await withSecondOpinion(rules('other', 0.75), says('contract'))).toEqual({
      value: 'contract',
      confidence: 0.85,
      problems: [problem],
    });
  });
});

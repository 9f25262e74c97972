/** How good a classifier is, on examples that its training never saw. */
import { predict, type Classifier } from './classifier.ts';
import type { Example } from './examples.ts';

/** Figures of one evaluation. */
export interface Evaluation {
  readonly examples: number;
  /** Share of right answers, 0 to 1. */
  readonly accuracy: number;
  /** Confidence from which an answer counts as automatic. */
  readonly threshold: number;
  /** Answers at or above the threshold. */
  readonly automatic: number;
  /** Those of them that are wrong. */
  readonly automaticWrong: number;
}

/** The confidence from which answers need no person. */
const automaticThreshold = 0.9;

/** Lets the classifier answer all examples. With none, every figure is 0. */
export function evaluate(
  model: Classifier,
  examples: readonly Example[],
  threshold: number = automaticThreshold,
): Evaluation {
  const answers = examples.map(({ text, label }) => {
    const answer = predict(model, text);
    return { right: answer.label === label, automatic: answer.confidence >= threshold };
  });
  const automatic = answers.filter((answer) => answer.automatic);
  return {
    examples: answers.length,
    accuracy: answers.filter(({ right }) => right).length / Math.max(1, answers.length),
    threshold,
    automatic: automatic.length,
    automaticWrong: automatic.filter(({ right }) => !right).length,
  };
}

/** What a classifier sees of a text: word stems, pairs of them, and pieces of words, which forgive misspellings. */
import model from 'wink-eng-lite-web-model';
import winkNLP, { type ItemToken, type ItsFunction } from 'wink-nlp';

export interface FeatureChoice {
  /** Pairs of neighbouring words. */
  readonly pairs: boolean;
  /** Lengths of the pieces of words, in characters; none if empty. */
  readonly pieces: readonly number[];
}

/** Text beyond this many characters is not looked at: classifiers are for questions and sentences. */
const textLimit = 5_000;

const wink = winkNLP(model, ['negation']);
// eslint-disable-next-line @typescript-eslint/unbound-method -- selectors, which wink calls without `this`
const { type, negationFlag, stem: stemOf, normal } = wink.its;

/** The distinct features of a text, in a fixed order. Words under a negation count as other words (`!good`). */
export function featuresOf(text: string, choice: FeatureChoice): readonly string[] {
  const features = new Set<string>();
  let before = '';
  wink
    .readDoc(text.normalize('NFKC').toLowerCase().slice(0, textLimit))
    .tokens()
    .each((token: ItemToken) => {
      if (token.out(type) !== 'word') return;
      const stem = `${token.out(negationFlag) === true ? '!' : ''}${token.out(stemOf as unknown as ItsFunction<string>)}`;
      features.add(stem);
      if (choice.pairs && before !== '') features.add(`${before} ${stem}`);
      before = stem;
      const word = `^${token.out(normal)}$`;
      for (const length of choice.pieces) {
        for (let at = 0; at + length <= word.length; at += 1) features.add(`#${word.slice(at, at + length)}`);
      }
    });
  return [...features];
}

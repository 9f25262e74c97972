/** How well a proposal answers its request, by what it says and leaves out. */
import { stemsOf } from './models/local/english.ts';
import { bare, type Estimate, type ProposalRequest } from './proposal-rules.ts';

/** What a proposal leaves open. `coverage`: 0 to 1, the share of what must be said that is. */
export interface Coverage {
  readonly coverage: number;
  /** Sentences that would close the gaps. */
  readonly missing: readonly string[];
}

/** A requirement is answered where a paragraph has this share of its telling words. */
const answered = 0.6;

/** Every requirement must be answered, every obligation, the price and the time must be said. */
export function coverageOf(text: string, request: ProposalRequest, estimate: Estimate, price: string): Coverage {
  const paragraphs = text.split(/\n+/u).map((paragraph) => new Set(stemsOf(paragraph.toLowerCase())));
  const speaksOf = (sentence: string): boolean => {
    const stems = [...new Set(stemsOf(sentence.toLowerCase()))];
    if (stems.length === 0) return true;
    return paragraphs.some((said) => stems.filter((stem) => said.has(stem)).length / stems.length >= answered);
  };
  const open = [
    ...request.requirements
      .filter((requirement) => !speaksOf(requirement))
      .map((requirement) => `${bare(requirement)}: we agree on the details with you in the first week.`),
    ...estimate.obligations.filter((obligation) => !speaksOf(obligation)),
    ...(text.includes(price) ? [] : [`The price is ${price}.`]),
    ...(text.includes(`${request.weeks} weeks`) ? [] : [`You have asked for it within ${request.weeks} weeks.`]),
  ];
  const wanted = request.requirements.length + estimate.obligations.length + 2;
  return { coverage: 1 - open.length / wanted, missing: open };
}

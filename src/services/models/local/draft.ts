/** Texts put together from given facts, word by word. */
import { modelCannot } from '../cannot.ts';
import type { DraftRequest } from '../types.ts';
import { sentencesOf, stemsOf } from './english.ts';

/** A filled template says what its author wrote; a text without one is only put together. */
const confidence = { template: 0.9, outline: 0.5 } as const;

/**
 * Fills the template, or sets the facts under the points of the outline that they belong to. It states given facts
 * only, as they were given. Fails with `ModelCannot` where there is nothing to state, or the template wants a fact that
 * is not there.
 */
export function draftText(request: DraftRequest): { readonly value: string; readonly confidence: number } {
  const value = request.template === undefined ? compose(request) : fill(request.template, request.facts);
  if (value === '') throw modelCannot('local', 'draft', 'it writes from facts or a template, and none was given');
  return {
    value: request.maxWords === undefined ? value : cut(value, request.maxWords),
    confidence: request.template === undefined ? confidence.outline : confidence.template,
  };
}

function fill(template: string, facts: DraftRequest['facts']): string {
  return template.replace(/\{\{\s*([^{}]+?)\s*\}\}/gu, (_, name: string) => {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined;
    if (fact === undefined) throw modelCannot('local', 'draft', `the template wants the fact '${name}'`);
    return fact;
  });
}

/** Each fact goes under the point that it shares most words with; what belongs nowhere comes first. */
function compose({ facts, outline = [] }: DraftRequest): string {
  const points = outline.map((point) => ({ point, stems: new Set(stemsOf(point)), facts: [] as string[] }));
  const opening: string[] = [];
  for (const [name, fact] of Object.entries(facts)) {
    const stems = new Set(stemsOf(`${name} ${fact}`));
    const shared = points.map((each) => [...each.stems].filter((stem) => stems.has(stem)).length);
    const best = points[shared.indexOf(Math.max(...shared))];
    (best && Math.max(...shared) > 0 ? best.facts : opening).push(sentence(name, fact));
  }
  // A heading without anything below it would promise what is not there.
  const sections = points.filter((each) => each.facts.length > 0);
  return [...opening, ...sections.map((each) => `## ${each.point}\n\n${each.facts.join('\n\n')}`)].join('\n\n');
}

/** A fact that is a sentence stands for itself; any other is named. */
function sentence(name: string, fact: string): string {
  if (/[.!?…]["”’)]?$/u.test(fact.trim())) return fact.trim();
  const title = name.replace(/[-_]/gu, ' ').replace(/(?<=[a-z])(?=[A-Z])/gu, ' ');
  return `${title.slice(0, 1).toUpperCase()}${title.slice(1)}: ${fact.trim()}.`;
}

/** Leaves out whole sentences from the end; a paragraph's first sentence stays where it fits. */
function cut(text: string, maxWords: number): string {
  let room = maxWords;
  const paragraphs = text.split(/\n{2,}/u).map((paragraph) => {
    const kept = sentencesOf(paragraph).filter(({ words }) => (room -= words) >= 0);
    return kept.map((each) => each.text).join(' ');
  });
  return paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
}

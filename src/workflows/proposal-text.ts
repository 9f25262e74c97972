/** The words of a proposal: templates with gaps, and the facts that fill them. */
import type { Assessment, ProposalRequest, Review } from '../activities/proposals.ts';

/** What the reviewers found. */
export interface Reviews {
  readonly technical: Review;
  readonly business: Review;
  readonly compliance: Review;
}

const opening = `{{client}} asks for this: {{need}}

## What we will do

{{requirements}}`;

/** Every gap is a fact; nothing else may be said. */
export const templates = {
  simple: `${opening}

## Price and time

The price is {{price}}. We are done within {{weeks}} weeks.`,
  complex: `${opening}

## How we will do it

{{technical}}

## What it costs

The price is {{price}}. {{business}}

## Rules that apply

{{compliance}}`,
};

/** The facts of a proposal, by the names of the templates' gaps. */
export function factsFor(
  request: ProposalRequest,
  { price, complexity }: Assessment,
  reviews?: Reviews,
): Readonly<Record<string, string>> {
  const facts = {
    client: request.client,
    need: request.need,
    price,
    weeks: String(request.weeks),
    // On the long way the reviews answer the requirements one by one.
    requirements:
      complexity === 'simple' ? listed(request.requirements) : `We answer ${request.requirements.length} requirements.`,
  };
  if (reviews === undefined) return facts;
  return {
    ...facts,
    technical: listed(reviews.technical.findings),
    business: reviews.business.findings.join(' '),
    compliance: listed(reviews.compliance.findings),
  };
}

function listed(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence.replace(/\s+/gu, ' ').trim()}`).join('\n');
}

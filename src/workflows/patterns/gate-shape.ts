/** Whether a message is a vote at all. Nothing that was sent is trusted before this has looked at it. */
import type { Decision } from './gate-messages.ts';

/** Longest name and longest comment, in characters: what is kept travels in histories and answers. */
const longest = { name: 200, text: 4_000 };

/** What is wrong with the shape of a vote, in one line; `undefined` when nothing is. Does not look at `edited`. */
export function shapeProblem(decision: Readonly<Record<keyof Decision, unknown>>): string | undefined {
  const { by, vote, to, roles, edited } = decision;
  if (!isName(by)) return 'by: expected the name of the person who decides';
  if (vote !== 'approve' && vote !== 'reject' && vote !== 'delegate') {
    return "vote: expected 'approve', 'reject' or 'delegate'";
  }
  if (roles !== undefined && !(Array.isArray(roles) && roles.every(isName))) return 'roles: expected a list of names';
  for (const field of ['comment', 'reason', 'subjectHash'] as const) {
    const problem = textProblem(field, decision[field]);
    if (problem !== undefined) return problem;
  }
  if (vote === 'reject' && isBlank(decision.reason) && isBlank(decision.comment)) {
    return 'reason: a rejection needs one';
  }
  if (vote === 'delegate' && (!isName(to) || to === by))
    return 'to: expected the name of another person who votes instead';
  if (vote !== 'approve' && edited !== undefined) return `edited: '${vote}' takes no changes`;
  return undefined;
}

function textProblem(field: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return `${field}: expected text`;
  return value.length > longest.text ? `${field}: expected at most ${String(longest.text)} characters` : undefined;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && !isBlank(value) && value.length <= longest.name;
}

function isBlank(value: unknown): boolean {
  return typeof value !== 'string' || value.trim() === '';
}

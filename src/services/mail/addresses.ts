/** What may go into the head of a mail: plain addresses and one-line texts. */
import { z } from 'zod';
import { invalid } from '../../failures.ts';

const addressSchema = z.email().max(254);
const maxRecipients = 100;
const maxSubject = 500;

/** The recipients, each once; fails with `BadAddress` (validation) on anything but plain addresses such as `a@b.example`. */
export function checkRecipients(to: string | readonly string[]): readonly string[] {
  const given = typeof to === 'string' ? [to] : to;
  if (given.length === 0) throw invalid('BadAddress', 'expected at least one recipient, got none');
  if (given.length > maxRecipients) {
    throw invalid('BadAddress', `expected at most ${maxRecipients} recipients, got ${given.length}`);
  }
  for (const address of given) {
    if (addressSchema.safeParse(address).success) continue;
    throw invalid('BadAddress', `expected a mail address such as name@example.com, got ${quoted(address)}`);
  }
  return [...new Set(given)];
}

/** The text as it is; fails with `BadHeader` (validation) where a line break could start a header of its own. */
export function checkLine(name: string, text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\u0085\u2028\u2029]/.test(text)) {
    throw invalid('BadHeader', `${name}: expected one line without control characters, got ${quoted(text)}`);
  }
  if (text.trim() === '') throw invalid('BadHeader', `${name}: expected some text, got none`);
  if (text.length > maxSubject) throw invalid('BadHeader', `${name}: expected at most ${maxSubject} characters`);
  return text;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** The texts of a subject that an approver may change, as a form. */
import { html } from 'hono/html';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import { words } from './format.ts';
import type { Html } from './layout.ts';

/** Texts by name. */
export type Texts = Readonly<Record<string, string>>;

/** What was sent. */
export interface TextEdit {
  readonly texts: Texts;
  /** Only those that were changed. */
  readonly changes: Texts;
}

/** The texts as they stand, with what an approver has changed already. */
export function textsOf({ subject, edited, editableTexts }: GateView): Texts {
  const now = { ...asRecord(subject), ...asRecord(edited) };
  return Object.fromEntries(
    editableTexts.map((name) => {
      const text = now[name];
      return [name, typeof text === 'string' ? text : ''];
    }),
  );
}

export function textInputs(texts: Texts): Html {
  return html`${Object.entries(texts).map(
    ([name, value]) =>
      html`<div>
        <label for="t-${name}">${words(name)}</label>
        <textarea
          id="t-${name}"
          name="text.${name}"
          rows="${Math.min(20, 2 + Math.ceil(value.length / 80)).toString()}"
        >
${value}</textarea>
      </div>`,
  )}`;
}

/** Reads the texts of a sent form against those that were shown. */
export function readTexts(form: FormData, shown: Texts): TextEdit {
  const texts = Object.fromEntries(
    Object.entries(shown).map(([name, before]) => {
      const sent = form.get(`text.${name}`);
      // A browser sends line ends of its own.
      const text = typeof sent === 'string' ? sent.replaceAll('\r\n', '\n') : before;
      return [name, text.trim() === before.trim() ? before : text];
    }),
  );
  const changes = Object.fromEntries(Object.entries(texts).filter(([name, text]) => text !== shown[name]));
  return { texts, changes };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

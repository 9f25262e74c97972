/** What the decision page shows: subject, history, and the two forms. */
import { html } from 'hono/html';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import { documentViewer } from './document-view.ts';
import { type FieldEdit, fieldInputs, scalarFields } from './field-form.ts';
import { confidenceMeter, moment, words } from './format.ts';
import type { Html } from './layout.ts';
import { gatePath, runPath } from './paths.ts';
import type { User } from './session.ts';
import { type DocumentSubject, documentOf, type ShownProblem } from './subject.ts';
import { type TextEdit, textInputs, textsOf } from './text-form.ts';

/** What was sent before, when the page is shown again. */
export interface Sent {
  readonly comment: string;
  readonly reason: string;
  readonly reasonMissing?: boolean;
  readonly edit?: FieldEdit;
  readonly texts?: TextEdit;
}

/** A gate and who looks at it. */
export interface GatePage {
  readonly id: string;
  readonly gate: GateView;
  readonly user: User | undefined;
  readonly secret: Uint8Array;
  readonly sent: Sent | undefined;
}

export function renderGate(page: GatePage): Html {
  const subject = documentOf(page.gate);
  return html`${heading(page, subject)}
  ${
    subject === undefined
      ? html`<div class="card stack">
          ${facts(page.gate.subject, isDecider(page.gate, page.user) ? page.gate.editableTexts : [])}
          ${
            page.gate.edited === undefined
              ? ''
              : html`<h2>Changed by an approver</h2>
                  ${facts(page.gate.edited, [])}`
          }
          ${decisionForms(page, undefined)}
        </div>`
      : html`<div class="beside">
          ${documentViewer({ ...subject.document, format: subject.format }, page.secret)}
          <div class="card stack">${decisionForms(page, subject)}</div>
        </div>`
  }
  ${history(page.gate)}`;
}

function heading({ id, gate }: GatePage, subject: DocumentSubject | undefined): Html {
  const overdue = gate.state === 'open' && Date.parse(gate.due) < Date.now();
  return html`<div class="head">
    <h1>${subject?.document.name ?? words(gate.name)}</h1>
    <p class="soft">
      ${gate.state === 'open' ? html`${overdue ? html`<span class="chip bad">overdue</span>` : 'due'} ${moment(gate.due)}` : gate.state}
      · <a href="${runPath(id)}">the run</a>
    </p>
  </div>`;
}

function decisionForms(page: GatePage, subject: DocumentSubject | undefined): Html {
  const { id, gate, user, sent } = page;
  const open = gate.state === 'open';
  const decides = isDecider(gate, user);
  const path = gatePath(id, gate.name);
  const texts = subject === undefined && gate.editableTexts.length > 0;
  const fields =
    subject &&
    html`${summary(subject)}
    ${fieldInputs(sent?.edit?.fields ?? subject.fields, {
      problems: subject.problems,
      mistakes: sent?.edit?.mistakes ?? {},
      readOnly: !decides || !gate.editable,
    })}`;
  if (!decides) return html`${fields ?? ''} ${open ? whyNot(page) : ''}`;
  return html`<form
      method="post"
      action="${path}"
      class="stack decide"
      data-fields
      data-edited="${isEdited(sent) ? 'yes' : 'no'}"
    >
      ${fields ?? ''} ${texts ? textInputs(sent?.texts?.texts ?? textsOf(gate)) : ''}
      <input type="hidden" name="subjectHash" value="${gate.subjectHash}" />
      <div>
        <label for="comment">Comment (may be left out)</label>
        <input id="comment" name="comment" value="${sent?.comment ?? ''}" maxlength="2000" autocomplete="off" />
      </div>
      <div class="row bar">
        <button name="action" value="approve" data-when="plain">Approve</button>
        ${
          texts || (gate.editable && subject !== undefined)
            ? html`<button name="action" value="approveEdited" data-when="edited">Approve with changes</button>`
            : ''
        }
      </div>
    </form>
    ${rejectForm(page, path)}`;
}

function rejectForm({ gate, sent }: GatePage, path: string): Html {
  const missing = sent?.reasonMissing === true;
  return html`<form method="post" action="${path}" class="stack decide">
    <input type="hidden" name="subjectHash" value="${gate.subjectHash}" />
    <div>
      <label for="reason">Reason for rejecting</label>
      <textarea
        id="reason"
        name="reason"
        rows="2"
        maxlength="2000"
        required
        class="${missing ? 'wrong' : ''}"
        ${missing ? html`aria-invalid="true"` : ''}
      >
${sent?.reason ?? ''}</textarea>
    </div>
    <div class="row"><button class="bad" name="action" value="reject">Reject</button></div>
  </form>`;
}

function whyNot({ gate, user, id }: GatePage): Html {
  const approvers = gate.approvers.map(approverName).join(' or ');
  if (user !== undefined) {
    return html`<p class="notice warn">This takes ${approvers}. You are signed in as ${user.title}.</p>`;
  }
  const next = encodeURIComponent(gatePath(id, gate.name));
  return html`<p class="notice">To decide, <a href="/sign-in?next=${next}">sign in</a>. It takes ${approvers}.</p>`;
}

function isDecider(gate: GateView, user: User | undefined): boolean {
  return gate.state === 'open' && user !== undefined && mayDecide(user, gate.approvers);
}

/** What was sent has changes in it. */
export function isEdited(sent: Sent | undefined): boolean {
  return sent?.edit?.changed === true || Object.keys(sent?.texts?.changes ?? {}).length > 0;
}

function mayDecide(user: User, approvers: readonly string[]): boolean {
  const names = [`user:${user.name}`, ...user.roles.map((role) => `role:${role}`)];
  return names.some((name) => approvers.includes(name));
}

function approverName(approver: string): string {
  return approver.startsWith('role:') ? `the role ${approver.slice(5)}` : approver.replace(/^user:/, '');
}

function summary(subject: DocumentSubject): Html {
  const known = new Set<string | undefined>([...scalarFields.map(({ name }) => name), 'lines']);
  const general = subject.problems.filter((problem) => !known.has(problem.field));
  return html`<div class="row">
      <span class="chip">${words(subject.kind)}</span>
      <span class="chip">${subject.format}</span>
      <span>${confidenceMeter(subject.confidence)}</span>
    </div>
    ${general.length === 0 ? '' : problemList(general)}`;
}

function problemList(problems: readonly ShownProblem[]): Html {
  return html`<div class="notice warn" role="note" aria-label="Problems">
    ${problems.map((problem) => html`<p>${problem.message}</p>`)}
  </div>`;
}

/** A subject that is no document: its entries as they are, but for those that a form shows. */
function facts(subject: unknown, inForm: readonly string[]): Html {
  if (typeof subject !== 'object' || subject === null) return html`<pre>${JSON.stringify(subject)}</pre>`;
  return html`<dl class="facts">
    ${Object.entries(subject).map(([name, value]: [string, unknown]) =>
      inForm.includes(name)
        ? ''
        : html`<dt>${words(name)}</dt>
            <dd>${typeof value === 'string' ? value : html`<code>${JSON.stringify(value)}</code>`}</dd>`,
    )}
  </dl>`;
}

function history(gate: GateView): Html {
  return html`<details class="card">
    <summary>History of this decision</summary>
    <table>
      <tbody>
        ${gate.audit.map(
          (entry) =>
            html`<tr>
              <td>${moment(entry.at)}</td>
              <td>${entry.by}</td>
              <td>${entry.what}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}

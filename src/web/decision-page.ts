/** `/runs/:id/gates/:gate`: the document beside its fields, and the decision. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { decide, describeRun, Refused } from '../runs.ts';
import type { Decision, DecisionAnswer, GateView } from '../workflows/patterns/gate-messages.ts';
import { type Env, needRuns, type Parts, type RequestContext, type Shown, showPage } from './context.ts';
import { isEdited, renderGate, type Sent } from './decision-view.ts';
import { readFields } from './field-form.ts';
import type { Notice } from './layout.ts';
import { NotFound } from './outage.ts';
import { gatePath, runPath } from './paths.ts';
import { leaveNotice, type User } from './session.ts';
import { documentOf } from './subject.ts';
import { readTexts, textsOf } from './text-form.ts';

const maxComment = 2000;

export function decisionRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/:id/gates/:gate', async (context) => {
    const gate = await findGate(parts, context.req.param('id'), context.req.param('gate'));
    return showGate(context, context.req.param('id'), gate);
  });
  app.post('/:id/gates/:gate', (context) =>
    takeDecision(context, parts, context.req.param('id'), context.req.param('gate')),
  );
  return app;
}

async function findGate(parts: Parts, id: string, name: string): Promise<GateView> {
  const run = await describeRun(needRuns(parts), id);
  const gate = run.gates.findLast((each) => each.name === name);
  if (gate !== undefined) return gate;
  if (run.note !== undefined) throw new Refused(run.note);
  throw new NotFound(`The run ${id} has no gate '${name}'.`);
}

/** What to show besides the gate after something was sent. */
interface Reply {
  readonly notice: Notice;
  readonly status: NonNullable<Shown['status']>;
  readonly sent?: Sent;
}

async function showGate(context: RequestContext, id: string, gate: GateView, reply?: Reply): Promise<Response> {
  const decided = gate.state === 'open' ? undefined : decidedNotice(gate);
  return showPage(context, {
    title: `Decide: ${documentOf(gate)?.document.name ?? id}`,
    notice: reply?.notice ?? decided,
    ...(reply === undefined ? {} : { status: reply.status }),
    body: html`<div class="stack">
      ${renderGate({
        id,
        gate,
        user: context.get('user'),
        secret: context.get('secret'),
        sent: reply?.sent,
      })}
    </div>`,
  });
}

function decidedNotice(gate: GateView): Notice {
  const deciders = gate.votes.map((vote) => vote.by).join(', ');
  if (gate.state === 'expired') return { tone: 'warn', lines: ['Nobody decided in time; this gate has closed.'] };
  return { tone: 'plain', lines: [`Already decided: ${gate.state} by ${deciders}.`] };
}

async function takeDecision(context: RequestContext, parts: Parts, id: string, name: string): Promise<Response> {
  const user = context.get('user');
  const gate = await findGate(parts, id, name);
  const form = await context.req.formData();
  const read = readDecision(form, gate, user);
  if ('reply' in read) return showGate(context, id, gate, read.reply);
  const answer = await decide(needRuns(parts), id, read.decision);
  if (answer.status === 'accepted') {
    await leaveNotice(context, context.get('secret'), acceptedText(answer, read.decision));
    return context.redirect(answer.outcome === 'waiting' ? gatePath(id, name) : runPath(id), 303);
  }
  const fresh = await findGate(parts, id, name);
  const notice = refusalNotice(answer);
  return showGate(context, id, fresh, { notice, status: 409, ...(read.sent === undefined ? {} : { sent: read.sent }) });
}

type Read = { readonly reply: Reply } | { readonly decision: Decision; readonly sent?: Sent };

/** Reads and checks what was sent, without asking the run. */
function readDecision(form: FormData, gate: GateView, user: User | undefined): Read {
  const sent = readSent(form, gate);
  const again = (status: Reply['status'], line: string, more: Partial<Sent> = {}): Read => ({
    reply: { status, notice: { tone: 'bad', lines: [line] }, sent: { ...sent, ...more } },
  });
  if (user === undefined) return again(401, 'You are not signed in any more. Sign in in another tab, then send again.');
  const base = { gate: gate.name, by: user.name, roles: user.roles, subjectHash: textOf(form, 'subjectHash') };
  const action = textOf(form, 'action');
  if (action === 'reject') {
    const reason = sent.reason.trim();
    if (reason === '') return again(422, 'Nothing was sent: a rejection needs a reason.', { reasonMissing: true });
    return { decision: { ...base, vote: 'reject', reason }, sent };
  }
  const comment = sent.comment.trim();
  const approval: Decision = { ...base, vote: 'approve', ...(comment === '' ? {} : { comment }) };
  if (!isEdited(sent)) return { decision: approval, sent };
  if (action !== 'approveEdited') {
    return again(422, 'Nothing was sent: you changed fields. Choose "Approve with changes", or undo the changes.');
  }
  if (Object.keys(sent.edit?.mistakes ?? {}).length > 0) {
    return again(422, 'Nothing was sent: some fields cannot be used as they are. See the marked ones.');
  }
  return { decision: { ...approval, edited: sent.edit?.fields ?? sent.texts?.changes }, sent };
}

function readSent(form: FormData, gate: GateView): Sent {
  const shown = documentOf(gate)?.fields;
  const edits = gate.editable && textOf(form, 'action') !== 'reject';
  return {
    comment: textOf(form, 'comment'),
    reason: textOf(form, 'reason'),
    ...(edits && shown !== undefined ? { edit: readFields(form, shown) } : {}),
    ...(edits && shown === undefined ? { texts: readTexts(form, textsOf(gate)) } : {}),
  };
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.slice(0, maxComment) : '';
}

function acceptedText(answer: Extract<DecisionAnswer, { status: 'accepted' }>, decision: Decision): string {
  if (answer.outcome === 'waiting') {
    const what = decision.vote === 'reject' ? 'rejection' : 'approval';
    return `Your ${what} counts: ${answer.votes.toString()} of ${answer.quorum.toString()}.`;
  }
  if (answer.outcome === 'rejected') return 'Rejected. The reason is kept with the run.';
  return decision.edited === undefined ? 'Approved.' : 'Approved with your changes.';
}

function refusalNotice(answer: Exclude<DecisionAnswer, { status: 'accepted' }>): Notice {
  if (answer.status === 'refused') {
    return { tone: 'bad', lines: [`Your decision was not accepted: ${answer.reason}`] };
  }
  const by = answer.by.length > 0 ? ` by ${answer.by.join(', ')}` : '';
  return { tone: 'warn', lines: [`Already decided: ${answer.outcome}${by}. Your decision was not needed.`] };
}

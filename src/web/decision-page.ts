/** `/runs/:id/gates/:gate`: the document beside its fields, and the decision. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { askToAct, decide, describeRun, gatesOf, Refused, WorkerBusy } from '../runs.ts';
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
  app.post('/:id/gates/:gate', async (context) => {
    const [id, name] = [context.req.param('id'), context.req.param('gate')];
    const form = await context.req.formData();
    try {
      return await takeDecision(context, parts, { id, name, form });
    } catch (error) {
      if (error instanceof WorkerBusy) return showSendAgain(context, gatePath(id, name), form);
      throw error;
    }
  });
  return app;
}

/** The gate as it can be shown: without a worker, what the server knows. */
async function findGate(parts: Parts, id: string, name: string): Promise<GateView> {
  const { gates, note, busy } = await describeRun(needRuns(parts), id);
  if (busy === true) throw new WorkerBusy(note);
  const gate = gates.findLast((each) => each.name === name);
  if (gate === undefined && note !== undefined) throw new Refused(note);
  return gate ?? noGate(id, name);
}

/** The gate as only a worker knows it: what a form that was sent is read by. */
async function askForGate(parts: Parts, id: string, name: string): Promise<GateView> {
  const gates = await gatesOf(needRuns(parts), id, undefined, askToAct);
  return gates.findLast((each) => each.name === name) ?? noGate(id, name);
}

function noGate(id: string, name: string): never {
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

/** Keeps what was filled in while the worker is busy: it is sent again with one press. */
function showSendAgain(context: RequestContext, path: string, form: FormData): Promise<Response> {
  const kept = [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  return showPage(context, {
    title: 'Not yet',
    status: 503,
    notice: {
      tone: 'warn',
      lines: ['Not yet: Fermata is busy and has not answered. What you filled in is kept here.'],
    },
    body: html`<h1>Not yet</h1>
      <p>Your decision may still arrive. Sent again, it counts once.</p>
      <form method="post" action="${path}" class="row">
        ${kept.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button>Send again</button>
        <a href="${path}">Look at it first</a>
      </form>`,
  });
}

interface SentForm {
  readonly id: string;
  readonly name: string;
  readonly form: FormData;
}

async function takeDecision(context: RequestContext, parts: Parts, { id, name, form }: SentForm): Promise<Response> {
  const user = context.get('user');
  const gate = await askForGate(parts, id, name);
  const read = readDecision(form, gate, user);
  if ('reply' in read) return showGate(context, id, gate, read.reply);
  const answer = await decide(needRuns(parts), id, read.decision);
  if (answer.status === 'accepted') {
    await leaveNotice(context, context.get('secret'), acceptedText(answer, read.decision));
    return context.redirect(answer.outcome === 'waiting' ? gatePath(id, name) : runPath(id), 303);
  }
  const fresh = await askForGate(parts, id, name);
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

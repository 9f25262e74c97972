/** `/runs`: recent runs; `/runs/:id`: where one stands. */
import { Hono } from 'hono';
import { html } from 'hono/html';
import { describeRun, listRuns, type RunFailure, type RunSummary } from '../runs.ts';
import type { GateView } from '../workflows/patterns/gate-messages.ts';
import type { ProgressNode } from '../workflows/patterns/run-state.ts';
import { type Env, needRuns, type Parts, type RequestContext, showPage } from './context.ts';
import { moment, span, words } from './format.ts';
import { type Html, renderNotice } from './layout.ts';
import { notYetLine } from './outage.ts';
import { gatePath, processTitle, runPath } from './paths.ts';
import { resultOf } from './run-result.ts';
import { takeNotice } from './session.ts';

const maxRuns = 100;
const tones: Readonly<Record<RunSummary['state'], string>> = {
  running: '',
  completed: 'good',
  failed: 'bad',
  cancelled: 'warn',
  terminated: 'warn',
  timedOut: 'bad',
  continuedAsNew: '',
};
const marks: Readonly<Record<ProgressNode['state'], string>> = {
  running: '◦',
  done: '✓',
  failed: '✗',
  cancelled: '–',
  timedOut: '⏱',
  defaulted: '↷',
};

export function runsRoutes(parts: Parts): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/', (context) => showRuns(context, parts));
  app.get('/:id', (context) => showRun(context, parts, context.req.param('id')));
  return app;
}

async function showRuns(context: RequestContext, parts: Parts): Promise<Response> {
  const runs = await listRuns(needRuns(parts), { limit: maxRuns });
  return showPage(context, {
    title: 'Runs',
    body: html`<section class="stack" id="runs" data-every="10000" aria-labelledby="title">
      <div class="head">
        <h1 id="title">Recent runs</h1>
        ${webUi(parts)}
      </div>
      ${runs.length === 0 ? html`<p class="soft">Nothing has run yet.</p>` : runTable(runs)}
    </section>`,
  });
}

function webUi(parts: Parts): Html | '' {
  const { ui } = parts.settings.temporal;
  return ui === undefined ? '' : html`<a href="${ui}" rel="noreferrer">Temporal Web UI</a>`;
}

function runTable(runs: readonly RunSummary[]): Html {
  return html`<div class="card">
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">State</th>
          <th scope="col" class="wide-only">Process</th>
          <th scope="col">Started</th>
          <th scope="col" class="wide-only">Took</th>
        </tr>
      </thead>
      <tbody>
        ${runs.map(
          (run) =>
            html`<tr>
              <td><a href="${runPath(run.id)}">${run.id}</a></td>
              <td>${stateChip(run)}</td>
              <td class="wide-only">${processTitle(run.process)}</td>
              <td>${moment(run.started)}</td>
              <td class="wide-only num">${run.closed === undefined ? '' : span(run.started, run.closed)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function stateChip(run: RunSummary): Html {
  const waits = run.state === 'running' && run.gates.length > 0;
  return html`<span class="chip ${waits ? 'warn' : tones[run.state]}">${waits ? 'Waits' : words(run.state)}</span>`;
}

async function showRun(context: RequestContext, parts: Parts, id: string): Promise<Response> {
  const run = await describeRun(needRuns(parts), id);
  const { summary, progress, gates } = run;
  const result = summary.state === 'completed' ? await resultOf(needRuns(parts), id) : undefined;
  const left = await takeNotice(context, context.get('secret'));
  const every = summary.state === 'running' || run.busy === true ? html`data-every="2000"` : '';
  const note = run.busy === true ? notYetLine : run.note;
  return showPage(context, {
    title: id,
    notice: left === undefined ? undefined : { tone: 'good', lines: [left] },
    body: html`<section class="stack" id="run" ${every} aria-labelledby="title">
      <div class="head">
        <h1 id="title">${id}</h1>
        ${run.url === undefined ? '' : html`<a href="${run.url}" rel="noreferrer">See it in Temporal's Web UI</a>`}
      </div>
      <p>
        ${stateChip(summary)}
        <span class="soft">${processTitle(summary.process)} · started ${moment(summary.started)}${took(summary)}</span>
      </p>
      ${note === undefined ? '' : renderNotice({ tone: 'warn', lines: [note] })}
      ${run.failure === undefined ? '' : renderNotice({ tone: summary.state === 'running' ? 'warn' : 'bad', lines: failureLines(run.failure) })}
      ${result ?? ''} ${gates.length === 0 ? '' : renderGates(id, gates)}
      ${
        progress === undefined
          ? ''
          : html`<section class="card stack" aria-labelledby="progress">
              <h2 id="progress">Progress</h2>
              <ol class="tree">
                ${renderNode(progress)}
              </ol>
            </section>`
      }
    </section>`,
  });
}

function took(summary: RunSummary): string {
  return summary.closed === undefined ? '' : ` · took ${span(summary.started, summary.closed)}`;
}

function failureLines(failure: RunFailure): string[] {
  const kind = [failure.type, failure.category].filter(Boolean).join(', ');
  const again = failure.step === undefined ? '' : `${failure.step} is tried again, attempt ${String(failure.attempt)}`;
  return [failure.message, kind, again].filter((line) => line !== '');
}

function renderGates(id: string, gates: readonly GateView[]): Html {
  return html`<section class="card stack" aria-labelledby="gates">
    <h2 id="gates">Decisions</h2>
    ${gates.map(
      (gate) =>
        html`<div>
          <p>
            ${
              gate.state === 'open'
                ? html`<a class="button" href="${gatePath(id, gate.name)}">Decide: ${words(gate.name)}</a>
                    <span class="soft">due ${moment(gate.due)}</span>`
                : html`<a href="${gatePath(id, gate.name)}">${words(gate.name)}</a>: ${gate.state}
                    ${gate.votes.length > 0 ? `by ${gate.votes.map((vote) => vote.by).join(', ')}` : ''}`
            }
          </p>
        </div>`,
    )}
  </section>`;
}

function renderNode(node: ProgressNode): Html {
  const time = node.end === undefined ? '' : span(node.start, node.end);
  return html`<li class="${node.state}">
    <span class="dot" aria-hidden="true">${marks[node.state]}</span> ${node.name}
    <span class="soft small num">${[words(node.state), time, node.outcome].filter(Boolean).join(' · ')}</span>
    ${
      node.children.length === 0
        ? ''
        : html`<ol>
            ${node.children.map(renderNode)}
          </ol>`
    }
  </li>`;
}

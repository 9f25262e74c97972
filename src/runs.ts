/** Runs as people handle them: start, find, look at, decide. Client and server stand on this; it knows no terminal. */
export { BadInput, Unreachable } from './connection.ts';
export { decide, signalDecision } from './runs/decide.ts';
export { describeRun, failureOf, gatesOf, summaryOfRun, type RunDetails, type RunFailure } from './runs/describe.ts';
export { listInbox, listRuns, type InboxItem } from './runs/list.ts';
export {
  askedAgain,
  askToAct,
  connectRuns,
  inPlainWords,
  Refused,
  withLimit,
  WorkerBusy,
  type Runs,
} from './runs/session.ts';
export { checkInput, startRun, type StartedRun } from './runs/start.ts';
export { type RunSummary } from './runs/summary.ts';

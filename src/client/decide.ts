import type { Command } from 'commander';
import type { Settings } from '../config.ts';
import { BadInput } from '../connection.ts';
import { loadDirectory } from '../services/directory.ts';
import type { Decision, DecisionAnswer } from '../workflows/patterns/gate-messages.ts';
import { readJson } from './input.ts';
import { markFailed, note, show, withRuns, type CommonOptions } from './terminal.ts';
import { example } from './usage.ts';

interface DecisionFlags extends CommonOptions {
  readonly gate?: string;
  readonly as: string;
  readonly comment?: string;
  readonly edit?: string;
  readonly reason?: string;
  readonly signal?: boolean;
  readonly subject?: string;
  readonly to?: string;
}

/** `approve`, `reject` and `delegate`. */
export function addDeciding(program: Command): void {
  const common = (name: string, lines: readonly string[]): Command =>
    example(program.command(name), lines)
      .argument('<id>', 'run id')
      .requiredOption('--as <user>', 'who decides; roles come from the users file')
      .option('--gate <gate>', 'which gate; may be left out when one is open')
      .option('--comment <text>', 'kept with the decision')
      .option('--subject <hash>', 'version that was looked at; needed once an approver has changed it, see `status`')
      .option('--signal', 'send a plain signal and do not wait for an answer');

  common('approve', [
    'approve document-ingestion-4f2a --as ada',
    'approve document-ingestion-4f2a --as ada --edit fields.json',
  ])
    .description('approves what a gate waits for, and says what became of it')
    .option('--edit <file>', 'JSON that replaces what is approved, where the gate takes changes; - is stdin')
    .action((id: string, flags: DecisionFlags) => send(id, 'approve', flags));

  common('reject', ['reject document-ingestion-4f2a --as ada --reason "wrong supplier"'])
    .description('rejects what a gate waits for, and says what became of it')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, flags: DecisionFlags) => send(id, 'reject', flags));

  common('delegate', ['delegate invoice-approval-4f2a --as ada --to grace'])
    .description('hands your vote to another person, who then votes for you')
    .requiredOption('--to <user>', 'who votes instead')
    .action((id: string, flags: DecisionFlags) => send(id, 'delegate', flags));
}

/** The roles of a user; throws {@link BadInput} with the known names for one who is not in the users file. */
export function rolesOfUser(settings: Settings, user: string): readonly string[] {
  const directory = loadDirectory(settings.usersFile);
  const roles = directory.rolesOf(user);
  if (roles) return roles;
  const names = directory.users.map(({ name }) => name).join(', ');
  throw new BadInput(`unknown user '${user}'; the users file ${settings.usersFile} knows ${names}.`);
}

async function send(id: string, vote: Decision['vote'], flags: DecisionFlags): Promise<void> {
  const { decide, signalDecision } = await import('../runs.ts');
  const edited = flags.edit === undefined ? undefined : await readJson(flags.edit);
  await withRuns(async (runs, settings) => {
    const decision: Decision = {
      vote,
      by: flags.as,
      roles: rolesOfUser(settings, flags.as),
      ...(flags.gate === undefined ? {} : { gate: flags.gate }),
      ...(flags.comment === undefined ? {} : { comment: flags.comment }),
      ...(flags.reason === undefined ? {} : { reason: flags.reason }),
      ...(edited === undefined ? {} : { edited }),
      ...(flags.subject === undefined ? {} : { subjectHash: flags.subject }),
      ...(flags.to === undefined ? {} : { to: flags.to }),
    };
    if (flags.signal === true) {
      await signalDecision(runs, id, decision);
      show(flags, { id, status: 'sent' }, `sent to '${id}'; a signal is not answered.`);
      return;
    }
    showAnswer(id, vote, await decide(runs, id, decision), flags);
  });
}

function showAnswer(id: string, vote: Decision['vote'], answer: DecisionAnswer, flags: CommonOptions): void {
  switch (answer.status) {
    case 'accepted': {
      const counted = vote === 'reject' ? 'rejections' : 'approvals';
      const left =
        answer.outcome === 'waiting' ? `; ${String(answer.votes)} of ${String(answer.quorum)} ${counted}` : '';
      show(flags, { id, ...answer }, `accepted: gate '${answer.gate}' of '${id}' is ${answer.outcome}${left}`);
      return;
    }
    case 'alreadyDecided': {
      const by = answer.by.length === 0 ? '' : ` by ${answer.by.join(', ')}`;
      const message = `already decided: gate '${answer.gate}' of '${id}' was ${answer.outcome}${by}`;
      const differs = answer.outcome !== (vote === 'reject' ? 'rejected' : 'approved');
      show(flags, { id, ...answer, ...(differs ? { error: { code: answer.status, message } } : {}) }, message);
      if (differs) markFailed();
      return;
    }
    case 'refused': {
      markFailed();
      const error = { code: answer.code, message: answer.reason };
      if (flags.json === true) show(flags, { id, ...answer, error }, '');
      else note(`refused: ${answer.reason}`);
    }
  }
}

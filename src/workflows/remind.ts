import { proxyActivities } from '@temporalio/workflow';
import type { NotifyActivities } from '../activities/notify.ts';
import { bestEffort } from './activity-options.ts';
import type { GateView } from './patterns/gate-messages.ts';
import { key } from './patterns/stage.ts';

const mail = proxyActivities<NotifyActivities>(bestEffort);

/** Mails a gate's approvers that it waits for them; for the option `notify` of a gate. */
export function remind(event: 'reminder' | 'escalation', gate: GateView): Promise<void> {
  return mail.remindApprovers(key(`${event} ${gate.name} ${new Date().toISOString()}`), event, gate);
}

/** Mails to people: by name, by role, or by address. */
import { cancellationSignal } from '@temporalio/activity';
import type { Directory } from '../services/directory.ts';
import type { Mailer } from '../services/mail.ts';

/** A message. `to` takes `user:ada`, `role:approver` and addresses. */
interface Message {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** What a reminder says about a gate. */
interface WaitingGate {
  readonly name: string;
  readonly approvers: readonly string[];
  readonly requester: string | null;
  readonly due: string;
}

export interface NotifyServices {
  readonly mail: Mailer;
  readonly directory: Directory;
}

export interface NotifyActivities {
  /** Sends a message once for each key; the same key again sends nothing. */
  notify(key: string, message: Message): Promise<void>;
  /** Tells everybody who may decide at a gate, but the requester, that it waits. */
  remindApprovers(key: string, event: 'reminder' | 'escalation', gate: WaitingGate): Promise<void>;
}

export function createNotifyActivities({ mail, directory }: NotifyServices): NotifyActivities {
  const send = async (key: string, message: Message): Promise<void> => {
    const to = directory.addressesOf(message.to);
    if (to.length > 0) await mail.send({ ...message, to, key }, cancellationSignal());
  };
  return {
    notify: send,
    async remindApprovers(key, event, gate) {
      const to = directory.addressesOf(gate.approvers, gate.requester);
      const subject = event === 'reminder' ? `Still waiting: ${gate.name}` : `Now yours to decide: ${gate.name}`;
      const text = `'${gate.name}' waits for a decision until ${gate.due}. See the inbox.`;
      await send(key, { to, subject, text });
    },
  };
}

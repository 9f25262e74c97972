/** What a mail server's no means for us. */
import { failure } from '../../failures.ts';

const deferMs = 60_000;

/**
 * The failure to throw for what nodemailer threw: a 5xx is a refusal, a 4xx means later, everything else that the
 * server cannot be used right now.
 */
export function failureOf(error: unknown, timeoutMs: number): Error {
  if (!(error instanceof Error)) return down(String(error), error);
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  if (code === 'EABORT') return down(`no answer within ${timeoutMs} ms`, error);
  if (code === 'EAUTH' || code === 'ENOAUTH') return down(`it does not accept our name and password`, error);
  if (typeof responseCode !== 'number') return down(error.message, error);
  if (responseCode >= 500) {
    return failure('validation', `the mail server refused the mail: ${error.message}`, {
      type: 'MailRefused',
      cause: error,
    });
  }
  if (responseCode >= 400) {
    return failure('resource', `the mail server takes the mail later: ${error.message}`, {
      type: 'MailDeferred',
      nextRetryDelay: deferMs,
      cause: error,
    });
  }
  return down(error.message, error);
}

function down(reason: string, cause: unknown): Error {
  return failure('dependency', `the mail server cannot be used: ${reason}; check FERMATA_SMTP_URL`, {
    type: 'MailServerDown',
    cause,
  });
}

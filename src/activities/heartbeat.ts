import { activityInfo, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/**
 * Heartbeats for every activity that has a heartbeat timeout, at a third of it, so that the server notices a lost
 * worker within seconds and a cancellation reaches long work. Details that the activity reports itself stay: each of
 * our heartbeats repeats the last ones, also those of the attempt before.
 */
export function heartbeats(): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next): Promise<unknown> {
      const info = activityInfo();
      const timeout = info.heartbeatTimeoutMs ?? 0;
      if (timeout === 0) return next(input);
      const context = Context.current();
      const send = context.heartbeat;
      let last: unknown = info.heartbeatDetails;
      // The only place that sees every heartbeat of the activity, whichever way it is sent.
      Object.assign(context, {
        heartbeat: (details?: unknown) => {
          last = details ?? last;
          send(last);
        },
      });
      const timer = setInterval(() => {
        send(last);
      }, timeout / 3);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  };
}

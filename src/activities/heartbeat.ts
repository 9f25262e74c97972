import { activityInfo, Context } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/**
 * Heartbeats for every activity that has a heartbeat timeout, at a third of it, so that the server notices a lost
 * worker within seconds and a cancellation reaches long work.
 */
export function heartbeats(): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next): Promise<unknown> {
      const timeout = activityInfo().heartbeatTimeoutMs ?? 0;
      if (timeout === 0) return next(input);
      const context = Context.current();
      const timer = setInterval(() => {
        context.heartbeat();
      }, timeout / 3);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  };
}

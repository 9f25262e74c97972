/**
 * Infrastructure in test mode: a service is down until it is restarted. `broken-…` stays down, `flaky-3-…` comes up
 * with the third restart, `fixed-…` may not be restarted.
 */
import { recall, remember, type Sandbox, stageOf } from './sandbox-call.ts';

export const infrastructure: Sandbox<'infrastructure'> = {
  async restart({ db, key, body: { service }, isUnlucky }) {
    if (isUnlucky || service.startsWith('fixed-')) return { status: 'declined', reason: 'may not be restarted' };
    const before = await recall(db, 'infrastructure', service);
    const restarts = restartsOf(before?.data) + 1;
    await remember(db, { vendor: 'infrastructure', id: service, key, data: { restarts } });
    return { status: 'restarting' };
  },

  async health({ db, body: { service }, behaviour }) {
    const known = await recall(db, 'infrastructure', service);
    if (known === undefined) return { status: 'down' };
    const isUp = restartsOf(known.data) >= restartsNeeded(service);
    return { status: stageOf(['restarting', isUp ? 'healthy' : 'down'], known, behaviour) };
  },
};

function restartsOf(data: unknown): number {
  return (data as { restarts?: number } | undefined)?.restarts ?? 0;
}

function restartsNeeded(service: string): number {
  if (service.startsWith('broken-')) return Infinity;
  return Number(/^flaky-(\d{1,3})-/.exec(service)?.[1] ?? 1);
}

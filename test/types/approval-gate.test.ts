/** Fails in the type check, not when it runs: nothing here is ever called. */
import { describe, it } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import { z } from 'zod';
import { approvalGate, type GateDecision, type GateOptions } from '../../src/workflows/patterns/approval-gate.ts';
import type { Decision } from '../../src/workflows/patterns/gate-messages.ts';

const options = { name: 'pay', subject: { amount: '12.00' }, approvers: ['role:buyer'], timeout: '1 day' } as const;
const schema = z.strictObject({ amount: z.string() });
type Edited = z.infer<typeof schema>;
type Approved<E> = Extract<GateDecision<E>, { status: 'approved' }>;

describe('the decision of a gate', () => {
  it('is approved, rejected or expired', () => {
    expectTypeOf<GateDecision<Edited>['status']>().toEqualTypeOf<'approved' | 'rejected' | 'expired'>();
  });

  it('carries what the schema of the changes gives', () => {
    const call = () => approvalGate({ ...options, editable: schema }).decision();
    expectTypeOf(call).returns.resolves.toEqualTypeOf<GateDecision<Edited>>();
    expectTypeOf<Approved<Edited>['edited']>().toEqualTypeOf<Edited | undefined>();
  });

  it('carries no changes when the gate takes none', () => {
    const call = () => approvalGate(options).decision();
    expectTypeOf(call).returns.resolves.toEqualTypeOf<GateDecision<never>>();
    expectTypeOf<Approved<never>['edited']>().toEqualTypeOf<undefined>();
  });

  it('has a reason only when it is a rejection, and a decider only when somebody decided', () => {
    const read = (decision: GateDecision<Edited>): string => {
      expectTypeOf<Extract<typeof decision, { reason: unknown }>['status']>().toEqualTypeOf<'rejected'>();
      switch (decision.status) {
        case 'approved':
          expectTypeOf(decision.by).toEqualTypeOf<readonly string[]>();
          return decision.edited?.amount ?? '';
        case 'rejected':
          expectTypeOf(decision.by).toEqualTypeOf<string>();
          return decision.reason;
        case 'expired':
          expectTypeOf<Extract<typeof decision, { by: unknown }>>().toBeNever();
          return decision.status;
      }
    };
    expectTypeOf(read).returns.toEqualTypeOf<string>();
  });
});

describe('the options of a gate', () => {
  it('need a name, a subject, approvers and a timeout', () => {
    type Needed = Pick<GateOptions<never>, 'name' | 'subject' | 'approvers' | 'timeout'>;
    expectTypeOf<Needed>().toExtend<GateOptions<never>>();
    expectTypeOf<Omit<Needed, 'timeout'>>().not.toExtend<GateOptions<never>>();
    expectTypeOf<Omit<Needed, 'approvers'>>().not.toExtend<GateOptions<never>>();
  });

  it('take no schema that gives something else than what is asked for', () => {
    // @ts-expect-error the schema gives a number
    const call = () => approvalGate<Edited>({ ...options, editable: z.number() });
    expectTypeOf(call).toBeFunction();
  });
});

describe('what rejects', () => {
  it('is a veto or a quorum', () => {
    type Rejections = NonNullable<GateOptions<never>['rejections']>;
    expectTypeOf<'veto'>().toExtend<Rejections>();
    expectTypeOf<{ quorum: 2 }>().toExtend<Rejections>();
    expectTypeOf<2>().not.toExtend<Rejections>();
    expectTypeOf<'majority'>().not.toExtend<Rejections>();
  });
});

describe('a vote', () => {
  it('is for, against or handed over, by somebody', () => {
    expectTypeOf<{ vote: 'approve'; by: string }>().toExtend<Decision>();
    expectTypeOf<{ vote: 'delegate'; by: string; to: string }>().toExtend<Decision>();
    expectTypeOf<{ vote: 'abstain'; by: string }>().not.toExtend<Decision>();
    expectTypeOf<{ vote: 'approve' }>().not.toExtend<Decision>();
  });
});

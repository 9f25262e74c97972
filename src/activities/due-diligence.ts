/** Activities that find out about an applicant. Checks take vendors minutes: they are ordered, and collected later. */
import { cancellationSignal } from '@temporalio/activity';
import {
  riskOf,
  type CheckKind,
  type Findings,
  type Report,
  type Risk,
  type Screening,
} from '../services/applicant-risk.ts';
import * as store from '../services/assessment-store.ts';
import type { Database } from '../services/database.ts';
import type { Sanctions } from '../services/sanctions.ts';
import type { Vendors } from '../services/vendors.ts';
import type { Body } from '../services/vendors/contract.ts';

export type { CheckKind, Findings, Report, Risk } from '../services/applicant-risk.ts';

/** Somebody who wants to become a customer, tenant, partner. */
export interface Applicant {
  readonly name: string;
  /** Other names, now or earlier; each is looked up on the sanctions list. */
  readonly alsoKnownAs?: readonly string[] | undefined;
  /** Number of the passport or identity card. */
  readonly documentNumber: string;
  /** ISO day. */
  readonly birthDate: string;
  /** Two letters. */
  readonly country: string;
  readonly taxId?: string | undefined;
  readonly referees: readonly string[];
  /** User who asks for it: is told the outcome, and cannot decide. */
  readonly requester?: string | undefined;
}

/** An order at a vendor. `turnaroundMs`: how long the vendor says it takes. */
interface Ordered {
  readonly order: string;
  readonly turnaroundMs: number;
}

export interface DueDiligenceServices {
  readonly db: Database;
  readonly vendors: Vendors;
  readonly sanctions: Sanctions;
}

export interface DueDiligenceActivities {
  openAssessment(id: string, applicant: Applicant): Promise<void>;
  /** Takes an open assessment back; fine if it never was opened. */
  withdrawAssessment(id: string): Promise<void>;
  closeAssessment(id: string, ending: store.AssessmentEnding): Promise<void>;
  /** Orders a check, once for each key. */
  orderCheck(key: string, kind: CheckKind, applicant: Applicant): Promise<Ordered>;
  /** What came of an order. `waitedMs`: time since the order, by the clock of the run. */
  collectCheck(kind: CheckKind, order: string, waitedMs: number): Promise<Report | { readonly status: 'pending' }>;
  /** Looks all names up on the sanctions list. Fails with `NameUnreadable` (validation) for one in another script. */
  screenApplicant(applicant: Applicant): Promise<Screening>;
  rateApplicant(findings: Findings): Promise<Risk>;
}

export function createDueDiligenceActivities(services: DueDiligenceServices): DueDiligenceActivities {
  const { db, vendors, sanctions } = services;
  return {
    openAssessment: (id, { name }) => store.insertAssessment(db, id, name),
    withdrawAssessment: (id) => store.deleteOpenAssessment(db, id),
    closeAssessment: (id, ending) => store.endAssessment(db, id, ending),
    async orderCheck(key, kind, applicant) {
      const body = bodyOf[kind](applicant);
      const { order, turnaroundMs } = await vendors.request(kind, 'order', body, { key, signal: cancellationSignal() });
      return { order, turnaroundMs };
    },
    collectCheck: (kind, order, waitedMs) =>
      vendors.request(kind, 'collect', { order, waitedMs }, { key: order, signal: cancellationSignal() }),
    async screenApplicant({ name, alsoKnownAs = [] }) {
      const found = await Promise.all([name, ...alsoKnownAs].map((each) => sanctions.screen(each)));
      const matches = found.flat().map(({ entry, name: listed, alias, score }) => {
        const by = score < certain ? 'fuzzy' : alias ? 'alias' : 'name';
        return { entry, name: listed, by, score } as const;
      });
      return { status: 'screened', matches: matches.sort((a, b) => b.score - a.score).slice(0, mostMatches) };
    },
    rateApplicant: async (findings) => riskOf(findings),
  };
}

/** Names this much alike have the same words. */
const certain = 0.99;
const mostMatches = 10;

const bodyOf: { readonly [K in CheckKind]: (applicant: Applicant) => Body<K, 'order'> } = {
  identity: ({ name, documentNumber, birthDate, country }) => ({ name, documentNumber, birthDate, country }),
  credit: ({ name, taxId }) => (taxId === undefined ? { name } : { name, taxId }),
  references: ({ name, referees }) => ({ name, referees: [...referees] }),
  background: ({ name, birthDate }) => ({ name, birthDate }),
};

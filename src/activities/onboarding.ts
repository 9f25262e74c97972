/** Activities that make somebody a customer. Every effect has a key and may be repeated. */
import { cancellationSignal } from '@temporalio/activity';
import { signConfirmation } from '../services/confirmation-links.ts';
import { confirmationLetter, preferencesOf, welcomeLetter } from '../services/customer-letters.ts';
import * as store from '../services/customer-store.ts';
import type { Database } from '../services/database.ts';
import type { Mailer } from '../services/mail.ts';
import type { Vendors } from '../services/vendors.ts';

export type { Application } from '../services/customer-store.ts';
type Application = store.Application;

/** Which link to send. */
interface LinkRequest {
  /** Run that waits for the confirmation. */
  readonly runId: string;
  /** ISO; the link works no longer. */
  readonly until: string;
  readonly again: boolean;
}

/** What the identity service says. */
type Identity =
  { readonly status: 'verified'; readonly confidence: number } | { readonly status: 'failed'; readonly reason: string };

export interface OnboardingServices {
  readonly db: Database;
  readonly mail: Mailer;
  readonly vendors: Vendors;
  /** Base address of links to our web server. */
  readonly publicUrl: string;
}

export interface OnboardingActivities {
  /** Mails a link by which the applicant confirms the address. */
  sendConfirmationLink(key: string, application: Application, request: LinkRequest): Promise<void>;
  openCustomerAccount(id: string, application: Application): Promise<store.Opening>;
  /** Takes an account back with its workspace; fine if it never was opened. */
  removeCustomerAccount(id: string): Promise<void>;
  /** Returns the workspace's short name. */
  makeWorkspace(customer: string, application: Application): Promise<string>;
  verifyIdentity(key: string, application: Application): Promise<Identity>;
  activateCustomerAccount(customer: string, verifiedBy: string): Promise<void>;
  personalizeAccount(customer: string, application: Application): Promise<store.Preferences>;
  sendWelcome(key: string, application: Application, workspace: string): Promise<void>;
}

export function createOnboardingActivities(services: OnboardingServices): OnboardingActivities {
  const { db, mail, vendors, publicUrl } = services;
  return {
    async sendConfirmationLink(key, application, { runId, until, again }) {
      const { email } = application;
      const token = await signConfirmation(db, { runId, email }, until);
      const letter = confirmationLetter(application, new URL(`/verify/${token}`, publicUrl).href, until, again);
      await mail.send({ to: email, key, ...letter }, cancellationSignal());
    },
    openCustomerAccount: (id, application) => store.openAccount(db, id, application),
    removeCustomerAccount: (id) => store.removeAccount(db, id),
    makeWorkspace: (customer, { company, name }) => store.makeWorkspace(db, customer, company ?? name),
    verifyIdentity(key, { name, documentNumber, birthDate, country }) {
      const person = { name, documentNumber, country, ...(birthDate === undefined ? {} : { birthDate }) };
      return vendors.request('identity', 'verify', person, { key, signal: cancellationSignal() });
    },
    activateCustomerAccount: (customer, verifiedBy) => store.activateAccount(db, customer, verifiedBy),
    async personalizeAccount(customer, application) {
      const preferences = preferencesOf(application);
      await store.keepPreferences(db, customer, preferences);
      return preferences;
    },
    async sendWelcome(key, application, workspace) {
      await mail.send({ to: application.email, key, ...welcomeLetter(application, workspace) }, cancellationSignal());
    },
  };
}

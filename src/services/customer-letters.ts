/** What we write to somebody who becomes a customer, in their language. */
import type { Application, Preferences } from './customer-store.ts';

type Language = Preferences['language'];

interface Letter {
  readonly subject: string;
  readonly text: string;
}

const spoken: Readonly<Record<string, Language>> = {
  DE: 'de',
  AT: 'de',
  CH: 'de',
  LI: 'de',
  FR: 'fr',
  BE: 'fr',
  LU: 'fr',
};
const currencies: Readonly<Record<string, string>> = { CH: 'CHF', LI: 'CHF', GB: 'GBP', US: 'USD' };

/** How the account of an applicant is set up. */
export function preferencesOf({ country, language, company }: Application): Preferences {
  return {
    language: language ?? spoken[country] ?? 'en',
    currency: currencies[country] ?? 'EUR',
    template: company === undefined ? 'personal' : 'company',
  };
}

/** The letter with the link; `until` is ISO. */
export function confirmationLetter(application: Application, link: string, until: string, again: boolean): Letter {
  const { name } = application;
  const day = until.slice(0, 16).replace('T', ' ');
  const letters: Record<Language, Letter> = {
    en: {
      subject: again ? 'Reminder: confirm your address' : 'Confirm your address',
      text: `Dear ${name},\n\nplease confirm that this is your address:\n${link}\n\nThe link works until ${day} UTC.`,
    },
    de: {
      subject: again ? 'Erinnerung: Adresse bestätigen' : 'Adresse bestätigen',
      text: `Guten Tag ${name},\n\nbitte bestätigen Sie, dass dies Ihre Adresse ist:\n${link}\n\nDer Link gilt bis ${day} UTC.`,
    },
    fr: {
      subject: again ? 'Rappel : confirmez votre adresse' : 'Confirmez votre adresse',
      text: `Bonjour ${name},\n\nveuillez confirmer que cette adresse est la vôtre :\n${link}\n\nLe lien est valable jusqu’au ${day} UTC.`,
    },
  };
  return letters[preferencesOf(application).language];
}

/** The letter when all is done. */
export function welcomeLetter(application: Application, workspace: string): Letter {
  const { name, plan } = application;
  const letters: Record<Language, Letter> = {
    en: { subject: 'Welcome', text: `Dear ${name},\n\nyour workspace ${workspace} (${plan}) is ready.` },
    de: { subject: 'Willkommen', text: `Guten Tag ${name},\n\nIhr Bereich ${workspace} (${plan}) ist eingerichtet.` },
    fr: { subject: 'Bienvenue', text: `Bonjour ${name},\n\nvotre espace ${workspace} (${plan}) est prêt.` },
  };
  return letters[preferencesOf(application).language];
}

import type { LanguageTag } from '../texts/page-language.js';

const ENGLISH = {
  signIn: 'Sign in',
  purpose: 'to go on to your notes',
  reauthenticate: 'once more, so that it is certain that this is you',
  select_account: 'with the account that you want to use',
  keepAccount: 'Go on with the account you have',
  email: 'E-mail address',
  password: 'Password',
  demoAccounts: 'Demo accounts',
  incomplete: 'Please fill in your e-mail address and your password.',
  wrong: 'That e-mail address and password do not go together.',
  signedIn: 'Signed in',
  signedOut: 'Signed out',
  moment: 'One moment, you are being taken on.',
  continue: 'Continue',
  foreignTitle: 'Not sent from here',
  foreignHeading: 'That form came from another site',
  foreignReason: 'To keep anybody from signing you in or out behind your back, this page only accepts its own forms.',
  signInHere: 'Sign in here',
};

export type LoginTexts = Readonly<typeof ENGLISH>;

const GERMAN: LoginTexts = {
  signIn: 'Anmelden',
  purpose: 'und weiter zu Ihren Notizen',
  reauthenticate: 'noch einmal, damit sicher ist, dass Sie es sind',
  select_account: 'mit dem Konto, das Sie verwenden möchten',
  keepAccount: 'Weiter mit dem bisherigen Konto',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  demoAccounts: 'Konten zum Ausprobieren',
  incomplete: 'Bitte geben Sie Ihre E-Mail-Adresse und Ihr Passwort ein.',
  wrong: 'Diese E-Mail-Adresse und dieses Passwort gehören nicht zusammen.',
  signedIn: 'Angemeldet',
  signedOut: 'Abgemeldet',
  moment: 'Einen Augenblick, es geht gleich weiter.',
  continue: 'Weiter',
  foreignTitle: 'Nicht von hier gesendet',
  foreignHeading: 'Dieses Formular kam von einer anderen Website',
  foreignReason:
    'Damit niemand Sie ohne Ihr Wissen an- oder abmeldet, nimmt diese Seite nur ihre eigenen Formulare an.',
  signInHere: 'Hier anmelden',
};

/** The words of the login pages. */
export const LOGIN_TEXTS: Readonly<Record<LanguageTag, LoginTexts>> = { en: ENGLISH, de: GERMAN };

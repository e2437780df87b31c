import type { PageLanguage, PageTexts } from 'nestjs-mcp-auth';
import { GERMAN_CONNECTED_APPS } from './german-connected-apps.js';
import { GERMAN_ERRORS } from './german-errors.js';

/** The library's pages in German. The type makes the compiler name a text that is missing. */
const TEXTS: PageTexts = {
  consent: {
    title: '{clientName} mit {resourceName} verbinden',
    heading: '{clientName} möchte sich mit {resourceName} verbinden',
    unnamedClient: 'Eine App ohne Namen',
    verified: 'Geprüft',
    verifiedHost: 'Host geprüft',
    unverified: 'Nicht geprüft',
    identifiedBy: 'ausgewiesen durch {host}',
    website: 'Website',
    saysWebsite: 'nennt als Website',
    cautionHeading: 'Haben Sie diese Verbindung gerade selbst begonnen?',
    cautionUnchecked: 'Niemand hat geprüft, wer hinter diesem Namen steht.',
    cautionBorrowedName: 'Die App nennt sich {claimedName}. Ihr Host ist für diesen Namen nicht bekannt.',
    cautionComputer:
      'Die Antwort geht an ein Programm auf diesem Computer. Vergewissern Sie sich, dass Sie es selbst gestartet haben.',
    cautionScheme: 'Die Antwort geht an diejenige App, die auf diesem Gerät Links mit {scheme} öffnet.',
    cautionOtherHost: 'Die Antwort geht an {host}. Das ist nicht der Host, durch den sich die App ausweist.',
    cautionOtherWebsite: 'Die Antwort geht an {host}. Das ist nicht die Website, die die App nennt.',
    cautionAdvice: 'Wenn nicht, wählen Sie „Ablehnen“.',
    account: 'Ihr Konto',
    otherAccount: 'Anderes Konto verwenden',
    organisation: 'Organisation',
    noOrganisation: 'Keine',
    otherOrganisation: 'Andere Organisation wählen',
    server: 'MCP-Server',
    answer: 'Antwort an',
    answerComputer: 'Ein Programm auf diesem Computer',
    answerScheme: 'Die App für Links mit {scheme} auf diesem Gerät',
    duration: 'Wie lange',
    durationOfUse: 'Höchstens {longest}, ungenutzt höchstens {idle}',
    permissions: 'Was die App darf',
    permissionsRequired: 'Gehört immer dazu',
    permissionsOptional: 'Ihre Wahl',
    permissionsNone: 'Die App bittet um keine besondere Berechtigung.',
    permissionNew: 'Neu',
    permissionGiven: 'Schon erlaubt',
    deny: 'Ablehnen',
    allow: 'Erlauben',
    takeBack: 'Sie können das jederzeit widerrufen:',
    connectedApps: 'Ihre verbundenen Apps',
    details: 'Technische Einzelheiten',
    clientId: 'Client-ID',
    redirectUri: 'Redirect-URI',
    resource: 'Ressource',
  },
  redirect: {
    title: 'Zurück zur App',
    headingHost: 'Zurück zu {host}',
    headingComputer: 'Zurück zur App auf diesem Computer',
    headingApp: 'Zurück zur App',
    headingSignIn: 'Melden Sie sich noch einmal an',
    moment: 'Einen Augenblick bitte.',
    opensApp:
      'Vielleicht fragt Ihr Browser, ob er die App öffnen darf. Sobald sie offen ist, können Sie diese Seite schließen.',
    continue: 'Weiter',
    note: 'Es passiert nichts? Dann hilft die Schaltfläche.',
  },
  errorPage: { reference: 'Kennung' },
  connectedApps: GERMAN_CONNECTED_APPS,
  errors: GERMAN_ERRORS,
};

/** What the option `views.languages` takes. */
export const GERMAN: PageLanguage = {
  texts: TEXTS,
  scopes: {
    'mcp:read': {
      name: 'Notizen lesen',
      description: 'Sehen, wer Sie sind, und die Notizen Ihrer Organisation lesen',
    },
    'mcp:write': { name: 'Notizen schreiben', description: 'Notizen in Ihrer Organisation anlegen' },
    'mcp:admin': { name: 'Notizen löschen', description: 'Alle Notizen Ihrer Organisation löschen' },
  },
};

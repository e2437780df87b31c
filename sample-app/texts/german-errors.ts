import type { PageTexts } from 'nestjs-mcp-auth';

const CONNECT_AGAIN = 'Gehen Sie zurück zu der App, aus der Sie kommen, und verbinden Sie sie noch einmal.';

/** The library's error pages in German. */
export const GERMAN_ERRORS: PageTexts['errors'] = {
  requestGone: {
    title: 'Diese Anfrage ist nicht mehr offen',
    message: 'Sie ist abgelaufen oder wurde schon beantwortet.',
    hint: CONNECT_AGAIN,
  },
  otherBrowser: {
    title: 'Diese Anfrage gehört zu einem anderen Browser',
    message: 'Eine Anmeldung muss in dem Browser beendet werden, in dem sie begonnen wurde.',
    hint: 'Wenn Sie keine App verbinden wollten, hat Ihnen womöglich jemand diesen Link geschickt. Schließen Sie die Seite.',
  },
  formRefused: {
    title: 'Dieses Formular wird nicht angenommen',
    message: 'Es gehört nicht zu Ihrer jetzigen Anmeldung.',
    hint: CONNECT_AGAIN,
  },
  appsFormRefused: {
    title: 'Dieses Formular wird nicht angenommen',
    message: 'Es gehört nicht zu Ihrer jetzigen Anmeldung.',
    hint: 'Öffnen Sie die Seite Ihrer verbundenen Apps noch einmal.',
  },
  organisationWithoutScopes: {
    title: 'Für diese Organisation lässt sich nichts erlauben',
    message: 'Sie dürfen dieser App dort nichts von dem geben, worum sie bittet.',
    hint: 'Gehen Sie zurück und wählen Sie eine andere Organisation.',
  },
  formUndecided: {
    title: 'Dieses Formular wird nicht angenommen',
    message: 'Es sagt weder Ja noch Nein.',
    hint: CONNECT_AGAIN,
  },
  loginLoop: {
    title: 'Die Anmeldung hat nicht funktioniert',
    message: 'Sie wurden mehrmals zur Anmeldung geschickt und kamen jedes Mal zurück, ohne angemeldet zu sein.',
    hint: 'Erlauben Sie Cookies für diese Website. Gehen Sie dann zurück zur App und verbinden Sie sie noch einmal.',
  },
  accountGone: {
    title: 'Dieses Konto kann nicht verwendet werden',
    message: 'Es besteht nicht mehr oder gehört nicht mehr zu seiner Organisation.',
    hint: CONNECT_AGAIN,
  },
  clientUnknown: {
    title: 'Diese App ist hier nicht bekannt',
    message: 'Bei diesem Server ist sie nicht oder nicht mehr registriert.',
    hint: 'Entfernen Sie die Verbindung in der App und fügen Sie sie neu hinzu. Dabei registriert sich die App von Neuem.',
  },
  clientRefused: {
    title: 'Diese App darf nicht verbunden werden',
    message: 'Die Regeln dieses Servers lassen es für Ihr Konto nicht zu.',
    hint: 'Fragen Sie, wer diesen Server betreibt. Diese Seite können Sie schließen.',
  },
  clientPending: {
    title: 'Diese App muss erst freigegeben werden',
    message: 'Wer diesen Server betreibt, sieht sich neue Apps an, bevor sie verbunden werden können.',
    hint: 'Bitten Sie dort um die Freigabe. Gehen Sie dann zurück zur App und verbinden Sie sie noch einmal.',
  },
  documentRefused: {
    title: 'Diese App ist hier nicht zugelassen',
    message: 'Der Server ist für Apps von dieser Adresse nicht freigegeben.',
    hint: 'Fragen Sie, wer ihn betreibt, wenn Sie die App brauchen. Diese Seite können Sie schließen.',
  },
  documentUnusable: {
    title: 'Diese App konnte sich nicht ausweisen',
    message: 'Die Angaben, die sie über sich veröffentlicht, sind nicht abrufbar oder nicht verwendbar.',
    hint: 'Versuchen Sie es in einigen Minuten noch einmal aus der App. Hilft das nicht, fragen Sie deren Hersteller.',
  },
  requestRefused: {
    title: 'Diese Anfrage kann nicht angenommen werden',
    message: 'Etwas, das die App gesendet hat, fehlt oder ist falsch.',
    hint: 'Gehen Sie zurück zur App und verbinden Sie sie noch einmal. Hilft das nicht, melden Sie deren Hersteller, was hier steht.',
  },
  tooManyRequests: {
    title: 'Zu viele Anfragen',
    message: 'Aus Ihrem Netz kamen mehr Anfragen, als dieser Server auf einmal beantwortet.',
    hint: 'Es ist nichts verloren. Warten Sie eine Minute und laden Sie diese Seite dann neu.',
  },
  unavailable: {
    title: 'Bitte versuchen Sie es gleich noch einmal',
    message: 'Der Server kann im Augenblick nicht antworten.',
    hint: 'Es ist nichts verloren. Laden Sie diese Seite neu.',
  },
  unexpected: {
    title: 'Etwas ist schiefgegangen',
    message: 'Auf dem Server ist etwas Unerwartetes geschehen.',
    hint: CONNECT_AGAIN,
  },
};

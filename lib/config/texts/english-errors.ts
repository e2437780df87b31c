const CONNECT_AGAIN = 'Go back to the app you came from and connect again.';

/** The error pages: what happened, more of it, and what the reader can do. No placeholders. */
export const ENGLISH_ERRORS = {
  requestGone: {
    title: 'This request is no longer open',
    message: 'It has expired, or it was already answered.',
    hint: CONNECT_AGAIN,
  },
  otherBrowser: {
    title: 'This request belongs to another browser',
    message: 'A sign-in has to be finished in the browser in which it was begun.',
    hint: 'If you did not ask to connect an app, somebody may have sent you this link. Close this page.',
  },
  formRefused: {
    title: 'This form cannot be accepted',
    message: 'It does not belong to your current sign-in.',
    hint: CONNECT_AGAIN,
  },
  formUndecided: {
    title: 'This form cannot be accepted',
    message: 'It says neither yes nor no.',
    hint: CONNECT_AGAIN,
  },
  appsFormRefused: {
    title: 'This form cannot be accepted',
    message: 'It does not belong to your current sign-in.',
    hint: 'Open the page of your connected apps again.',
  },
  loginLoop: {
    title: 'Signing in did not work',
    message: 'You were sent to the sign-in page several times, and came back without being signed in.',
    hint: 'Allow cookies for this site, then go back to the app and connect again.',
  },
  accountGone: {
    title: 'This account cannot be used',
    message: 'It does not exist any more, or it left its organisation.',
    hint: CONNECT_AGAIN,
  },
  organisationWithoutScopes: {
    title: 'Nothing can be allowed for this organisation',
    message: 'You may not give this app any of what it asks for there.',
    hint: 'Go back and choose another organisation.',
  },
  clientUnknown: {
    title: 'This app is not known here',
    message: 'Its registration with this server does not exist, or not any more.',
    hint: 'Remove the connection in the app and add it again; it will then register anew.',
  },
  clientRefused: {
    title: 'This app may not be connected',
    message: 'The rules of this server do not allow it for your account.',
    hint: 'Ask whoever runs this server. You can close this page.',
  },
  clientPending: {
    title: 'This app has to be approved first',
    message: 'Whoever runs this server looks at new apps before they can be connected.',
    hint: 'Ask them to approve it, then go back to the app and connect again.',
  },
  documentRefused: {
    title: 'This app is not allowed here',
    message: 'Whoever runs this server has not opened it to apps from this address.',
    hint: 'Ask them if you need it. You can close this page.',
  },
  documentUnusable: {
    title: 'This app could not be identified',
    message: 'The description that it publishes about itself cannot be fetched, or cannot be used.',
    hint: 'Go back to the app and try again in a few minutes. If that does not help, ask whoever makes it.',
  },
  requestRefused: {
    title: 'This request cannot be accepted',
    message: 'Something that the app sent is missing or wrong.',
    hint: 'Go back to the app and connect again. If that does not help, tell whoever makes it what stands here.',
  },
  tooManyRequests: {
    title: 'Too many requests',
    message: 'More requests came from your network than this server answers at a time.',
    hint: 'Nothing was lost; wait a minute, then reload this page.',
  },
  unavailable: {
    title: 'Please try again in a moment',
    message: 'The server cannot answer right now.',
    hint: 'Nothing was lost; reload this page.',
  },
  unexpected: {
    title: 'Something went wrong',
    message: 'The server met an unexpected condition.',
    hint: CONNECT_AGAIN,
  },
} as const;

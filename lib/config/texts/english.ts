import { ENGLISH_CONNECTED_APPS } from './english-connected-apps.js';
import { ENGLISH_ERRORS } from './english-errors.js';

/**
 * Every word of the pages, in English: what a language without its own word falls back to. `{name}` stands for a value of that name; a
 * translation has the same ones, in any order.
 */
export const ENGLISH = {
  consent: {
    title: 'Connect {clientName} to {resourceName}',
    heading: '{clientName} wants to connect to {resourceName}',
    unnamedClient: 'An app without a name',
    verified: 'Verified',
    verifiedHost: 'Verified host',
    unverified: 'Unverified',
    identifiedBy: 'identified by {host}',
    /** Stands before a link. */
    website: 'website',
    /** Stands before a link. */
    saysWebsite: 'says its website is',
    cautionHeading: 'Did you just start this yourself?',
    cautionUnchecked: 'Nobody has checked who is behind this name.',
    cautionBorrowedName: 'It calls itself {claimedName}, and its host is not known for that name.',
    cautionComputer: 'The answer goes to a program on this computer. Be sure it is the one you started.',
    cautionScheme: 'The answer goes to whichever app opens {scheme} links on this device.',
    cautionOtherHost: 'The answer goes to {host}, which is not the host it is identified by.',
    cautionOtherWebsite: 'The answer goes to {host}, which is not the website it names.',
    cautionAdvice: 'If you did not, choose Deny.',
    account: 'Your account',
    otherAccount: 'Use another account',
    organisation: 'Organisation',
    noOrganisation: 'None',
    otherOrganisation: 'Use another organisation',
    server: 'MCP server',
    answer: 'Answer goes to',
    answerComputer: 'A program on this computer',
    answerScheme: 'The app for {scheme} links on this device',
    duration: 'For how long',
    durationOfUse: 'Until {idle} without use, {longest} at most',
    permissions: 'What it may do',
    permissionsRequired: 'Always part of a connection',
    permissionsOptional: 'Your choice',
    permissionsNone: 'It asks for no particular permission.',
    permissionNew: 'New',
    permissionGiven: 'Already allowed',
    deny: 'Deny',
    allow: 'Allow',
    /** Stands before a link. */
    takeBack: 'You can take this back at any time:',
    connectedApps: 'your connected apps',
    details: 'Technical details',
    clientId: 'Client ID',
    redirectUri: 'Redirect URI',
    resource: 'Resource',
  },
  redirect: {
    title: 'Returning to the application',
    headingHost: 'Returning to {host}',
    headingComputer: 'Returning to the app on this computer',
    headingApp: 'Returning to the app',
    headingSignIn: 'Sign in once more',
    moment: 'This takes a moment.',
    opensApp: 'Your browser may ask before it opens the app. Once it is open, you can close this page.',
    continue: 'Continue',
    note: 'Nothing happens? Use the button.',
  },
  errorPage: {
    /** Stands before the id under which the failure is in the log. */
    reference: 'Reference',
  },
  connectedApps: ENGLISH_CONNECTED_APPS,
  errors: ENGLISH_ERRORS,
} as const;

import { presentMembers } from './present-members.js';

/** What the host knows of a person. */
export interface PersonalData {
  readonly email: string;
  readonly emailVerified?: boolean;
  readonly name?: string;
}

/** Claims of the UserInfo answer (OpenID Connect Core §5.1); what is unknown is left out. */
export interface UserClaims {
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
}

/** The claims for which the scopes were granted (§5.4), and nothing called verified that the host did not. */
export function userClaims(subject: string, data: PersonalData, granted: (scope: string) => boolean): UserClaims {
  const [profile, email] = [granted('profile'), granted('email')];
  return presentMembers<UserClaims>({
    sub: subject,
    name: profile ? data.name : undefined,
    email: email ? data.email : undefined,
    email_verified: email ? data.emailVerified : undefined,
  });
}

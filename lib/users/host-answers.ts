import type { Type } from '@nestjs/common';
import { Expose, plainToInstance, Transform } from 'class-transformer';
import {
  buildMessage,
  IsBoolean,
  IsInt,
  IsString,
  Max,
  Min,
  ValidateBy,
  ValidateIf,
  validateSync,
} from 'class-validator';
import { assertSubject } from '../protocol/access-token-claims.js';
import { UserAdapterError } from './user-adapter-error.js';

/** As milliseconds a day of 1973, as seconds one in the far future: an answer this big is in the wrong unit, and no session would ever be too old. */
const LEAST_MILLISECONDS = 1e11;

/** A whole number is written out, so that `42` and `'42'` are one user; a fraction of a second does not count. */
const asText = ({ value }: { value: unknown }): unknown => (Number.isSafeInteger(value) ? String(value) : value);
const asWholeSeconds = ({ value }: { value: unknown }): unknown =>
  typeof value === 'number' ? Math.floor(value) : value;

/** Every one is checked at every step of a request. */
const MOST_ORGS = 1000;

/** Like `IsOptional`, except that `null` is no way to leave a member out. */
const IfPresent = () => ValidateIf((_answer: object, value: unknown) => value !== undefined);

const IsSubject = () =>
  ValidateBy({
    name: 'isSubject',
    validator: {
      validate: isSubject,
      defaultMessage: buildMessage(
        () => '$property must be 1 to 255 printable ASCII characters or a whole number, and not begin with "client:"',
      ),
    },
  });

function isSubject(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    assertSubject(value);
    return true;
  } catch {
    return false;
  }
}

/** What `currentUser` answers, and what `McpLoginService.complete()` is told. */
export class UserAnswer {
  @Expose()
  @Transform(asText)
  @IsSubject()
  id: string;

  /** Seconds since the epoch. */
  @Expose()
  @Transform(asWholeSeconds)
  @IfPresent()
  @IsInt({ message: 'authTime must be a number of seconds' })
  @Min(0)
  @Max(LEAST_MILLISECONDS - 1, { message: 'authTime must be in seconds, not milliseconds' })
  authTime?: number;
}

/** What `currentOrg` answers, and `listOrgs` several of. */
export class OrgAnswer {
  @Expose()
  @Transform(asText)
  @IsSubject()
  id: string;

  /** For people: left out where it is no text. */
  @Expose()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value : undefined))
  name?: string;
}

/** What `fetchUserData` answers; further members stay with the host. */
export class UserDataAnswer {
  @Expose()
  @IsString()
  email: string;

  @Expose()
  @IfPresent()
  @IsBoolean()
  emailVerified?: boolean;

  @Expose()
  @IfPresent()
  @IsString()
  name?: string;

  @Expose()
  @IfPresent()
  @IsString()
  apiKeyId?: string;

  @Expose()
  @IfPresent()
  @IsString()
  apiKeySecret?: string;
}

/** The members of a host's answer that we know, checked. Throws `UserAdapterError`; what was answered is not in its text. */
export function readAnswer<Answer extends object>(type: Type<Answer>, method: string, answer: unknown): Answer {
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) {
    throw new UserAdapterError(method, 'answered something other than an object or null');
  }
  const read = plainToInstance(type, answer, { excludeExtraneousValues: true, exposeUnsetFields: false });
  const [fault] = validateSync(read, { forbidUnknownValues: true, stopAtFirstError: true });
  if (fault)
    throw new UserAdapterError(method, `answered a wrong ${Object.values(fault.constraints ?? {}).join(', ')}`);
  return read;
}

/** The organisations of a list, each once. Throws `UserAdapterError`. */
export function readOrgs(answer: unknown): readonly OrgAnswer[] {
  if (!Array.isArray(answer)) throw new UserAdapterError('listOrgs', 'answered something other than a list');
  if (answer.length > MOST_ORGS)
    throw new UserAdapterError('listOrgs', `answered more than ${MOST_ORGS} organisations`);
  // Not `map`, which would pass over the holes of a list.
  const orgs = Array.from(answer, (org: unknown) => readAnswer(OrgAnswer, 'listOrgs', org));
  if (new Set(orgs.map(({ id }) => id)).size < orgs.length)
    throw new UserAdapterError('listOrgs', 'named an organisation twice');
  return orgs;
}

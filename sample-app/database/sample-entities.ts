import { MembershipEntity } from './entities/membership.entity.js';
import { NoteEntity } from './entities/note.entity.js';
import { OrganisationEntity } from './entities/organisation.entity.js';
import { SessionEntity } from './entities/session.entity.js';
import { UserEntity } from './entities/user.entity.js';

export const sampleEntities = [UserEntity, OrganisationEntity, MembershipEntity, SessionEntity, NoteEntity];

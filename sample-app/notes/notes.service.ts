import { Inject, Injectable } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import { TransactionRunner } from 'nestjs-mcp-auth';
import { v7 as uuidv7 } from 'uuid';
import { In, type DataSource } from 'typeorm';
import { NoteEntity } from '../database/entities/note.entity.js';

export interface Note {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
}

/** The notes of an organisation. */
@Injectable()
export class NotesService {
  constructor(
    @Inject(getDataSourceToken()) private readonly dataSource: DataSource,
    private readonly transactions: TransactionRunner,
  ) {}

  /** The latest notes, newest first. */
  async list(organisationId: string, limit: number): Promise<readonly Note[]> {
    const rows = await this.dataSource.manager.find(NoteEntity, {
      where: { organisationId },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
    });
    return rows.map(toNote);
  }

  async create(organisationId: string, authorId: string, text: { title: string; body: string }): Promise<Note> {
    const row = { id: uuidv7(), organisationId, authorId, ...text, createdAt: Date.now() };
    await this.transactions.runStatement((tx) => tx.insert(NoteEntity, row));
    return toNote(row);
  }

  /** Deletes the notes of an organisation, or only these of them, and answers how many there were. */
  async purge(organisationId: string, ids?: readonly string[]): Promise<number> {
    const some = ids === undefined ? {} : { id: In([...ids]) };
    const { affected } = await this.transactions.runStatement((tx) =>
      tx.delete(NoteEntity, { organisationId, ...some }),
    );
    return affected ?? 0;
  }
}

function toNote({ id, title, body, createdAt }: NoteEntity | Omit<NoteEntity, 'organisationId' | 'authorId'>): Note {
  return { id, title, body, createdAt: new Date(createdAt).toISOString() };
}

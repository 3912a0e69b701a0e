import type { Migration } from 'kysely';
import * as first from './0001-first.js';

/** Every schema that was released, in order. Their names stand in the databases. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-first': first };

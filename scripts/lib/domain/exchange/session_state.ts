// Names the state that a session is published in. Two states of one name have the same bytes and say the same of the session.

import { createHash } from 'node:crypto';
import type { Content, SessionEntry } from './commit.ts';

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Of the bytes alone, as they were cut into pieces; wherever the pieces lie. */
export const contentState = (contents: readonly Content[]): string =>
  hash(contents.map(({ name, pieces }) => [name, pieces.map(({ from, to, digest }) => [from, to, digest])]));

export const sessionState = ({ rollouts, images, row, index, made_name, attached }: SessionEntry): string =>
  hash([contentState(rollouts), contentState(images), row, index, made_name, attached]);

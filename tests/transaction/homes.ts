// Two homes and a package for each: together their syncs need every kind of operation that there is.

import fs from 'node:fs';
import path from 'node:path';
import { agentRow, subAgent, withAgent, withImage } from '../fixtures/agents.ts';
import { filesOf, forkOf } from '../fixtures/chain.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, inState, insert, type Machine, makeMachine, NOW, syncNow, writePackage } from '../fixtures/machine.ts';
import { addSkill } from '../fixtures/skills.ts';
import { storedFrame } from '../fixtures/zstd_frames.ts';

// No power is cut here, and a disk in memory takes a fifth of the time.
if (fs.existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

const FAR = '/home/far/project';
const talk = (seed: string) => conversation(seed, FAR, ['first']);

/** `skills` are installed as well. */
export type Prepared = { machine: Machine; folder: string; skills?: string[] };

export function syncHere({ machine, folder, skills = [] }: Prepared, now = NOW): void {
  const mapPaths = [{ from: '/home/far', to: path.join(machine.userHome, 'near') }];
  syncNow(machine, folder, { mapPaths, includeSkills: skills }, now);
}

const EARLIER = new Date(NOW.getTime() - 1000);

/** A home that was never synced: the sidecar is made with the first session. */
export function untouchedHome(): Prepared {
  const machine = makeMachine();
  return { machine, folder: writePackage(machine, [{ conversation: talk('fresh'), name: 'named' }]) };
}

/** A home with a past: a new session with a goal and an image, an append, a branch, a fork, a sub-agent, a move, a rollout that becomes plain, a skill. */
export function livedInHome(): Prepared {
  const machine = makeMachine();
  const [fresh, known, parted] = [talk('fresh'), talk('known'), talk('parted')];
  const locks = path.join(machine.codexHome, 'thread-writer-locks');
  fs.mkdirSync(locks);
  fs.writeFileSync(path.join(locks, '.coordination.lock'), '');
  const [packed, shelved, bare] = [talk('packed'), talk('shelved'), talk('root')];
  syncHere({ machine, folder: writePackage(machine, [{ conversation: shelved }], at(9)) }, EARLIER);
  addSession(machine, known);
  addSession(machine, withTurn(parted, 'second here'));
  compress(addSession(machine, packed));
  leaveProjection(machine, fresh.id);
  const drawn = withImage(fresh, 'ig_1', `/home/far/.codex/generated_images/${fresh.id}/ig_1.png`);
  const agent = subAgent(bare, 'agent', ['its task']);
  const fork = withTurn(forkOf(withTurn(talk('parent'), 'second'), 1, 'fork'), 'other second');
  const sessions = [
    { conversation: drawn, name: 'named' },
    { conversation: withTurn(known, 'second there') },
    { conversation: withTurn(parted, 'second there') },
    { conversation: withTurn(packed, 'second there') },
    { conversation: withTurn(shelved, 'second there'), row: { archived: 1, archived_at: 1_793_900_000 } },
    { conversation: withAgent(bare, agent) },
    { conversation: agent, row: agentRow(bare) },
    { conversation: fork, bases: filesOf(fork).slice(1) },
  ];
  const folder = writePackage(machine, sessions, at(10));
  addGoal(folder, fresh.id);
  addImage(folder, fresh.id);
  addSkill(folder);
  return { machine, folder, skills: ['plot'] };
}

const at = (hour: number): string => `2026-11-21T${String(hour).padStart(2, '0')}:00:00.000Z`;

function compress(file: string): void {
  fs.writeFileSync(`${file}.zst`, storedFrame(fs.readFileSync(file)));
  fs.utimesSync(`${file}.zst`, 1_793_800_000, 1_793_800_000);
  fs.rmSync(file);
}

/** What Codex projected of an earlier rollout of that id. */
function leaveProjection(machine: Machine, thread_id: string): void {
  const row = { thread_id, next_rollout_byte_offset: 9, next_rollout_ordinal: 9 };
  inState(machine, (database) => insert(database, 'thread_history_projection_state', row), 'thread_history_1.sqlite');
}

function addGoal(folder: string, thread_id: string): void {
  const times = { time_used_seconds: 3, created_at_ms: 1, updated_at_ms: 2 };
  const goal = { thread_id, goal_id: 'g1', objective: 'Ship it', status: 'active', token_budget: 5000, tokens_used: 7, ...times };
  fs.writeFileSync(path.join(folder, 'metadata', 'thread_goals.jsonl'), `${JSON.stringify(goal)}\n`);
}

function addImage(folder: string, threadId: string): void {
  const images = path.join(folder, 'files', 'generated_images', threadId);
  fs.mkdirSync(images, { recursive: true });
  fs.writeFileSync(path.join(images, 'ig_1.png'), 'PNG');
}

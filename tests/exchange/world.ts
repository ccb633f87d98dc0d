// Machines with a copy of the place each, and what has ever been said on any of them.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { openExchangeState } from '../../scripts/lib/adapters/exchange/exchange_state.ts';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { conversation } from '../fixtures/conversation.ts';
import { exchangeNow, fileOf, goOn, join, promptsOf } from '../fixtures/exchange.ts';
import { addSession, inState, type Machine, makeMachine, removeMachine, undoNow } from '../fixtures/machine.ts';
import { type Failure, withFailureWhile } from '../transaction/failing_disk.ts';
import { Carrier, type Chance } from './carrier.ts';

/** `gone`: first words of conversations that the user has deleted here. */
export type Node = { machine: Machine; place: string; gone: Set<string> };

/** All prompts of a conversation up to some turn, as one text. */
export const pathOf = (prompts: readonly string[]): string => prompts.join('/');

export class World {
  readonly nodes: Node[] = [];
  /** Each turn that somebody said and that nobody has taken back before others could know of it, with all before it. */
  readonly said = new Set<string>();
  /** Every state that a conversation had anywhere between two turns. */
  readonly existed = new Set<string>();
  readonly #published = new Set<string>();
  readonly #carrier: Carrier;
  readonly #folder: string;
  #turns = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#carrier = new Carrier(path.join(folder, 'kept'));
  }

  static async of(count: number, folder: string): Promise<World> {
    const world = new World(folder);
    for (let at = 0; at < count; at++) {
      const machine = makeMachine();
      const node = { machine, place: path.join(machine.root, 'shared'), gone: new Set<string>() };
      if (at > 0) world.#carrier.arrive(node.place);
      await join(machine, node.place, `machine ${at}`);
      world.#carrier.keep(node.place);
      world.nodes.push(node);
    }
    // Machines are taken in the order of their ids: one history means the same each time.
    world.nodes.sort((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
    return world;
  }

  close(): void {
    for (const { machine } of this.nodes) removeMachine(machine);
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  begin({ machine }: Node): void {
    const prompt = `t${this.#turns++}`;
    addSession(machine, conversation(`${this.#folder}${prompt}`, machine.userHome, [prompt]));
    this.#note([prompt]);
  }

  goOn({ machine }: Node, chance: Chance): void {
    const chosen = choose([...promptsOf(machine)], chance);
    if (!chosen) return;
    const prompt = `t${this.#turns++}`;
    goOn(machine, chosen[0], prompt);
    this.#note([...chosen[1], prompt]);
  }

  rename({ machine }: Node, chance: Chance): void {
    const chosen = choose([...promptsOf(machine)], chance);
    if (!chosen) return;
    const entry = { id: chosen[0], thread_name: `name ${this.#turns++}`, updated_at: '2026-11-03T10:11:12Z' };
    fs.appendFileSync(path.join(machine.codexHome, 'session_index.jsonl'), `${JSON.stringify(entry)}\n`);
  }

  archive({ machine }: Node, chance: Chance): void {
    const chosen = choose([...promptsOf(machine)], chance);
    if (!chosen) return;
    const file = fileOf(machine, chosen[0]);
    const isArchived = file.includes('archived_sessions');
    const folder = isArchived ? path.join('sessions', '2026', '11', '03') : 'archived_sessions';
    const target = path.join(machine.codexHome, folder, path.basename(file));
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.renameSync(file, target);
    inState(machine, (database) =>
      database
        .prepare('UPDATE threads SET archived = ?, archived_at = ?, rollout_path = ? WHERE id = ?')
        .run(isArchived ? 0 : 1, isArchived ? null : 1_793_800_000, target, chosen[0]),
    );
  }

  /** As Codex deletes a thread: its file and its row. */
  delete(node: Node, chance: Chance): void {
    const chosen = choose([...promptsOf(node.machine)], chance);
    if (!chosen) return;
    fs.rmSync(fileOf(node.machine, chosen[0]));
    inState(node.machine, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(chosen[0]));
    node.gone.add(chosen[1][0] as string);
    this.#forgetUnheard();
  }

  async sync(node: Node, half: { pulls?: boolean; pushes?: boolean } = {}): Promise<boolean> {
    const { pulled, pushed } = await exchangeNow(node.machine, half);
    this.#carrier.keep(node.place);
    this.#requireWhole(node);
    if (half.pushes !== false) for (const prompts of promptsOf(node.machine).values()) this.#notePublished(prompts);
    return pulled.some(({ result }) => result?.transactionId) || Boolean(pushed?.commit);
  }

  async crash(node: Node, at: number, failure: Failure): Promise<void> {
    await withFailureWhile(at, failure, () => exchangeNow(node.machine));
    this.#carrier.keep(node.place);
  }

  rollback({ machine }: Node): void {
    try {
      undoNow(machine);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
    }
    this.#forgetUnheard();
  }

  carry = (from: Node, to: Node, chance: Chance): void => this.#carrier.carry(from.place, to.place, chance);

  hurt = (node: Node, chance: Chance): void => this.#carrier.hurt(node.place, chance);

  snapshot({ place }: Node): void {
    fs.rmSync(`${place}.old`, { recursive: true, force: true });
    fs.cpSync(place, `${place}.old`, { recursive: true });
  }

  restorePlace({ place }: Node): void {
    if (!fs.existsSync(`${place}.old`)) return;
    fs.rmSync(place, { recursive: true });
    fs.cpSync(`${place}.old`, place, { recursive: true });
  }

  /** A file with the right hash in its name that nobody of the exchange has made, where the next commit would lie. */
  forge({ place }: Node, of: Node, chance: Chance): void {
    const bytes = Buffer.from(`forged ${chance()}`);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const folder = path.join(place, 'machines', idOf(of), 'commits');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, `${String(1 + Math.floor(chance() * 6)).padStart(8, '0')}-${hash}`), bytes);
  }

  saveHome({ machine }: Node): void {
    fs.rmSync(`${machine.codexHome}.old`, { recursive: true, force: true });
    fs.cpSync(machine.codexHome, `${machine.codexHome}.old`, { recursive: true });
  }

  /** The home as it was some time ago. */
  restoreHome({ machine }: Node): void {
    if (!fs.existsSync(`${machine.codexHome}.old`)) return;
    fs.rmSync(machine.codexHome, { recursive: true });
    fs.cpSync(`${machine.codexHome}.old`, machine.codexHome, { recursive: true });
    this.#forgetUnheard();
  }

  /** A disk that was copied: both go on, and share one copy of the place. */
  clone({ machine, place, gone }: Node): void {
    if (this.nodes.length > 5) return;
    const copy = makeMachine();
    fs.cpSync(machine.codexHome, copy.codexHome, { recursive: true });
    inState(copy, (database) =>
      database.prepare('UPDATE threads SET rollout_path = replace(rollout_path, ?, ?)').run(machine.codexHome, copy.codexHome),
    );
    this.nodes.push({ machine: copy, place, gone: new Set(gone) });
  }

  arrive(): void {
    for (const node of this.nodes) this.arriveAt(node);
  }

  arriveAt = ({ place }: Node): void => this.#carrier.arrive(place);

  #note(prompts: string[]): void {
    this.said.add(pathOf(prompts));
    for (let end = 1; end <= prompts.length; end++) this.existed.add(pathOf(prompts.slice(0, end)));
  }

  /** What a user deleted, or took back, before anybody else could have it is gone on purpose. */
  #forgetUnheard(): void {
    const there = this.nodes.flatMap(({ machine }) => [...promptsOf(machine).values()]).map(pathOf);
    for (const turn of this.said)
      if (!this.#published.has(turn) && !there.some((held) => isPrefix(turn, held))) this.said.delete(turn);
  }

  #notePublished(prompts: string[]): void {
    for (let end = 1; end <= prompts.length; end++) this.#published.add(pathOf(prompts.slice(0, end)));
  }

  #requireWhole({ machine }: Node): void {
    for (const prompts of promptsOf(machine).values())
      if (!this.existed.has(pathOf(prompts))) throw new Error(`half taken: ${pathOf(prompts)}`);
  }
}

export const isPrefix = (one: string, other: string): boolean => other === one || other.startsWith(`${one}/`);

const choose = <Item>(items: Item[], chance: Chance): Item | undefined => items[Math.floor(chance() * items.length)];

export function idOf({ machine }: Node): string {
  const state = openExchangeState(machine.codexHome, false);
  const id = state?.membership.machine ?? '';
  state?.close();
  return id;
}

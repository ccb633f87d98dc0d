import { expect } from 'vitest';
import { type Machine, makeProject, onScratchCopy } from '../lab/codex_home.ts';
import { type CodexVersion, homeVersionFor } from '../lab/codex_versions.ts';
import { doctorComplaints } from '../lab/doctor.ts';
import { expectWhole, type Whole } from '../lab/expectations.ts';
import { snapshotOf } from '../lab/home_snapshot.ts';
import type { Lab } from '../lab/lab.ts';
import { codexLists, type Proof } from '../lab/oracle.ts';
import { rolloutsOf, startOnce } from '../lab/sessions.ts';
import { unarchive } from '../lab/shapes.ts';
import { type Answer, type Report, syncCli, syncCliOk } from '../lab/sync_cli.ts';

/** Home A, where sessions are made, and home B, where they arrive under another folder. */
export class TwoMachines {
  readonly lab: Lab;
  readonly a: Machine;
  readonly b: Machine;
  readonly folderA: string;
  readonly folderB: string;
  complaints: readonly string[];

  private constructor(lab: Lab, a: Machine, b: Machine, folderA: string, folderB: string, complaints: readonly string[]) {
    this.lab = lab;
    this.a = a;
    this.b = b;
    this.folderA = folderA;
    this.folderB = folderB;
    this.complaints = complaints;
  }

  /** B has been in use: its Codex has made its databases. */
  static async meet(lab: Lab, versionA: CodexVersion, versionB: CodexVersion = homeVersionFor(versionA)): Promise<TwoMachines> {
    const b = await lab.machine('b', versionB);
    await startOnce(b);
    return TwoMachines.of(lab, await lab.machine('a', versionA), b);
  }

  static async of(lab: Lab, a: Machine, b: Machine): Promise<TwoMachines> {
    const complaints = await doctorComplaints(b);
    return new TwoMachines(lab, a, b, await makeProject(a, 'alpha'), await makeProject(b, 'beta'), complaints);
  }

  get mapping(): string[] {
    return ['--map-path', `${this.folderA}=${this.folderB}`];
  }

  sync(packageFolder: string, ...flags: string[]): Promise<Answer> {
    return syncCli(this.b, ['sync', packageFolder, '--execute', ...this.mapping, ...flags]);
  }

  syncOk(packageFolder: string, ...flags: string[]): Promise<Report> {
    return syncCliOk(this.b, ['sync', packageFolder, '--execute', ...this.mapping, ...flags]);
  }

  rollBackLatest(): Promise<Report> {
    return syncCliOk(this.b, ['rollback', '--latest', '--execute']);
  }

  /** What B's Codex has brought about itself, such as the second file of a revert, is no complaint about a sync. */
  async acceptComplaints(): Promise<void> {
    this.complaints = await doctorComplaints(this.b);
  }

  expectWholeOnB(...sessions: Whole[]): Promise<Proof[]> {
    return expectWhole(this.lab, this.b, this.folderB, sessions, this.complaints);
  }

  /** Archived in the eyes of Codex, and whole once its user takes it out again. */
  async expectArchivedOnB(session: Whole): Promise<void> {
    expect(await codexLists(this.b, session.threadId)).toEqual({ active: 0, archived: 1 });
    expect(await rolloutsOf(this.b, session.threadId)).toEqual([expect.stringMatching(/^archived_sessions\//)]);
    await onScratchCopy(this.b, async () => {
      await unarchive(this.b, session.threadId);
      await this.expectWholeOnB(session);
    });
  }

  /** Runs something that must leave every byte and time on B's machine as it is. */
  async expectNothingWritten<Result>(run: () => Promise<Result>): Promise<Result> {
    const before = await snapshotOf(this.b);
    const result = await run();
    expect(await snapshotOf(this.b)).toEqual(before);
    return result;
  }
}

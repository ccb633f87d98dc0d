import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { type DatabaseChoice, type Machine, makeMachine } from './codex_home.ts';
import type { CodexVersion } from './codex_versions.ts';
import { noteKinds } from './line_kinds.ts';
import { ModelServer } from './model_server.ts';
import { homesFolder } from './places.ts';

/** A model server and the machines that talk to it; all of it goes away with `close`. */
export class Lab {
  readonly model: ModelServer;
  readonly folder: string;

  private constructor(model: ModelServer, folder: string) {
    this.model = model;
    this.folder = folder;
  }

  static async open(): Promise<Lab> {
    return new Lab(await ModelServer.start(), await mkdtemp(path.join(homesFolder, 'lab-')));
  }

  machine(name: string, version: CodexVersion, databases: DatabaseChoice = 'home'): Promise<Machine> {
    return makeMachine(path.join(this.folder, name), version, this.model.url, databases);
  }

  /** `KEEP_HOMES=1` leaves the homes behind for a look. */
  async close(): Promise<void> {
    await this.model.close();
    noteKinds(this.folder);
    if (!process.env.KEEP_HOMES) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export async function inLab(experiment: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open();
  try {
    await experiment(lab);
  } finally {
    await lab.close();
  }
}

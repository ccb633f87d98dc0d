// A place that several machines share, through whatever carries it: a folder, or a remote whose files are mirrored in one.

/** Names are relative, with forward slashes. */
export type Place = {
  /** As the user named it; the absolute path of a folder. */
  readonly name: string;
  /** The folder that is read and written. */
  readonly folder: string;
  /** Whether that folder is the place itself, which somebody else carries. */
  readonly isLocal: boolean;
  /** Brings what is small: which exchange it is, who is there, and what they have. */
  refresh(): Promise<void>;
  /** Brings these files, as far as they are there. */
  fetch(names: readonly string[]): Promise<void>;
  /** Carries away what this machine has written and is not there yet; what others build on last. */
  publish(machine: string): Promise<void>;
  /** The files below a folder of the place, wherever they lie. */
  list(folder: string): Promise<string[]>;
  remove(name: string): Promise<void>;
};

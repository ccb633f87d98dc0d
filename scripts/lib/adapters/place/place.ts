// A place that several machines share, through whatever carries it: a folder, or a remote whose files are mirrored in one.

/** Names are relative, with forward slashes. */
export type Place = {
  /** As the user named it. */
  readonly name: string;
  /** The folder that is read and written. */
  readonly folder: string;
  /** Brings what is small and new: who is there, and what they have. */
  refresh(): Promise<void>;
  /** Brings these files, as far as they are there. */
  fetch(names: readonly string[]): Promise<void>;
  /** Carries these files away, in this order. */
  publish(names: readonly string[]): Promise<void>;
};

/** A folder that a cloud client, Syncthing, a share or a person carries: all is done by somebody else. */
export const folderPlace = (folder: string): Place => ({
  name: folder,
  folder,
  refresh: async () => {},
  fetch: async () => {},
  publish: async () => {},
});

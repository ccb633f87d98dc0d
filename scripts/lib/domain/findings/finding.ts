// What `sidecar-health` and `doctor` report.

export type Severity = 'error' | 'warning' | 'note';

/**
 * One thing that is not as it should be. `where`: a path, or a table and key. `message`: one sentence.
 * `mend`: the command that mends it, as it is typed after `codex-session-sync`, or what to do where no command does; null where nothing is needed.
 */
export type Finding<Code extends string = string> = {
  code: Code;
  severity: Severity;
  thread_id: string | null;
  where: string;
  message: string;
  mend: string | null;
};

/** Findings about one place and no session. */
export const findingAt =
  <Code extends string>(where: string) =>
  (code: Code, severity: Severity, message: string, mend: string | null): Finding<Code> => ({
    code,
    severity,
    thread_id: null,
    where,
    message,
    mend,
  });

/** Notes tell what is so; they are nothing that has to be mended. */
export const hasToBeMended = ({ severity }: Finding): boolean => severity !== 'note';

/** A message of elsewhere as a finding says it. */
export const asSentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, '.')}`;

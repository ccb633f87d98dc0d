/** `means`: what is so. `matters`: what follows from it. `remedy`: what to do. One sentence or two each. */
export type Explanation = { means: string; matters: string; remedy: string };

export type Severity = 'error' | 'warning' | 'note';

/**
 * What is known of a finding. `mend`: the command that repairs it, or what to do where no command does, with what is typed in backticks;
 * `ID` stands for the session. Null where nothing is needed. `remedy` is what there is to say beyond that.
 */
export type FindingEntry = Omit<Explanation, 'remedy'> & { severity: Severity; mend: string | null; remedy?: string };

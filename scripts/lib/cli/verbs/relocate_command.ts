import { relocate as runRelocate } from '../../commands/sync/relocate.ts';
import type { Verb } from '../command_line/command.ts';
import { codexHomeOf, executionOf, pathRulesOf } from '../command_line/flags.ts';
import { documentOf, endingOf, modeFields } from '../output/report.ts';
import { shorten } from '../output/text.ts';

export const relocate: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    id: String(flags.id),
    folder: String(flags.folder),
    userHome: pathRulesOf(flags).userHome,
    ...executionOf(flags),
  };
  const relocation = runRelocate(home, request, new Date());
  const { session, warnings } = relocation;
  const { thread_id, title, from, to } = session;
  const moves =
    from === to
      ? ['', 'Nothing to do: it already works there.']
      : [
          `  moves to ${to}; its sandbox and approvals stay, and write access to its folder moves to the new one`,
          '',
          endingOf(relocation, 'Add --execute to move it.'),
        ];
  return {
    document: documentOf('relocation', home.path, { ...modeFields(relocation), session, warnings }),
    lines: [`${thread_id}: ${shorten(title, 60)}`, `  works in ${from}`, ...moves],
    warnings,
  };
};

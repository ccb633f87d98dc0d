import { componentsBelow, joinComponents, parsePath } from '../ids/foreign_path.ts';
import { CONTRACT, type Localizer } from './extension.ts';

/** What lies below the user's home there lies below the user's home here. Another user's home is nobody's here. */
export const homePrefixLocalizer: Localizer = {
  kind: 'localizer',
  name: 'home-prefix',
  version: '1.0.0',
  contract: CONTRACT,
  localize: (path, { sourceHome, userHome }) => moved(path, sourceHome, userHome),
  invert: (path, { sourceHome, userHome }) => moved(path, userHome, sourceHome),
};

function moved(path: string, from: string | null, to: string | null): string | null {
  const [parsed, ancestor] = [parsePath(path), from === null ? null : parsePath(from)];
  const below = parsed && ancestor && componentsBelow(parsed, ancestor, { composes: true });
  return below && to !== null ? joinComponents(to, below) : null;
}

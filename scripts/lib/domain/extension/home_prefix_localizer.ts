import { componentsBelow, joinComponents, parsePath } from '../paths/foreign_path.ts';
import { CONTRACT, type Localizer } from './extension.ts';

/** What lies below the sender's home lies below the local user's. Another user's home is nobody's on this machine. */
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

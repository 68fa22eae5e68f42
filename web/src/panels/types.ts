import type { ThemeName } from '../compat/colors';
import type { DisplayContext } from '../compat/display';
import type { Frame } from '../compat/frames';
import type { Lookup } from '../compat/interpolate';
import type { Panel } from '../compat/model';

/** What every panel type gets: frames with names, units and ranges settled, and where it stands. */
export interface PanelProps {
  panel: Panel;
  frames: Frame[];
  /** Range asked for, ms since 1970. */
  span: { from: number; to: number };
  zone: string;
  theme: ThemeName;
  /** Charts with the same key share their crosshair; '' for none. */
  syncKey: string;
  /** Variables, for links and texts. */
  lookup: Lookup;
  /** Drag over time; ms since 1970. */
  onZoom: (from: number, to: number) => void;
  onZoomOut: () => void;
}

export function displayContext(p: { theme: ThemeName; zone: string }): DisplayContext {
  return { theme: p.theme, timeZone: p.zone };
}

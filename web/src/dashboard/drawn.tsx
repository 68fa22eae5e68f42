import { useEffect } from 'preact/hooks';
import type { Runners } from './runners';
import type { DashboardState } from './state';

/** Sets the performance mark `dashboard-drawn` once the panels in view have been drawn for the first time. */
export function DrawnMark(props: { runners: Runners; state: DashboardState }) {
  const settled = props.state.ready.value && props.runners.settled();
  useEffect(() => {
    if (!settled || performance.getEntriesByName('dashboard-drawn').length > 0) return undefined;
    // Two frames later the browser has painted what the answers led to.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => performance.mark('dashboard-drawn'));
    });
    return () => cancelAnimationFrame(frame);
  }, [settled]);
  useEffect(() => () => performance.clearMarks('dashboard-drawn'), []);
  return null;
}

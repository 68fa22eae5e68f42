import { useEffect, useState } from 'preact/hooks';
import { queryRange } from '../api/prometheus';
import { GLANCES, glanceValues, type Glance } from './glance';

const HOUR = 3600;
const STEP = 60;

export interface ShownGlance {
  glance: Glance;
  values: (number | null)[];
}

export interface ShownGroup {
  title: string;
  items: ShownGlance[];
}

/** The figures that have data, asked anew whenever `run` changes; `null` until the first answers. */
export function useGlances(run: number): ShownGroup[] | null {
  const [groups, setGroups] = useState<ShownGroup[] | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    const end = Math.floor(Date.now() / 1000 / STEP) * STEP;
    const start = end - HOUR;
    const ask = async (glance: Glance): Promise<ShownGlance> => {
      const answer = await queryRange({ expr: glance.expr, start, end, step: STEP }, abort.signal);
      return { glance, values: answer.ok ? glanceValues(answer.data.result, start, end, STEP) : [] };
    };
    const all = GLANCES.map(async (group) => ({
      title: group.title,
      items: (await Promise.all(group.items.map(ask))).filter((item) => item.values.some((v) => v !== null)),
    }));
    void Promise.all(all).then((done) => {
      if (!abort.signal.aborted) setGroups(done.filter((group) => group.items.length > 0));
    });
    return () => abort.abort();
  }, [run]);
  return groups;
}

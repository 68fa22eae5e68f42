import { useEffect, useMemo, useState } from 'preact/hooks';
import { askPlain, wasAborted, type ApiError } from '../api/client';
import type { JsonObject } from '../compat/json';
import { needsMigration, normalizeDashboard } from '../compat/normalize';
import type { Dashboard } from '../compat/model';
import { Empty, Loading } from '../ui/Notice';
import { DashboardView } from './DashboardView';
import { SoloPanel } from './SoloPanel';
import { DashboardState } from './state';

interface Loaded {
  uid: string;
  dashboard: Dashboard;
  source: JsonObject;
}

interface DashboardAnswer {
  dashboard: JsonObject;
  meta?: { folderTitle?: string; provisioned?: boolean };
}

/** One dashboard, or (`solo`) one of its panels alone. */
export function DashboardPage(props: { uid: string; slug: string; solo: boolean }) {
  const { uid, solo } = props;
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<ApiError | null>(null);

  useEffect(() => {
    const abort = new AbortController();
    setError(null);
    void askPlain<DashboardAnswer>(`grafana/api/dashboards/uid/${encodeURIComponent(uid)}`, [], abort.signal).then((answer) => {
      if (wasAborted(answer)) return;
      if (!answer.ok) {
        setError(answer.error);
        return;
      }
      const source = answer.data.dashboard;
      void read(source).then((dashboard) => {
        if (!abort.signal.aborted) setLoaded({ uid, dashboard: { ...dashboard, uid: dashboard.uid || uid }, source });
      });
    });
    return () => abort.abort();
  }, [uid]);

  if (error) {
    const missing = error.status === 404;
    return (
      <Empty icon="error" title={missing ? 'There is no such dashboard' : 'The dashboard could not be loaded'}>
        <p>{missing ? `No dashboard has the id “${uid}”.` : error.message}</p>
        <a href="grafana/">All dashboards</a>
      </Empty>
    );
  }
  if (!loaded || loaded.uid !== uid) return <Loading label="Loading the dashboard" />;
  return <Running key={loaded.uid} loaded={loaded} solo={solo} />;
}

/** Only files with old panels load what turns them into today's. */
async function read(source: JsonObject): Promise<Dashboard> {
  if (!needsMigration(source)) return normalizeDashboard(source);
  const { migratePanel } = await import('../compat/migrate');
  return normalizeDashboard(source, migratePanel);
}

function Running(props: { loaded: Loaded; solo: boolean }) {
  const { dashboard } = props.loaded;
  const state = useMemo(() => new DashboardState(dashboard), [dashboard]);
  useEffect(() => {
    state.start();
    return () => state.stop();
  }, [state]);
  useEffect(() => {
    document.title = `${dashboard.title} · meterbox`;
  }, [dashboard]);
  return props.solo ? <SoloPanel state={state} /> : <DashboardView state={state} source={props.loaded.source} />;
}

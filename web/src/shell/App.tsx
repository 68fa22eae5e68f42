import { useEffect } from 'preact/hooks';
import { ToastArea } from '../ui/toast';
import { Empty } from '../ui/Notice';
import { Header } from './Header';
import { LazyPage } from './LazyPage';
import { navigate, query, route } from './router';
import type { Route } from './routes';

/** The frame around every page. A page drawn alone (one panel, a wallboard) has no header. */
export function App() {
  const shown = route.value;
  const bare = (shown.page === 'dashboard' && shown.solo) || query.value.has('kiosk');
  useEffect(() => {
    if (shown.page === 'redirect') navigate(shown.to + window.location.search, { replace: true });
    document.title = title(shown);
  }, [shown]);
  return (
    <>
      {!bare && (
        <>
          <a class="skip-link" href="#main" onClick={skipToMain}>
            Skip to content
          </a>
          <Header />
        </>
      )}
      <main id="main" class="shell-main" tabIndex={-1}>
        <Page route={shown} />
      </main>
      <ToastArea />
    </>
  );
}

function Page(props: { route: Route }) {
  const shown = props.route;
  switch (shown.page) {
    case 'home':
      return <LazyPage name="home" load={async () => (await import('../home/HomePage')).HomePage} props={{}} />;
    case 'query':
      return <LazyPage name="query" load={async () => (await import('../query/QueryPage')).QueryPage} props={{}} />;
    case 'targets':
      return <LazyPage name="targets" load={async () => (await import('../status/pages')).TargetsPage} props={{}} />;
    case 'status':
      return <LazyPage name="status" load={async () => (await import('../status/pages')).StatusPage} props={{ section: shown.section }} />;
    case 'dashboards':
      return <LazyPage name="dashboards" load={async () => (await import('../dashboard/DashboardListPage')).DashboardListPage} props={{}} />;
    case 'dashboard': {
      const { uid, slug, solo } = shown;
      return <LazyPage name="dashboard" load={async () => (await import('../dashboard/pages')).DashboardPage} props={{ uid, slug, solo }} />;
    }
    case 'redirect':
      return null;
    case 'missing':
      return (
        <Empty icon="search" title="There is no such page">
          <a href="./">Go to the home page</a>
        </Empty>
      );
  }
}

/** Pages that know a better name (a dashboard's title) set it themselves later. */
function title(shown: Route): string {
  const names: Record<Route['page'], string> = {
    home: '',
    query: 'Query',
    targets: 'Targets',
    status: 'Status',
    dashboards: 'Dashboards',
    dashboard: 'Dashboard',
    redirect: '',
    missing: 'Not found',
  };
  const name = names[shown.page];
  return name === '' ? 'meterbox' : `${name} · meterbox`;
}

/** With `<base href>` a plain fragment link would leave the page. */
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

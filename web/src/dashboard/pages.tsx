/** What the shell loads for `/grafana`; both in one chunk. */

export function DashboardListPage() {
  return <div class="page">Dashboards</div>;
}

export function DashboardPage(props: { uid: string; slug: string; solo: boolean }) {
  return <div class="page">{props.uid}</div>;
}

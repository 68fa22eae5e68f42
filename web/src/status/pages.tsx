import type { StatusSection } from '../shell/routes';

export function TargetsPage() {
  return <div class="page">Targets</div>;
}

export function StatusPage(props: { section: StatusSection }) {
  return <div class="page">{props.section}</div>;
}

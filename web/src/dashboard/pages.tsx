/** What the shell loads for `/grafana`; both pages in one chunk. */
import '../panels/panels.css';
import './dashboard.css';

export { DashboardListPage } from './DashboardListPage';
export { DashboardPage } from './DashboardPage';

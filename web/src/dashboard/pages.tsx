/** What the shell loads for a dashboard. */
import '../panels/panels.css';
import './dashboard.css';

export { DashboardPage } from './DashboardPage';

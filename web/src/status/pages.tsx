/** What the shell loads for `/prometheus/targets` and the status sections; both in one chunk. */
import '../styles/status.css';

export { TargetsPage } from './TargetsPage';
export { StatusPage } from './StatusPage';

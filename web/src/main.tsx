import { render } from 'preact';
import { App } from './shell/App';
import { startRouter } from './shell/router';
import { startTheme } from './shell/theme';
import './styles/index.css';

// What every route needs stays in the entry, so that a dashboard's first visit is four requests.
import './charts/UplotView';
import './charts/options';
import './charts/tooltip';
import './ui/time/TimePicker';
import './ui/time/RefreshPicker';

const root = document.getElementById('app');
if (root) {
  startTheme();
  startRouter();
  render(<App />, root);
}

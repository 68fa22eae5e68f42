import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../ui/Icon';
import { RefreshPicker } from '../ui/time/RefreshPicker';
import { refreshMs, useAutoRefresh } from '../ui/time/refresh';
import { ZoneSelect } from '../ui/time/ZoneSelect';
import { ClockNotice } from './ClockNotice';
import { loadHistory } from './history';
import { QueryPanel } from './QueryPanel';
import { addPanel, chooseRefresh, chooseZone, openQueryPage, panels, refresh, refreshes, zone } from './state';
import '../styles/query.css';

/** `/prometheus/query`: any number of expressions, each as table or graph. */
export function QueryPage() {
  const [opened, setOpened] = useState(false);
  useEffect(() => {
    loadHistory();
    const close = openQueryPage();
    setOpened(true);
    return close;
  }, []);
  const narrowest = Math.min(...panels.value.map((p) => p.panel.range));
  const runAll = (): void => {
    refreshes.value += 1;
  };
  useAutoRefresh(refreshMs(refresh.value, narrowest), runAll);
  if (!opened) return null;
  return (
    <div class="page wide query-page">
      <div class="row spread">
        <h1>Query</h1>
        <div class="row">
          <ZoneSelect value={zone.value} onChange={chooseZone} />
          <RefreshPicker value={refresh.value} onChange={chooseRefresh} onRefresh={runAll} />
        </div>
      </div>
      <ClockNotice />
      {panels.value.map(({ key, panel }, index) => (
        <QueryPanel key={key} id={key} index={index} panel={panel} />
      ))}
      <div>
        <button type="button" class="btn" onClick={addPanel}>
          <Icon name="plus" />
          Add query
        </button>
      </div>
    </div>
  );
}

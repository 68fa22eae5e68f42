import { flags } from '../api/prometheus';
import { useAnswer } from '../api/useAnswer';
import { appUrl } from '../shell/base';
import { copyText } from '../ui/copy';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/toast';

/** Where other tools find this box. */
export function Addresses() {
  const answer = useAnswer('home flags', flags);
  const receives = answer.data?.['web.enable-remote-write-receiver'] === 'true' || answer.data?.['enable-remote-write-receiver'] === 'true';
  return (
    <section class="card">
      <header>
        <h2>For other tools</h2>
      </header>
      <dl class="addresses">
        <Address name="Prometheus data source" path="prometheus" />
        <Address name="HTTP API" path="prometheus/api/v1/" />
        {receives && <Address name="Remote write" path="prometheus/api/v1/write" />}
        <Address name="Its own metrics" path="metrics" />
      </dl>
    </section>
  );
}

function Address(props: { name: string; path: string }) {
  const url = appUrl(props.path);
  const copy = async (): Promise<void> => toast((await copyText(url)) ? 'Address copied' : 'Copying is not possible here');
  return (
    <div class="address">
      <dt class="caption">{props.name}</dt>
      <dd>
        <span class="mono">{url}</span>
        <button type="button" class="btn ghost icon-only" aria-label={`Copy the address: ${props.name}`} title="Copy" onClick={() => void copy()}>
          <Icon name="copy" />
        </button>
      </dd>
    </div>
  );
}

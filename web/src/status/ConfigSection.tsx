import { configText } from '../api/prometheus';
import { useAnswer } from '../api/useAnswer';
import { copyText } from '../ui/copy';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Notice } from '../ui/Notice';
import { toast } from '../ui/toast';

export function ConfigSection() {
  const answer = useAnswer('config', configText);
  const yaml = answer.data?.yaml ?? '';
  const copy = async (): Promise<void> => toast((await copyText(yaml)) ? 'Configuration copied' : 'Copying is not possible here');
  return (
    <section class="card">
      <header>
        <h2 class="grow">Configuration in use</h2>
        <button type="button" class="btn" disabled={yaml === ''} onClick={() => void copy()}>
          <Icon name="copy" />
          Copy
        </button>
      </header>
      {answer.error && <Notice kind="bad">{answer.error.message}</Notice>}
      {answer.data === null && !answer.error && <Loading />}
      {answer.data !== null && yaml.trim() === '' && <Empty title="No configuration file is in use" />}
      {yaml.trim() !== '' && (
        <pre class="config-text" tabIndex={0} aria-label="Configuration">
          {yaml}
        </pre>
      )}
    </section>
  );
}

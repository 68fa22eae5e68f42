import { buildInfo, runtimeInfo } from '../api/prometheus';
import { useAnswer } from '../api/useAnswer';
import { Loading, Notice } from '../ui/Notice';
import { fieldName, fieldValue, isEmptyField } from './describe';

export function RuntimeSection() {
  const runtime = useAnswer('runtime', runtimeInfo);
  const build = useAnswer('build', buildInfo);
  return (
    <>
      <Fields title="Runtime" data={runtime.data} error={runtime.error?.message} />
      <Fields title="Build" data={build.data} error={build.error?.message} />
    </>
  );
}

function Fields(props: { title: string; data: Record<string, string | number | boolean> | null; error: string | undefined }) {
  const { title, data, error } = props;
  const shown = Object.entries(data ?? {}).filter(([field, value]) => !isEmptyField(field, value));
  return (
    <section class="card">
      <header>
        <h2>{title}</h2>
      </header>
      {error !== undefined && <Notice kind="bad">{error}</Notice>}
      {data === null && error === undefined && <Loading />}
      {data !== null && (
        <dl class="fields">
          {shown.map(([field, value]) => (
            <div key={field} class="field-row">
              <dt>{fieldName(field)}</dt>
              <dd class="mono">{fieldValue(field, value, 'browser')}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { series } from '../api/prometheus';
import { formatLabelName, quote } from '../api/samples';
import type { Labels } from '../api/types';
import { formatCount } from '../charts/number';
import { Icon } from '../ui/Icon';
import { suggestedQueries, type MetricInfo } from './metrics';

/** Values of one label shown at first. */
const VALUES = 12;

/** What an opened metric offers: ready queries, and its labels to build a selector from. */
export function MetricDetail(props: { metric: MetricInfo; onInsert: (text: string) => void; onRun: (expr: string) => void }) {
  const { metric } = props;
  const [found, setFound] = useState<Labels[] | null>(null);
  const [chosen, setChosen] = useState<Labels>({});

  useEffect(() => {
    const abort = new AbortController();
    void series({ match: [`{__name__=${quote(metric.name)}}`], start: Date.now() / 1000 - 3600, limit: 5000 }, abort.signal).then((answer) => {
      if (!abort.signal.aborted) setFound(answer.ok ? answer.data : []);
    });
    return () => abort.abort();
  }, [metric.name]);

  const matching = (found ?? []).filter((labels) => Object.entries(chosen).every(([k, v]) => labels[k] === v));
  const selector = selectorText(metric.name, chosen);
  return (
    <div class="explorer-detail">
      {metric.help !== '' && <p class="explorer-full">{metric.help}</p>}
      <div class="row">
        {suggestedQueries(metric).map((q) => (
          <button type="button" key={q.label} class="btn" title={q.expr} onClick={() => props.onRun(q.expr.replace(metric.name, selector))}>
            <Icon name="play" />
            {q.label}
          </button>
        ))}
        <button type="button" class="btn" onClick={() => props.onInsert(selector)}>
          <Icon name="plus" />
          Insert
        </button>
      </div>
      {found === null && <span class="caption">Looking at its series</span>}
      {found !== null && (
        <>
          <p class="caption">
            {formatCount(matching.length)} series in the last hour. <span class="mono">{selector}</span>
          </p>
          <dl class="explorer-labels">
            {labelsOf(matching, chosen).map(([name, values]) => (
              <LabelRow key={name} name={name} values={values} chosen={chosen[name]} onChoose={(value) => setChosen(toggled(chosen, name, value))} />
            ))}
          </dl>
        </>
      )}
    </div>
  );
}

function LabelRow(props: { name: string; values: string[]; chosen: string | undefined; onChoose: (value: string) => void }) {
  const [all, setAll] = useState(false);
  const shown = all ? props.values : props.values.slice(0, VALUES);
  return (
    <>
      <dt class="mono">{props.name}</dt>
      <dd class="row">
        {shown.map((value) => (
          <button type="button" key={value} class="chip chip-button" aria-pressed={props.chosen === value} onClick={() => props.onChoose(value)}>
            {value === '' ? '(empty)' : value}
          </button>
        ))}
        {props.values.length > shown.length && (
          <button type="button" class="chip chip-button" onClick={() => setAll(true)}>
            {formatCount(props.values.length - shown.length)} more
          </button>
        )}
      </dd>
    </>
  );
}

/** Each label with its values, sorted; a chosen label keeps only its value. */
function labelsOf(all: readonly Labels[], chosen: Labels): [string, string[]][] {
  const values = new Map<string, Set<string>>();
  for (const labels of all) {
    for (const [name, value] of Object.entries(labels)) {
      if (name === '__name__') continue;
      const set = values.get(name) ?? new Set<string>();
      set.add(value);
      values.set(name, set);
    }
  }
  for (const [name, value] of Object.entries(chosen)) values.set(name, new Set([value]));
  return [...values].map(([name, set]): [string, string[]] => [name, [...set].sort()]).sort(([a], [b]) => (a < b ? -1 : 1));
}

function toggled(chosen: Labels, name: string, value: string): Labels {
  if (chosen[name] !== value) return { ...chosen, [name]: value };
  return Object.fromEntries(Object.entries(chosen).filter(([k]) => k !== name));
}

function selectorText(name: string, chosen: Labels): string {
  const matchers = Object.entries(chosen).map(([k, v]) => `${formatLabelName(k)}=${quote(v)}`);
  const plain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  if (!plain) return `{${[quote(name), ...matchers].join(', ')}}`;
  return matchers.length === 0 ? name : `${name}{${matchers.join(', ')}}`;
}

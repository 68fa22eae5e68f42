import { useState } from 'preact/hooks';
import { labelNames, labelValues } from '../api/prometheus';
import { ALL_VALUE, type AdHocFilter, type Variable, type VariableOption } from '../compat/model';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import type { DashboardState } from './state';

/** The controls of all variables that are not hidden. */
export function VariablesBar(props: { state: DashboardState }) {
  const { state } = props;
  const shown = state.variables.value.filter((v) => v.hide !== 2 && v.type !== 'constant');
  if (shown.length === 0) return null;
  return (
    <div class="dash-vars" role="group" aria-label="Variables">
      {shown.map((v) => (
        <div class="dash-var" key={v.name} data-variable={v.name}>
          {v.hide !== 1 && (
            <span class="dash-var-label" title={v.description || undefined}>
              {v.label || v.name}
            </span>
          )}
          <Control variable={v} state={state} />
        </div>
      ))}
    </div>
  );
}

function Control(props: { variable: Variable; state: DashboardState }) {
  const { variable: v, state } = props;
  switch (v.type) {
    case 'textbox':
      return <TextBox key={v.current.value[0] ?? ''} variable={v} state={state} />;
    case 'adhoc':
      return <Filters variable={v} state={state} />;
    default:
      return <Chooser variable={v} state={state} />;
  }
}

function TextBox(props: { variable: Variable; state: DashboardState }) {
  const { variable: v, state } = props;
  const current = v.current.value[0] ?? '';
  const [text, setText] = useState(current);
  const apply = (): void => {
    if (text !== current) state.choose(v.name, { text: [text], value: [text] });
  };
  return <input class="input" type="text" aria-label={v.label || v.name} value={text} onInput={(e) => setText(e.currentTarget.value)} onBlur={apply} onKeyDown={(e) => e.key === 'Enter' && apply()} />;
}

/** More options than this are searched, not scrolled. */
const SHOWN = 300;

function Chooser(props: { variable: Variable; state: DashboardState }) {
  const { variable: v, state } = props;
  const label = v.current.text.join(' + ') || (state.ready.value ? 'None' : '…');
  return (
    <Menu
      button={
        <>
          <span class="ellipsis">{label}</span>
          <Icon name="down" />
        </>
      }
      label={`${v.label || v.name}: ${label}`}
      buttonClass="dash-var-button"
      popoverClass="dash-var-popover"
    >
      {(close) => <Options variable={v} state={state} close={close} />}
    </Menu>
  );
}

function Options(props: { variable: Variable; state: DashboardState; close: () => void }) {
  const { variable: v, state, close } = props;
  const [search, setSearch] = useState('');
  const all: VariableOption[] = v.includeAll ? [{ text: 'All', value: ALL_VALUE }, ...v.options] : v.options;
  const needle = search.toLowerCase();
  const found = needle === '' ? all : all.filter((o) => o.text.toLowerCase().includes(needle));
  const chosen = new Set(v.current.value);
  const pick = (o: VariableOption): void => {
    if (!v.multi) {
      state.choose(v.name, { text: [o.text], value: [o.value] });
      close();
      return;
    }
    if (o.value === ALL_VALUE) {
      state.choose(v.name, { text: ['All'], value: [ALL_VALUE] });
      return;
    }
    const next = new Set(chosen);
    next.delete(ALL_VALUE);
    if (!next.delete(o.value)) next.add(o.value);
    const kept = v.options.filter((x) => next.has(x.value));
    if (kept.length === 0) state.choose(v.name, v.includeAll ? { text: ['All'], value: [ALL_VALUE] } : { text: [], value: [] });
    else state.choose(v.name, { text: kept.map((x) => x.text), value: kept.map((x) => x.value) });
  };
  return (
    <>
      {all.length > 8 && (
        <label class="search dash-var-search">
          <Icon name="search" />
          <input
            class="input"
            type="text"
            placeholder="Search"
            aria-label="Search values"
            value={search}
            autoFocus
            onInput={(e) => setSearch(e.currentTarget.value)}
            onKeyDown={(e) => {
              const [first] = found;
              if (e.key !== 'Enter') return;
              // What is typed counts even when no series has it yet.
              if (first) pick(first);
              else if (search !== '') {
                state.choose(v.name, { text: [search], value: [search] });
                close();
              }
            }}
          />
        </label>
      )}
      <div role="listbox" aria-multiselectable={v.multi} aria-label={v.label || v.name}>
        {found.slice(0, SHOWN).map((o) => (
          <button key={o.value} type="button" role="option" class="menu-item" aria-selected={chosen.has(o.value)} onClick={() => pick(o)}>
            {v.multi && <span class={chosen.has(o.value) ? 'tick on' : 'tick'} aria-hidden="true">{chosen.has(o.value) && <Icon name="check" />}</span>}
            <span class="ellipsis" title={o.text}>
              {o.text === '' ? '(empty)' : o.text}
            </span>
          </button>
        ))}
        {found.length === 0 && <p class="menu-label">{all.length === 0 ? 'No values were found.' : 'Nothing fits; Enter takes the text as it is.'}</p>}
        {found.length > SHOWN && <p class="menu-label">and {found.length - SHOWN} more: search for them</p>}
      </div>
    </>
  );
}

const OPERATORS = ['=', '!=', '=~', '!~'];

function Filters(props: { variable: Variable; state: DashboardState }) {
  const { variable: v, state } = props;
  const [draft, setDraft] = useState<AdHocFilter>({ key: '', operator: '=', value: '' });
  const [names, setNames] = useState<string[]>([]);
  const [values, setValues] = useState<string[]>([]);
  const span = state.span.value;
  const time = { start: Math.floor(span.from / 1000), end: Math.ceil(span.to / 1000) };
  const id = `adhoc-${v.name}`;
  const loadNames = (): void => void labelNames(time).then((a) => a.ok && setNames(a.data));
  const loadValues = (): void => void (draft.key !== '' && labelValues(draft.key, time).then((a) => a.ok && setValues(a.data)));
  const add = (): void => {
    if (draft.key === '') return;
    state.setFilters(v.name, [...v.filters, draft]);
    setDraft({ key: '', operator: '=', value: '' });
  };
  return (
    <div class="row dash-filters">
      {v.filters.map((f, i) => (
        <span class="chip" key={`${f.key}${i}`}>
          {f.key} {f.operator} {f.value}
          <button type="button" class="chip-close" aria-label={`Remove the filter on ${f.key}`} onClick={() => state.setFilters(v.name, v.filters.filter((_x, k) => k !== i))}>
            <Icon name="close" />
          </button>
        </span>
      ))}
      <form
        class="btn-group"
        onSubmit={(e) => {
          e.preventDefault();
          add();
        }}
      >
        <input class="input" list={`${id}-names`} placeholder="label" aria-label="Label" value={draft.key} onFocus={loadNames} onInput={(e) => setDraft({ ...draft, key: e.currentTarget.value })} />
        <select class="select" aria-label="Operator" value={draft.operator} onChange={(e) => setDraft({ ...draft, operator: e.currentTarget.value })}>
          {OPERATORS.map((o) => (
            <option key={o}>{o}</option>
          ))}
        </select>
        <input class="input" list={`${id}-values`} placeholder="value" aria-label="Value" value={draft.value} onFocus={loadValues} onInput={(e) => setDraft({ ...draft, value: e.currentTarget.value })} />
        <button type="submit" class="btn icon-only" aria-label="Add the filter">
          <Icon name="plus" />
        </button>
      </form>
      <datalist id={`${id}-names`}>
        {names.map((n) => (
          <option key={n} value={n} />
        ))}
      </datalist>
      <datalist id={`${id}-values`}>
        {values.slice(0, 500).map((n) => (
          <option key={n} value={n} />
        ))}
      </datalist>
    </div>
  );
}

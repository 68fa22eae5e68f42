import { latest, sparkPath } from './glance';
import { useGlances, type ShownGlance } from './useGlances';

/** A number with its name; `null` is still on its way. */
export function Figure(props: { label: string; value: string | null; note?: string | undefined; href?: string; tone?: 'ok' | 'bad' | undefined }) {
  const { label, value, note, href, tone } = props;
  const content = (
    <>
      <span class="caption row">
        {tone !== undefined && <span class={`dot ${tone}`} />}
        {label}
      </span>
      {value === null ? <strong class="figure-wait">–</strong> : <strong>{value}</strong>}
      {note !== undefined && <span class="caption">{note}</span>}
    </>
  );
  return href === undefined ? (
    <div class="card figure">{content}</div>
  ) : (
    <a class="card figure figure-link" href={href}>
      {content}
    </a>
  );
}

/** Groups of figures with their last hour. */
export function GlanceGroups(props: { run: number }) {
  const groups = useGlances(props.run);
  if (groups === null) return <div class="glance-wait" />;
  return (
    <>
      {groups.map((group) => (
        <section key={group.title} class="glance-group">
          <h2>{group.title}</h2>
          <div class="figures">
            {group.items.map((item) => (
              <GlanceFigure key={item.glance.label} item={item} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

const WIDTH = 200;
const HEIGHT = 36;

/** Leads to the query page with its expression. */
function GlanceFigure(props: { item: ShownGlance }) {
  const { glance, values } = props.item;
  const now = latest(values);
  const path = sparkPath(values, WIDTH, HEIGHT, glance.max);
  const query = new URLSearchParams([
    ['g0.expr', glance.expr],
    ['g0.tab', 'graph'],
  ]);
  return (
    <a class="card figure figure-link" href={`prometheus/query?${query.toString()}`} title="The last hour; open as a query">
      <span class="caption">{glance.label}</span>
      <strong>{now === null ? 'no data' : glance.format(now)}</strong>
      <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path class="spark-area" d={areaOf(path)} />
        <path class="spark-line" d={path} />
      </svg>
    </a>
  );
}

/** The surface under a line without gaps; a line with gaps stays a line. */
function areaOf(path: string): string {
  const starts = path.split('M').length - 1;
  if (starts !== 1) return '';
  const first = /^M([\d.]+)/.exec(path)?.[1] ?? '0';
  const last = /[ML]([\d.]+) [\d.]+$/.exec(path)?.[1] ?? String(WIDTH);
  return `${path}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`;
}

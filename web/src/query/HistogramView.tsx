import { sampleValue } from '../api/samples';
import type { WireBucket, WireHistogram } from '../api/types';
import { shortNumber } from '../charts/number';

/** A native histogram: its count and sum, and one bar per bucket. */
export function HistogramView(props: { histogram: WireHistogram }) {
  const { count, sum, buckets = [] } = props.histogram;
  const counts = buckets.map((b) => sampleValue(b[3]));
  const most = counts.reduce((a, b) => Math.max(a, b), 0);
  return (
    <div class="histogram">
      <div>
        count {count}, sum {sum}
      </div>
      {buckets.length > 0 && (
        <div class="histogram-bars" role="img" aria-label={`${buckets.length} buckets`}>
          {buckets.map((bucket, i) => (
            <span key={i} title={describe(bucket)} style={{ height: `${most > 0 ? ((counts[i] ?? 0) / most) * 100 : 0}%` }} />
          ))}
        </div>
      )}
    </div>
  );
}

/** Boundary rule: 0 open left, 1 open right, 2 open on both sides, 3 closed on both. */
function describe([rule, lower, upper, count]: WireBucket): string {
  const left = rule === 1 || rule === 3 ? '[' : '(';
  const right = rule === 0 || rule === 3 ? ']' : ')';
  return `${left}${shortNumber(sampleValue(lower))}, ${shortNumber(sampleValue(upper))}${right}: ${count}`;
}

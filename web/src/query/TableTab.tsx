import { useState } from 'preact/hooks';
import { formatSeries } from '../api/samples';
import type { QueryData, WireHistogram, WireSample } from '../api/types';
import { formatCount } from '../charts/number';
import { Empty } from '../ui/Notice';
import { SeriesLabel } from './SeriesLabel';
import { formatInstant, type Zone } from '../ui/time/zone';
import { HistogramView } from './HistogramView';

/** Rows drawn before the user asks for all: more make the page slow and nobody reads them. */
const FIRST_ROWS = 500;

/** An instant result. */
export function TableTab(props: { data: QueryData; zone: Zone }) {
  const { data, zone } = props;
  const [all, setAll] = useState(false);
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return (
      <table class="data-table result-table">
        <tbody>
          <tr>
            <td class="muted">{data.resultType}</td>
            <td class="num mono">{data.result[1]}</td>
          </tr>
        </tbody>
      </table>
    );
  }
  if (data.result.length === 0) {
    return (
      <Empty icon="search" title="No series match">
        <p>The expression is valid but selects nothing at this time.</p>
      </Empty>
    );
  }
  const limit = all ? Infinity : FIRST_ROWS;
  const total = data.result.length;
  return (
    <>
      <div class="scroll-x">
        <table class="data-table result-table">
          <thead class="visually-hidden">
            <tr>
              <th scope="col">Series</th>
              <th scope="col">Value</th>
            </tr>
          </thead>
          <tbody>
            {data.resultType === 'vector'
              ? data.result.slice(0, limit).map((s) => (
                  <tr key={formatSeries(s.metric)}>
                    <td>
                      <SeriesLabel labels={s.metric} />
                    </td>
                    <td class="num mono">{s.histogram ? <HistogramView histogram={s.histogram[1]} /> : s.value?.[1]}</td>
                  </tr>
                ))
              : data.result.slice(0, limit).map((s) => (
                  <tr key={formatSeries(s.metric)}>
                    <td>
                      <SeriesLabel labels={s.metric} />
                    </td>
                    <td class="num mono">
                      <Samples values={s.values ?? []} histograms={s.histograms ?? []} zone={zone} />
                    </td>
                  </tr>
                ))}
          </tbody>
        </table>
      </div>
      {total > limit && (
        <p class="query-more">
          <span class="muted">
            The first {formatCount(limit)} of {formatCount(total)} series are shown.
          </span>{' '}
          <button type="button" class="btn" onClick={() => setAll(true)}>
            Show all
          </button>
        </p>
      )}
    </>
  );
}

/** A range selector's raw samples. */
function Samples(props: { values: readonly WireSample[]; histograms: readonly (readonly [number, WireHistogram])[]; zone: Zone }) {
  return (
    <>
      {props.values.map(([time, value]) => (
        <div key={time}>
          {value} <span class="caption">@ {formatInstant(Math.round(time * 1000), props.zone, true)}</span>
        </div>
      ))}
      {props.histograms.map(([time, histogram]) => (
        <div key={time}>
          <HistogramView histogram={histogram} /> <span class="caption">@ {formatInstant(Math.round(time * 1000), props.zone, true)}</span>
        </div>
      ))}
    </>
  );
}

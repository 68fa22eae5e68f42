import { formatLabelName, quote } from '../api/samples';
import type { Labels } from '../api/types';
import { copyText } from '../ui/copy';
import { toast } from '../ui/toast';

/** A series as PromQL writes it. A double click on a label copies it as a matcher. */
export function SeriesLabel(props: { labels: Labels; /** Labels to leave out. */ without?: Labels }) {
  const { labels, without } = props;
  const name = labels['__name__'] ?? '';
  const rest = Object.keys(labels).filter((label) => label !== '__name__' && (without === undefined || !(label in without)));
  return (
    <span class="series-label">
      {name !== '' && <span class="series-name">{name}</span>}
      {(rest.length > 0 || name === '') && (
        <>
          {'{'}
          {rest.map((label, i) => {
            const matcher = `${formatLabelName(label)}=${quote(labels[label] ?? '')}`;
            return (
              <span key={label}>
                {i > 0 && ', '}
                <span class="series-pair" title="Double-click to copy" onDblClick={() => void copyMatcher(matcher)}>
                  <span class="series-key">{formatLabelName(label)}</span>=<span class="series-value">{quote(labels[label] ?? '')}</span>
                </span>
              </span>
            );
          })}
          {'}'}
        </>
      )}
    </span>
  );
}

async function copyMatcher(matcher: string): Promise<void> {
  toast((await copyText(matcher)) ? `Copied ${matcher}` : 'Copying is not possible here');
}

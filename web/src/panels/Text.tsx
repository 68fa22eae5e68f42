import { interpolate, textFormat } from '../compat/interpolate';
import { str } from '../compat/json';
import { Markup } from './Markup';
import type { PanelProps } from './types';

/** Markdown, HTML or code, with variables filled in. */
export function Text(props: PanelProps) {
  const o = props.panel.options;
  const mode = str(o['mode'], 'markdown');
  const content = interpolate(str(o['content']), props.lookup, textFormat);
  if (mode === 'code') return <pre class="text-panel code">{content}</pre>;
  return (
    <div class="text-panel">
      <Markup text={content} html={mode === 'html'} />
    </div>
  );
}

import { useEffect, useState } from 'preact/hooks';

type Renderer = (text: string, html: boolean) => string;

let loaded: Renderer | null = null;

/** Markdown or HTML, made harmless. Both libraries come in a chunk of their own when first needed. */
export function Markup(props: { text: string; html?: boolean; class?: string }) {
  const { text, html = false } = props;
  const [render, setRender] = useState<Renderer | null>(() => loaded);
  useEffect(() => {
    if (render) return undefined;
    let gone = false;
    import('./markdown').then(
      (m) => {
        loaded = m.renderMarkup;
        if (!gone) setRender(() => m.renderMarkup);
      },
      () => {
        // Without the renderer the text itself is still readable.
      },
    );
    return () => {
      gone = true;
    };
  }, [render]);
  if (!render) return <div class={`markup plain ${props.class ?? ''}`}>{html ? '' : text}</div>;
  return <div class={`markup ${props.class ?? ''}`} dangerouslySetInnerHTML={{ __html: render(text, html) }} />;
}
